"""The three ways to pretrain: each has a model, examples made from text, and losses.

`helpers.pretraining.run` trains one. Its examples are numbered; `batch` makes some of them into
tensors, drawing masks or spans anew each time; calling the task returns the losses, added up.

Chapter: `pretraining`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from helpers.models.bert import BERT, PretrainingHeads
from helpers.models.gpt import GPT
from helpers.models.t5 import T5
from helpers.pretraining import objectives
from helpers.pretraining.settings import Settings
from helpers.pretraining.vocabulary import CLS_ID, MASK_ID, SEP_ID, sentinel_ids, word_ids
from helpers.text.vocabulary import END_ID, IGNORE, PAD_ID, START_ID, Vocabulary, pad

NamedBatch = dict[str, Tensor]


class Documents(NamedTuple):
    """The text to learn from.

    Attributes:
        ids: of each document its sentences, each a list of token ids.
        groups: for each document, what makes it like others (`next_sentence_pairs`); or None.
    """

    ids: Sequence[Sequence[Sequence[int]]]
    groups: Sequence[int] | None = None

    def joined(self) -> list[list[int]]:
        """Return the ids of each document, its sentences one behind the other."""
        return [[token for sentence in document for token in sentence] for document in self.ids]


class Task(nn.Module):
    """What the three have in common.

    Args:
        documents: the text.
        vocabulary: of its tokens.
        settings: what determines the run.

    Attributes:
        model: what is trained.
        examples: how many there are.
    """

    def __init__(self, documents: Documents, vocabulary: Vocabulary, settings: Settings) -> None:
        """Make the examples, then the model."""
        super().__init__()
        self.examples = self.prepare(documents, vocabulary, settings)
        self.model = self.build(len(vocabulary), settings)

    def prepare(self, documents: Documents, vocabulary: Vocabulary, settings: Settings) -> int:
        """Make examples of the text, and keep them; return how many there are."""
        raise NotImplementedError

    @staticmethod
    def build(vocabulary: int, settings: Settings) -> nn.Module:
        """Return the untrained model for so many tokens."""
        raise NotImplementedError

    def batch(self, rows: Tensor, generator: Generator) -> NamedBatch:
        """Return the examples of these numbers as tensors, all with the example first."""
        raise NotImplementedError

    def counts(self, batch: NamedBatch) -> dict[str, Tensor]:
        """Return how many answers each loss of this batch adds up."""
        raise NotImplementedError

    def forward(self, batch: NamedBatch) -> dict[str, Tensor]:
        """Return each loss, added up over the answers of this batch."""
        raise NotImplementedError


class MaskedWords(Task):
    """BERT's two tasks: masked words ("mlm") and next sentences ("nsp")."""

    def prepare(self, documents: Documents, vocabulary: Vocabulary, settings: Settings) -> int:
        """Draw the pairs of sentences."""
        generator = Generator().manual_seed(settings.seed)
        pairs = objectives.next_sentence_pairs(
            documents.ids, settings.examples, generator, documents.groups
        )
        joined = [
            objectives.join_pair(a, b, start=CLS_ID, separator=SEP_ID, limit=settings.time)
            for a, b, _ in pairs
        ]
        self.tokens = _rows([ids for ids, _ in joined], settings.time)
        self.segments = _rows([segments for _, segments in joined], settings.time)
        self.follows = torch.tensor([pair.follows for pair in pairs])
        self.words = word_ids(vocabulary)
        return len(pairs)

    @staticmethod
    def build(vocabulary: int, settings: Settings) -> nn.Module:
        """Return the untrained model for so many tokens."""
        return PretrainingHeads(BERT(vocabulary, **_sizes(settings)))

    def batch(self, rows: Tensor, generator: Generator) -> NamedBatch:
        """Return tokens, segments and targets, (batch, time), and follows, (batch,)."""
        tokens = self.tokens[rows]
        maskable = (tokens >= self.words.start) & (tokens < self.words.stop)
        tokens, targets = objectives.mask_words(
            tokens, maskable, mask_id=MASK_ID, words=self.words, generator=generator
        )
        return {
            "tokens": tokens,
            "segments": self.segments[rows],
            "targets": targets,
            "follows": self.follows[rows],
        }

    def counts(self, batch: NamedBatch) -> dict[str, Tensor]:
        """Return the number of masked words, and of pairs."""
        return {
            "mlm": (batch["targets"] != IGNORE).sum(),
            "nsp": torch.tensor(len(batch["follows"]), device=batch["follows"].device),
        }

    def forward(self, batch: NamedBatch) -> dict[str, Tensor]:
        """Return both losses; words are scored at the masked positions only."""
        hidden = self.model.bert(batch["tokens"], batch["segments"])
        chosen = batch["targets"] != IGNORE
        words = self.model.words(hidden[chosen])
        follows = self.model.follows(self.model.bert.pool(hidden))
        return {
            "mlm": F.cross_entropy(words, batch["targets"][chosen], reduction="sum"),
            "nsp": F.cross_entropy(follows, batch["follows"], reduction="sum"),
        }


