"""Where a token stands: sinusoids, learned vectors, relative biases; and the input embeddings.

Chapter: `transformer`.
"""

import math

import torch
from torch import Tensor, nn


def sinusoidal(time: int, width: int) -> Tensor:
    """Return the table of positions of Vaswani et al. 2017, section 3.5, (time, width).

    Features 2i and 2i + 1 are the sine and cosine of position / 10000^(2i / width).

    Raises:
        ValueError: the width is odd.
    """
    if width % 2:
        raise ValueError(f"width={width} must be even: sines and cosines come in pairs")
    rates = torch.exp(-math.log(10_000) * torch.arange(0, width, 2) / width)  # (width / 2,)
    angles = torch.arange(time)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


class Embeddings(nn.Module):
    """The input of every model here: token, and where wanted position and segment, added up.

    Args:
        vocabulary: how many tokens there are.
        width: features, d_model.
        positions: "learned" (BERT, GPT), "sinusoidal" (the first Transformer) or "none".
        limit: the longest sequence.
        segments: how many kinds of segments (BERT has 2: first and second sentence); 0 for none.
        norm_eps: normalize the sum as BERT does, with this eps; None does not.
        multiply: multiply the token's vector by sqrt(width) (Vaswani et al. 2017, section 3.4).
        dropout: of the sum.
        std, position_std: standard deviations of a token's first vector, and of a position's and
            a segment's.

    Raises:
        ValueError: unknown `positions`.
    """

    def __init__(
        self,
        vocabulary: int,
        width: int,
        *,
        positions: str = "learned",
        limit: int = 512,
        segments: int = 0,
        norm_eps: float | None = None,
        multiply: bool = False,
        dropout: float = 0.0,
        std: float = 0.02,
        position_std: float = 0.02,
    ) -> None:
        """Draw all vectors from normal distributions around 0."""
        super().__init__()
        if positions not in ("learned", "sinusoidal", "none"):
            raise ValueError(
                f"positions={positions!r} is unknown: choose from learned, sinusoidal, none"
            )
        self.token = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(limit, width) if positions == "learned" else None
        self.segment = nn.Embedding(segments, width) if segments else None
        self.norm = nn.LayerNorm(width, norm_eps) if norm_eps is not None else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.limit = limit if positions != "none" else None
        self.factor = math.sqrt(width) if multiply else 1.0
        table = sinusoidal(limit, width) if positions == "sinusoidal" else None
        self.register_buffer("table", table, persistent=False)  # (limit, width)
        nn.init.normal_(self.token.weight, std=std)
        for table in (self.position, self.segment):
            if table is not None:
                nn.init.normal_(table.weight, std=position_std)

    def forward(self, tokens: Tensor, segments: Tensor | None = None, past: int = 0) -> Tensor:
        """Return (batch, time, width).

        Args:
            tokens: (batch, time), ids.
            segments: (batch, time), ids; None is segment 0 throughout.
            past: how many tokens came before (in a cache): the first one's position.

        Raises:
            ValueError: the sequence is longer than `limit`.
        """
        end = past + tokens.shape[1]
        if self.limit is not None and end > self.limit:
            raise ValueError(
                f"a sequence of {end} tokens, but this model has {self.limit} positions: cut the "
                "text, or build the model with a larger limit"
            )
        x = self.factor * self.token(tokens)
        if self.position is not None:
            x = x + self.position.weight[past:end]
        if self.table is not None:
            x = x + self.table[past:end]
        if self.segment is not None:
            x = x + self.segment(torch.zeros_like(tokens) if segments is None else segments)
        return self.dropout(self.norm(x))


class RelativeBias(nn.Module):
    """A learned number for each head and distance, added to the scores (Raffel et al. 2020, 2.1).

    Distances share buckets: near ones have one each, far ones share, on a logarithmic scale, and
    everything beyond `farthest` is in the last.

    Args:
        heads: how many heads.
        buckets: how many, for all distances together.
        farthest: the distance from which on all are alike.
        causal: only the past is looked at, so it gets all buckets; otherwise half of them.
    """

    def __init__(
        self, heads: int, *, buckets: int = 32, farthest: int = 128, causal: bool = False
    ) -> None:
        """Draw the biases from N(0, 0.02^2)."""
        super().__init__()
        self.buckets, self.farthest, self.causal = buckets, farthest, causal
        self.bias = nn.Embedding(buckets, heads)
        nn.init.normal_(self.bias.weight, std=0.02)

    def forward(self, time: int, past: int = 0) -> Tensor:
        """Return the bias of `time` queries after `past` others, (1, heads, time, past + time)."""
        where = self.bias.weight.device
        query = torch.arange(past, past + time, device=where)
        key = torch.arange(past + time, device=where)
        chosen = self.bucket(key - query[:, None])  # (time, past + time)
        return self.bias(chosen).permute(2, 0, 1)[None]

    def bucket(self, distance: Tensor) -> Tensor:
        """Return the bucket of each distance (key - query; negative is the past), any shape."""
        buckets, first = self.buckets, torch.zeros_like(distance)
        if self.causal:
            distance = (-distance).clamp(min=0)
        else:
            buckets //= 2
            first = buckets * (distance > 0)
            distance = distance.abs()
        exact = buckets // 2
        # the other half grows by equal factors from `exact` to `farthest`
        growth = (distance.clamp(min=1) / exact).log() / math.log(self.farthest / exact)
        shared = (exact + growth * (buckets - exact)).long().clamp(max=buckets - 1)
        return first + torch.where(distance < exact, distance, shared)
