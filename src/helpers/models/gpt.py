"""GPT: read from left to right, say what comes next (Radford et al. 2018).

Chapters: `pretraining`, `in-context-learning`.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from helpers.text.decoding import DecodingState
from helpers.transformer.caches import LayerCache, copy_caches, new_caches, past_length
from helpers.transformer.layers import Config
from helpers.transformer.positions import Embeddings
from helpers.transformer.stacks import Encoder


class GPT(nn.Module):
    """Learned positions, causal self-attention, and the embeddings again as output.

    As GPT-1 has it, post-norm; `pre_norm=True` (with a last norm) is GPT-2's and GPT-3's order.

    Args:
        vocabulary: how many tokens.
        width, heads, layers: of the stack.
        limit: the longest sequence.
        std, position_std: of the first embeddings, as in `Embeddings`. The output uses those of
            tokens too; a narrow model learns faster from larger ones (0.2).
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
        config = Config(width, heads, **{"activation": "gelu", **options})
        self.embeddings = Embeddings(
            vocabulary,
            width,
            limit=limit,
            dropout=config.dropout,
            std=std,
            position_std=position_std,
        )
        self.encoder = Encoder(config, layers, causal=True)

    def forward(self, tokens: Tensor) -> Tensor:
        """Return logits (batch, vocabulary, time): at each position, of the token that follows.

        Args:
            tokens: (batch, time), ids; padding belongs on the right, where nobody sees it.
        """
        return self.logits(self.hidden(tokens)).transpose(1, 2)

    def hidden(self, tokens: Tensor, caches: list[LayerCache] | None = None) -> Tensor:
        """Return the last layer's output (batch, time, width) for tokens (batch, time).

        Args:
            tokens: ids.
            caches: what came before, one per layer; filled by this call.
        """
        return self.encoder(self.embeddings(tokens, past=past_length(caches)), caches=caches)

    def logits(self, hidden: Tensor) -> Tensor:
        """Return (..., vocabulary) for (..., width): how well each token's vector fits."""
        return F.linear(hidden, self.embeddings.token.weight)

    def start(self, prompt: Tensor) -> DecodingState:
        """Read what stands before the last token of each prompt; return the state for `step`.

            greedy(gpt.step, gpt.start(prompt[:, :-1]), prompt[:, -1], end=END_ID, limit=20)

        Args:
            prompt: (batch, time), of one length, without padding; time may be 0.
        """
        caches = new_caches(len(self.encoder.layers))
        if prompt.shape[1]:
            self.hidden(prompt, caches)
        return caches

    def step(self, tokens: Tensor, state: DecodingState) -> tuple[Tensor, DecodingState]:
        """Return log-probabilities (batch, vocabulary) after one more token (batch,); the state.

        Keys and values of earlier tokens are kept, so a step computes one position.
        """
        caches = copy_caches(state)
        hidden = self.hidden(tokens[:, None], caches)
        return self.logits(hidden[:, 0]).log_softmax(dim=1), caches


def gpt1(*, dropout: float = 0.1) -> GPT:
    """Return GPT-1: 116,534,784 parameters.

    Twelve post-norm layers, width 768, 12 heads, 3,072 inner features, 40,478 tokens (40,000 merges
    of its byte-pair encoding, and the characters), 512 positions.
    """
    return GPT(40_478, width=768, heads=12, layers=12, inner=3072, dropout=dropout)
