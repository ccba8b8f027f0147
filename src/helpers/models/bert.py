"""BERT: an encoder that learns from both sides (Devlin et al. 2019), and heads to put on it.

Chapters: `pretraining`, `fine-tuning`.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from helpers.masks import padding_mask
from helpers.transformer.layers import Config
from helpers.transformer.positions import Embeddings
from helpers.transformer.stacks import Encoder


class BERT(nn.Module):
    """Tokens, positions and segments; a post-norm encoder; a pooler on the first token.

    Args:
        vocabulary: how many tokens.
        width, heads, layers: of the encoder.
        limit: the longest sequence.
        std, position_std: of the first embeddings, as in `Embeddings`.
        options: other fields of `Config`.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        width: int,
        heads: int,
        layers: int,
        limit: int = 512,
        std: float = 0.02,
        position_std: float = 0.02,
        **options: Any,
    ) -> None:
        """Build everything; see the class."""
        super().__init__()
        config = Config(width, heads, **{"activation": "gelu", "eps": 1e-12, **options})
        self.embeddings = Embeddings(
            vocabulary,
            width,
            limit=limit,
            segments=2,
            norm_eps=config.eps,
            dropout=config.dropout,
            std=std,
            position_std=position_std,
        )
        self.encoder = Encoder(config, layers)
        self.pooler = nn.Linear(width, width)

    def forward(self, tokens: Tensor, segments: Tensor | None = None) -> Tensor:
        """Return a vector for each token, (batch, time, width).

        Args:
            tokens: (batch, time), ids; 0 is padding, which nobody looks at.
            segments: (batch, time), 0 in the first sentence and 1 in the second; None is all 0.
        """
        return self.encoder(self.embeddings(tokens, segments), padding_mask(tokens))

    def pool(self, hidden: Tensor) -> Tensor:
        """Return tanh(W h + b) of the first token, (batch, width): the text as one vector."""
        return self.pooler(hidden[:, 0]).tanh()


class PretrainingHeads(nn.Module):
    """BERT with its two first tasks: which words were masked, and does the second text follow.

    The output for words is a layer, a norm, and the table of embeddings with a bias per word
    (section 3.1, and the paper's code).

    Args:
        bert: the model to train.
    """

    def __init__(self, bert: BERT) -> None:
        """Put the heads on."""
        super().__init__()
        vocabulary, width = bert.embeddings.token.weight.shape
        self.bert = bert
        self.transform = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width, eps=1e-12)
        )
        self.bias = nn.Parameter(bert.embeddings.token.weight.new_zeros(vocabulary))
        self.follows = nn.Linear(width, 2)

    def forward(self, tokens: Tensor, segments: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return logits of words (batch, vocabulary, time), and of "follows" (batch, 2)."""
        hidden = self.bert(tokens, segments)
        return self.words(hidden).transpose(1, 2), self.follows(self.bert.pool(hidden))

    def words(self, hidden: Tensor) -> Tensor:
        """Return logits (..., vocabulary) for (..., width)."""
        return F.linear(self.transform(hidden), self.bert.embeddings.token.weight, self.bias)


class TextClassifier(nn.Module):
    """BERT with one answer per text, or a pair of texts: sentiment, entailment, duplicates.

    Args:
        bert: pretrained, or not.
        classes: how many answers.
        dropout: of the pooled vector.
    """

    def __init__(self, bert: BERT, classes: int, *, dropout: float = 0.0) -> None:
        """Put a new head on."""
        super().__init__()
        self.bert, self.dropout = bert, nn.Dropout(dropout)
        self.head = nn.Linear(bert.pooler.out_features, classes)

    def forward(self, tokens: Tensor, segments: Tensor | None = None) -> Tensor:
        """Return logits (batch, classes); the arguments are `BERT`'s."""
        return self.head(self.dropout(self.bert.pool(self.bert(tokens, segments))))


class TokenClassifier(nn.Module):
    """BERT with one answer per token: names (NER), or with two classes the ends of a span (QA).

    Args:
        bert: pretrained, or not.
        classes: how many answers.
        dropout: of the vectors.
    """

    def __init__(self, bert: BERT, classes: int, *, dropout: float = 0.0) -> None:
        """Put a new head on."""
        super().__init__()
        self.bert, self.dropout = bert, nn.Dropout(dropout)
        self.head = nn.Linear(bert.pooler.out_features, classes)

    def forward(self, tokens: Tensor, segments: Tensor | None = None) -> Tensor:
        """Return logits (batch, classes, time); the arguments are `BERT`'s."""
        return self.head(self.dropout(self.bert(tokens, segments))).transpose(1, 2)


def bert_base(*, dropout: float = 0.1) -> BERT:
    """Return BERT-base (uncased), with pooler: 109,482,240 parameters.

    Twelve layers, width 768, 12 heads, 3,072 inner features, 30,522 tokens, 512 positions.
    """
    return BERT(30_522, width=768, heads=12, layers=12, inner=3072, dropout=dropout)


def bert_large(*, dropout: float = 0.1) -> BERT:
    """Return BERT-large (uncased), with pooler: 335,141,888 parameters.

    Twenty-four layers, width 1,024, 16 heads, 4,096 inner features, 30,522 tokens, 512 positions.
    """
    return BERT(30_522, width=1024, heads=16, layers=24, inner=4096, dropout=dropout)
