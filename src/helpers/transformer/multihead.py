"""Multi-head attention (Vaswani et al. 2017, section 3.2), written out and on PyTorch's fast path.

Masks are boolean, and True may be looked at; `helpers.masks` makes them:

    output = MultiHeadAttention(64, heads=4)(x, mask=causal_mask(time) & padding_mask(tokens))

Chapter: `transformer`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from helpers.attention import masked_softmax
from helpers.masks import causal_mask, check_mask
from helpers.transformer.caches import Cache


def scaled_dot_product(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    mask: Tensor | None = None,
    *,
    bias: Tensor | None = None,
    scale: float | None = None,
    dropout: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Return softmax(scale Q K^T + bias) V and the softmax (equation 1).

    Equals `F.scaled_dot_product_attention`. Whoever may look at nothing gets zeros.

    Args:
        query: (..., time, head).
        keys, values: (..., source, head).
        mask: bool, broadcasts against (..., time, source); False is not looked at.
        bias: added to the scores, broadcasts likewise.
        scale: 1 / sqrt(head) if None.
        dropout: share of the weights that is set to 0 before they meet the values.

    Returns:
        (..., time, head) and the weights before dropout, (..., time, source).
    """
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = scale * query @ keys.transpose(-2, -1)  # (..., time, source)
    if bias is not None:
        scores = scores + bias.to(scores.dtype)
    weights = masked_softmax(scores, mask)
    return F.dropout(weights, dropout) @ values, weights


class MultiHeadAttention(nn.Module):
    """Every head compares, and mixes, in a projection of its own (section 3.2.2).

    Equals `nn.MultiheadAttention(width, heads, batch_first=True)` with the same weights.

    Args:
        width: features of what looks and of what is looked at, d_model.
        heads: how many; each has width / heads features.
        dropout: on the weights, in training.
        bias: whether the four projections have one.
        scale: of the scores; 1 / sqrt(width / heads) if None.

    Raises:
        ValueError: the width does not divide into so many heads.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        dropout: float = 0.0,
        bias: bool = True,
        scale: float | None = None,
    ) -> None:
        """Draw the projections from Xavier's rule; their biases start at 0."""
        super().__init__()
        if heads < 1 or width % heads:
            raise ValueError(f"a width of {width} does not divide into {heads} equal heads")
        self.width, self.heads, self.dropout, self.scale = width, heads, dropout, scale
        self.query = nn.Linear(width, width, bias)
        self.key = nn.Linear(width, width, bias)
        self.value = nn.Linear(width, width, bias)
        self.out = nn.Linear(width, width, bias)
        self.recording = False
        self.weights: Tensor | None = None  # (batch, heads, time, source), while recording
        for projection in (self.query, self.key, self.value, self.out):
            nn.init.xavier_uniform_(projection.weight)
            if bias:
                nn.init.zeros_(projection.bias)

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        bias: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Let every position of `x` look at the positions of `memory`, or of `x` itself.

        Args:
            x: (batch, time, width).
            memory: (batch, source, width); None is self-attention.
            mask: bool, broadcasts against (batch, heads, time, source); True may be looked at.
            causal: besides, nobody looks at later positions. With a cache, `x` comes after it.
            bias: added to the scores, broadcasts likewise.
            cache: keys and values that are kept. Self-attention puts those of `x` behind the
                ones it finds; otherwise those of `memory` are computed only the first time.

        Returns:
            (batch, time, width).

        Raises:
            ValueError: `x` or `memory` has another shape, or `causal` another sequence to look at.
            TypeError: the mask is not bool; the fast path would add it to the scores.
        """
        check_mask(mask)
        self._check(x if memory is None else memory)
        self._check(x)
        if causal and memory is not None:
            raise ValueError("causal=True compares positions of one sequence: leave memory out")
        query = self._split(self.query(x))
        keys, values = self._keys_and_values(x, memory, cache)
        attend = self._written_out if self.recording else self._fast
        # the last position may see everything, so alone it hides nothing
        mixed = attend(query, keys, values, mask, causal and x.shape[1] > 1, bias)
        return self.out(mixed.transpose(1, 2).flatten(2))

    def _written_out(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor | None,
        causal: bool,
        bias: Tensor | None,
    ) -> Tensor:
        """Mix the values, (batch, heads, time, head), and keep the weights."""
        mixed, self.weights = scaled_dot_product(
            query,
            keys,
            values,
            _hide_the_future(mask, query, keys) if causal else mask,
            bias=bias,
            scale=self.scale,
            dropout=self.dropout if self.training else 0.0,
        )
        return mixed

    def _fast(
        self,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        mask: Tensor | None,
        causal: bool,
        bias: Tensor | None,
    ) -> Tensor:
        """Mix the values, (batch, heads, time, head), in one fused kernel.

        It hides the future itself, if nothing else is hidden and no position came before.
        """
        alone = mask is None and bias is None and keys.shape[2] == query.shape[2]
        seen = _hide_the_future(mask, query, keys) if causal and not alone else mask
        return F.scaled_dot_product_attention(
            query,
            keys,
            values,
            attn_mask=_one_mask(seen, bias, query.dtype),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=causal and alone,
            scale=self.scale,
        )

    def _keys_and_values(
        self, x: Tensor, memory: Tensor | None, cache: Cache | None
    ) -> tuple[Tensor, Tensor]:
        """Project, unless the cache has it; each is (batch, heads, source, head)."""
        if memory is not None and cache:
            return cache["keys"], cache["values"]
        source = x if memory is None else memory
        keys, values = self._split(self.key(source)), self._split(self.value(source))
        if cache:
            keys = torch.cat([cache["keys"], keys], dim=2)
            values = torch.cat([cache["values"], values], dim=2)
        if cache is not None:
            cache["keys"], cache["values"] = keys, values
        return keys, values

    def _split(self, x: Tensor) -> Tensor:
        """(batch, time, width) -> (batch, heads, time, head)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def _check(self, x: Tensor) -> None:
        if x.ndim != 3 or x.shape[-1] != self.width:
            raise ValueError(
                f"attention of width {self.width} needs (batch, time, {self.width}), "
                f"not {tuple(x.shape)}"
            )


def _hide_the_future(mask: Tensor | None, query: Tensor, keys: Tensor) -> Tensor:
    """The mask, and nobody sees a later position; the last query stands at the last key."""
    time, source = query.shape[2], keys.shape[2]
    ahead = causal_mask(time, source - time, query.device)
    return ahead if mask is None else mask & ahead


def _one_mask(mask: Tensor | None, bias: Tensor | None, dtype: torch.dtype) -> Tensor | None:
    """What the fast path takes: a boolean mask, or numbers to add to the scores."""
    if bias is None:
        return mask
    bias = bias.to(dtype)
    return bias if mask is None else bias.masked_fill(~mask, -torch.inf)


@contextmanager
def attention_maps(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Within this context attention is written out, and its weights are kept for figures.

        with attention_maps(model) as maps:
            model(tokens)
        maps["encoder.layers.0.self_attention"]  # (batch, heads, time, source)

    The maps are those of the last call of each attention, filled in at the end of the context.
    """
    attentions = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, MultiHeadAttention)
    }
    maps: dict[str, Tensor] = {}
    for attention in attentions.values():
        attention.recording = True
    try:
        yield maps
    finally:
        for name, attention in attentions.items():
            if attention.weights is not None:
                maps[name] = attention.weights.detach()
            attention.recording, attention.weights = False, None
