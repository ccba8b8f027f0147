"""One layer of a Transformer: its parts, and what all layers of a model have in common.

The encoder layer is BERT's, and, with `causal=True`, GPT's; the decoder layer is that of the
encoder-decoder models. `helpers.transformer` stacks them.

Chapter: `transformer`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from helpers.transformer.caches import LayerCache, cache_of
from helpers.transformer.multihead import MultiHeadAttention

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": F.relu, "gelu": F.gelu}
NORMS: dict[str, Callable[[int, float], nn.Module]] = {
    "layer": lambda width, eps: nn.LayerNorm(width, eps),
    "rms": lambda width, eps: nn.RMSNorm(width, eps),  # T5: no mean, no bias
    "none": lambda width, eps: nn.Identity(),
}


@dataclass(frozen=True)
class Config:
    """What all layers of a model have in common.

    Attributes:
        width: features of every position, d_model.
        heads: of every attention.
        inner: features within the feed-forward layer, d_ff; None is 4 width, 0 is without it.
        dropout: of attention weights, inside the feed-forward layer, of what a sublayer adds.
        activation: "relu" (the first Transformer, T5) or "gelu" (BERT, GPT).
        pre_norm: normalize before each sublayer, not after the addition (Xiong et al. 2020).
        norm: "layer", "rms" or "none".
        eps: of the norm.
        residual: whether a sublayer's input is added to its output.
        attention_bias, bias: whether attention, and the feed-forward layer, have biases.
        scale: of the attention scores; None is 1 / sqrt(width / heads).

    Raises:
        ValueError: an unknown activation or norm.
    """

    width: int
    heads: int
    inner: int | None = None
    dropout: float = 0.0
    activation: str = "relu"
    pre_norm: bool = False
    norm: str = "layer"
    eps: float = 1e-5
    residual: bool = True
    attention_bias: bool = True
    bias: bool = True
    scale: float | None = None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("activation", self.activation, ACTIVATIONS),
            ("norm", self.norm, NORMS),
        ):
            if value not in known:
                raise ValueError(f"{name}={value!r}: there are {', '.join(known)}")

    def make_norm(self) -> nn.Module:
        """Return a new normalization layer."""
        return NORMS[self.norm](self.width, self.eps)

    def make_attention(self) -> MultiHeadAttention:
        """Return a new attention layer."""
        return MultiHeadAttention(
            self.width,
            self.heads,
            dropout=self.dropout,
            bias=self.attention_bias,
            scale=self.scale,
        )


class FeedForward(nn.Module):
    """W2 f(W1 x + b1) + b2 at every position alike (Vaswani et al. 2017, equation 2)."""

    def __init__(self, config: Config) -> None:
        """Draw both matrices from Xavier's rule; biases start at 0."""
        super().__init__()
        inner = 4 * config.width if config.inner is None else config.inner
        self.linear1 = nn.Linear(config.width, inner, config.bias)
        self.linear2 = nn.Linear(inner, config.width, config.bias)
        self.activation = ACTIVATIONS[config.activation]
        self.dropout = nn.Dropout(config.dropout)
        for linear in (self.linear1, self.linear2):
            nn.init.xavier_uniform_(linear.weight)
            if config.bias:
                nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return (batch, time, width) for the same."""
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class AddNorm(nn.Module):
    """What is around each sublayer: norm(x + f(x)), or, with pre-norm, x + f(norm(x)).

    (Vaswani et al. 2017, section 3.1; Xiong et al. 2020, figure 1.)
    """

    def __init__(self, config: Config) -> None:
        """Make the norm."""
        super().__init__()
        self.pre_norm, self.residual = config.pre_norm, config.residual
        self.norm = config.make_norm()
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, sublayer: Callable[[Tensor], Tensor]) -> Tensor:
        """Return (batch, time, width) for the same and a function between them."""
        y = self.dropout(sublayer(self.norm(x) if self.pre_norm else x))
        y = x + y if self.residual else y
        return y if self.pre_norm else self.norm(y)


class EncoderLayer(nn.Module):
    """Self-attention, then the feed-forward layer; equals `nn.TransformerEncoderLayer`."""

    def __init__(self, config: Config) -> None:
        """Make the sublayers; without a feed-forward layer if `config.inner` is 0."""
        super().__init__()
        self.self_attention, self.add_norm1 = config.make_attention(), AddNorm(config)
        self.feed_forward = FeedForward(config) if config.inner != 0 else None
        self.add_norm2 = AddNorm(config) if config.inner != 0 else None

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        *,
        causal: bool = False,
        bias: Tensor | None = None,
        cache: LayerCache | None = None,
    ) -> Tensor:
        """Return (batch, time, width) for the same.

        Args:
            x: (batch, time, width).
            mask, causal, bias: as `MultiHeadAttention` takes them.
            cache: {"self": ...}: what came before `x`, to which `x` is added.
        """

        def attend(y: Tensor) -> Tensor:
            return self.self_attention(
                y, mask=mask, causal=causal, bias=bias, cache=cache_of(cache, "self")
            )

        x = self.add_norm1(x, attend)
        return x if self.feed_forward is None else self.add_norm2(x, self.feed_forward)


class DecoderLayer(nn.Module):
    """Self-attention, attention to the encoder's output, feed-forward layer.

    Equals `nn.TransformerDecoderLayer`.
    """

    def __init__(self, config: Config) -> None:
        """Make the sublayers; without a feed-forward layer if `config.inner` is 0."""
        super().__init__()
        self.self_attention, self.add_norm1 = config.make_attention(), AddNorm(config)
        self.cross_attention, self.add_norm2 = config.make_attention(), AddNorm(config)
        self.feed_forward = FeedForward(config) if config.inner != 0 else None
        self.add_norm3 = AddNorm(config) if config.inner != 0 else None

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        *,
        causal: bool = True,
        bias: Tensor | None = None,
        cache: LayerCache | None = None,
    ) -> Tensor:
        """Return (batch, time, width) for the same.

        Args:
            x: (batch, time, width).
            memory: the encoder's output, (batch, source, width).
            mask, causal, bias: of self-attention, as `MultiHeadAttention` takes them.
            memory_mask: which source positions may be looked at, likewise.
            cache: {"self": ..., "cross": ...}, filled by this call.
        """

        def attend(y: Tensor) -> Tensor:
            return self.self_attention(
                y, mask=mask, causal=causal, bias=bias, cache=cache_of(cache, "self")
            )

        def look_back(y: Tensor) -> Tensor:
            return self.cross_attention(y, memory, mask=memory_mask, cache=cache_of(cache, "cross"))

        x = self.add_norm2(self.add_norm1(x, attend), look_back)
        return x if self.feed_forward is None else self.add_norm3(x, self.feed_forward)
