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

    Raises:
        ValueError: an unknown activation or norm.
    """

    width: int  # features of every position, d_model
    heads: int  # of every attention
    inner: int | None = None  # features within the feed-forward layer, d_ff; None: 4 width, 0: none
    dropout: float = 0.0  # of attention weights, inside feed-forward, of what a sublayer adds
    activation: str = "relu"  # "relu" (the first Transformer, T5) or "gelu" (BERT, GPT)
    pre_norm: bool = False  # normalize before each sublayer, not after (Xiong et al. 2020)
    norm: str = "layer"  # "layer", "rms" (T5) or "none"
    eps: float = 1e-5  # of the norm
    residual: bool = True  # a sublayer's input is added to its output
    attention_bias: bool = True  # in the projections of attention
    bias: bool = True  # in the feed-forward layer
    scale: float | None = None  # of the attention scores; None: 1 / sqrt(width / heads)

    def __post_init__(self) -> None:
        for name, value, known in (
            ("activation", self.activation, ACTIVATIONS),
            ("norm", self.norm, NORMS),
        ):
            if value not in known:
                raise ValueError(f"{name}={value!r} is unknown: choose from {', '.join(known)}")

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
        kept = x if self.residual else 0.0
        if self.pre_norm:
            return kept + self.dropout(sublayer(self.norm(x)))
        return self.norm(kept + self.dropout(sublayer(x)))


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
        looks = {"mask": mask, "causal": causal, "bias": bias, "cache": cache_of(cache, "self")}
        x = self.add_norm1(x, lambda y: self.self_attention(y, **looks))
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
        looks = {"mask": mask, "causal": causal, "bias": bias, "cache": cache_of(cache, "self")}
        looks_back = {"mask": memory_mask, "cache": cache_of(cache, "cross")}
        x = self.add_norm1(x, lambda y: self.self_attention(y, **looks))
        x = self.add_norm2(x, lambda y: self.cross_attention(y, memory, **looks_back))
        return x if self.feed_forward is None else self.add_norm3(x, self.feed_forward)
