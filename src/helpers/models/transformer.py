"""The first Transformer: translate with attention alone (Vaswani et al. 2017).

Chapter: `transformer`.
"""

from torch import Tensor, nn
from torch.nn import functional as F

from helpers.masks import padding_mask
from helpers.text.decoding import DecodingState
from helpers.transformer.caches import copy_caches, new_caches, past_length
from helpers.transformer.layers import Config
from helpers.transformer.positions import Embeddings
from helpers.transformer.stacks import EncoderDecoder


class Translator(nn.Module):
    """Tokens in, logits of tokens out: embeddings, both stacks, and the embeddings again.

    Called with the target it forces the teacher's tokens on the decoder, which `fit` can train;
    `start` and `step` let it run freely, with any function of `helpers.text.decoding`.

    Args:
        source, target: the embeddings; they may be one. The target's are the output, too.
        stacks: between them.
        output_scale: multiplies the decoder's output before it meets the embeddings.
    """

    def __init__(
        self,
        source: Embeddings,
        target: Embeddings,
        stacks: EncoderDecoder,
        *,
        output_scale: float = 1.0,
    ) -> None:
        """Put the parts together."""
        super().__init__()
        self.source, self.target, self.stacks = source, target, stacks
        self.output_scale = output_scale

    def forward(self, source: Tensor, target_in: Tensor) -> Tensor:
        """Return logits (batch, vocabulary, time): at each position, of the token that follows.

        Args:
            source: (batch, source time), ids; 0 is padding, which nobody looks at.
            target_in: (batch, time), the start token and then the target, padded on the right.
        """
        memory, memory_mask = self.encode(source)
        hidden = self.stacks.decoder(
            self.target(target_in), memory, padding_mask(target_in), memory_mask
        )
        return self.logits(hidden).transpose(1, 2)

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Return the encoder's output (batch, source, width), and who may be looked at in it."""
        mask = padding_mask(source)
        return self.stacks.encoder(self.source(source), mask), mask

    def logits(self, hidden: Tensor) -> Tensor:
        """Return (..., vocabulary) for (..., width): how well each token's vector fits."""
        return F.linear(self.output_scale * hidden, self.target.token.weight)

    def start(self, source: Tensor) -> DecodingState:
        """Read the sources (batch, time); return the state with which `step` begins."""
        memory, mask = self.encode(source)
        return {
            "memory": memory,
            "mask": mask,
            "caches": new_caches(len(self.stacks.decoder.layers)),
        }

    def step(self, tokens: Tensor, state: DecodingState) -> tuple[Tensor, DecodingState]:
        """Return log-probabilities (batch, vocabulary) after one more token (batch,); the state.

        Keys and values of earlier tokens are kept, so a step computes one position.
        """
        caches = copy_caches(state["caches"])
        x = self.target(tokens[:, None], past=past_length(caches))
        hidden = self.stacks.decoder(x, state["memory"], None, state["mask"], caches)
        return self.logits(hidden[:, 0]).log_softmax(dim=1), {**state, "caches": caches}


class Transformer(Translator):
    """The model of Vaswani et al. 2017, of any size.

    Vectors of tokens are multiplied by sqrt(width) (section 3.4). They are drawn with the standard
    deviation 1 / sqrt(width), so that logits start near 1.

    Args:
        source_vocabulary, target_vocabulary: how many tokens. With None for the target, one table
            serves both languages and the output (section 3.4); else target and output share one.
        config: of all layers.
        layers: of each stack.
        positions, limit: as in `Embeddings`.
        causal: whether the decoder is kept from looking ahead.
    """

    def __init__(
        self,
        source_vocabulary: int,
        target_vocabulary: int | None,
        config: Config,
        layers: int,
        *,
        positions: str = "sinusoidal",
        limit: int = 512,
        causal: bool = True,
    ) -> None:
        """Draw everything, the embeddings first."""

        def table(vocabulary: int) -> Embeddings:
            return Embeddings(
                vocabulary,
                config.width,
                positions=positions,
                limit=limit,
                multiply=True,
                dropout=config.dropout,
                std=config.width**-0.5,
            )

        source = table(source_vocabulary)
        target = source if target_vocabulary is None else table(target_vocabulary)
        super().__init__(source, target, EncoderDecoder(config, layers, causal=causal))


def transformer_base(vocabulary: int = 37_000, *, dropout: float = 0.1) -> Transformer:
    """Return the base model of Vaswani et al. 2017, as its section 3 and table 3 define it.

    Six layers in each stack, width 512, 8 heads, 2,048 inner features; post-norm; matrices without
    biases in attention (section 3.2.2), biases in the feed-forward layer (equation 2); one table of
    embeddings for both languages and the output (section 3.4); about 37,000 tokens (section 5.1).

    With width d, inner features f and V tokens it has V d parameters in the table,
    4 d^2 + (2 d f + f + d) + 2 (2 d) in an encoder layer and
    8 d^2 + (2 d f + f + d) + 3 (2 d) in a decoder layer: 63,045,632 (the paper says 65 million).

    Build it on `torch.device("meta")` to count without memory.
    """
    config = Config(512, heads=8, inner=2048, attention_bias=False, dropout=dropout)
    return Transformer(vocabulary, None, config, layers=6)
