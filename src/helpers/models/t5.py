"""T5: every task is text in, text out (Raffel et al. 2020).

Chapter: `pretraining`.
"""

import torch
from torch import nn

from helpers.models.transformer import Translator
from helpers.transformer.layers import Config
from helpers.transformer.positions import Embeddings
from helpers.transformer.stacks import EncoderDecoder


class T5(Translator):
    """An encoder-decoder without absolute positions: a bias for each distance instead.

    Pre-norm without means (RMS), no biases anywhere, one table for input and output. Scores are not
    divided by sqrt(head): the queries start that much smaller, as in the paper's code.

    Args:
        vocabulary: how many tokens, sentinels included.
        width, heads, layers: of each stack.
        inner: features of the feed-forward layer; None is 4 width.
        dropout: everywhere.
        std: of the first embeddings.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        width: int,
        heads: int,
        layers: int,
        inner: int | None = None,
        dropout: float = 0.0,
        std: float = 1.0,
    ) -> None:
        """Build it, and make the queries small."""
        table = Embeddings(vocabulary, width, positions="none", dropout=dropout, std=std)
        config = Config(
            width,
            heads,
            inner,
            dropout,
            pre_norm=True,
            norm="rms",
            eps=1e-6,
            attention_bias=False,
            bias=False,
            scale=1.0,
        )
        stacks = EncoderDecoder(config, layers, relative=True)
        super().__init__(table, table, stacks, output_scale=width**-0.5)
        with torch.no_grad():
            for name, module in self.named_modules():
                if name.endswith(".query") and isinstance(module, nn.Linear):
                    module.weight *= (width // heads) ** -0.5


def t5_base(*, dropout: float = 0.1) -> T5:
    """Return T5-base: 222,903,552 parameters.

    Twelve layers per stack, width 768, 12 heads, 3,072 inner features, 32,128 tokens (32,000 of the
    tokenizer, 100 sentinels, and 28 to make the table a multiple of 128).
    """
    return T5(32_128, width=768, heads=12, layers=12, inner=3072, dropout=dropout)