class NextToken(Task):
    """GPT's task: what comes next ("next"). A document is cut into pieces of `time` tokens."""

    def prepare(self, documents: Documents, vocabulary: Vocabulary, settings: Settings) -> int:
        """Cut the documents."""
        texts = ([START_ID, *text, END_ID] for text in documents.joined())
        # neighbouring pieces share a token: the last target of one is the first input of the next
        pieces = [
            text[start : start + settings.time + 1]
            for text in texts
            for start in range(0, len(text) - 1, settings.time)
        ]
        self.tokens = _rows(pieces, settings.time + 1)
        return len(pieces)

    @staticmethod
    def build(vocabulary: int, settings: Settings) -> nn.Module:
        """Return the untrained model for so many tokens."""
        return GPT(vocabulary, **_sizes(settings))

    def batch(self, rows: Tensor, generator: Generator) -> NamedBatch:
        """Return tokens and targets, (batch, time) both."""
        tokens, targets = objectives.causal_shift(self.tokens[rows])
        return {"tokens": tokens, "targets": targets}

    def counts(self, batch: NamedBatch) -> dict[str, Tensor]:
        """Return the number of tokens to predict."""
        return {"next": (batch["targets"] != IGNORE).sum()}

    def forward(self, batch: NamedBatch) -> dict[str, Tensor]:
        """Return the loss; tokens are scored where there is a next one."""
        chosen = batch["targets"] != IGNORE
        logits = self.model.logits(self.model.hidden(batch["tokens"])[chosen])
        return {"next": F.cross_entropy(logits, batch["targets"][chosen], reduction="sum")}


class MissingSpans(Task):
    """T5's task: what was in the holes ("spans"). Documents are cut into `time` tokens each."""

    def prepare(self, documents: Documents, vocabulary: Vocabulary, settings: Settings) -> int:
        """Cut the documents."""
        pieces = (
            text[start : start + settings.time]
            for text in documents.joined()
            for start in range(0, len(text), settings.time)
        )
        self.pieces = [piece for piece in pieces if len(piece) > 1]
        self.sentinels = list(sentinel_ids(vocabulary))
        return len(self.pieces)

    @staticmethod
    def build(vocabulary: int, settings: Settings) -> nn.Module:
        """Return the untrained model for so many tokens."""
        sizes = _sizes(settings)
        del sizes["limit"], sizes["pre_norm"]  # no positions, and always pre-norm
        return T5(vocabulary, **sizes)

    def batch(self, rows: Tensor, generator: Generator) -> NamedBatch:
        """Return the text with holes (batch, source), and target_in, targets (batch, time)."""
        cut = [
            objectives.corrupt_spans(self.pieces[row], self.sentinels, generator)
            for row in rows.tolist()
        ]
        return {
            "source": pad([[*text, END_ID] for text, _ in cut]),
            "target_in": pad([[START_ID, *missing] for _, missing in cut]),
            "targets": pad([[*missing, END_ID] for _, missing in cut], IGNORE),
        }

    def counts(self, batch: NamedBatch) -> dict[str, Tensor]:
        """Return the number of tokens to predict."""
        return {"spans": (batch["targets"] != IGNORE).sum()}

    def forward(self, batch: NamedBatch) -> dict[str, Tensor]:
        """Return the loss."""
        logits = self.model(batch["source"], batch["target_in"])
        return {"spans": F.cross_entropy(logits, batch["targets"], reduction="sum")}


TASKS: dict[str, type[Task]] = {
    "mlm+nsp": MaskedWords,
    "next-token": NextToken,
    "spans": MissingSpans,
}


def _sizes(settings: Settings) -> dict:
    return {
        "width": settings.width,
        "heads": settings.heads,
        "layers": settings.layers,
        "inner": settings.inner,
        "limit": settings.time,
        "dropout": settings.dropout,
        "std": settings.std,
        "pre_norm": settings.pre_norm,
    }


def _rows(sequences: Sequence[Sequence[int]], time: int) -> Tensor:
    """Pad to `time` exactly, so that every batch has one shape."""
    return pad([*sequences, [PAD_ID] * time])[:-1]
