"""Attention: score every key against a query, make the scores shares, mix the keys by them.

    attention = Attention("bilinear", 64, 64)
    context, weights = attention(query, keys, length_mask(lengths))

Three scores: dot and bilinear (Luong et al. 2015), additive (Bahdanau et al. 2015).

Chapter: `attention`.
"""

import torch
from torch import Tensor, nn

from helpers.masks import check_mask

SCORES = ("dot", "bilinear", "additive")


def dot_score(query: Tensor, keys: Tensor) -> Tensor:
    """Return s · h of every query with every key; both have the same width.

    Args:
        query: (batch, time, width).
        keys: (batch, source, width).

    Returns:
        (batch, time, source).
    """
    return query @ keys.mT


def bilinear_score(query: Tensor, keys: Tensor, W: Tensor) -> Tensor:
    """Return s · W h; `W` is (query width, key width), so the widths may differ.

    Returns:
        (batch, time, source).
    """
    return dot_score(query, keys @ W.mT)


def additive_score(
    query: Tensor, keys: Tensor, W_query: Tensor, W_keys: Tensor, v: Tensor
) -> Tensor:
    """Return v · tanh(W_query s + W_keys h): a small network with one hidden layer.

    [W_query W_keys] times [s; h] is the same sum; apart, each part is computed once.

    Args:
        W_query, W_keys: (hidden, query width), (hidden, key width).
        v: (hidden,).

    Returns:
        (batch, time, source). Needs (batch, time, source, hidden) numbers on its way.
    """
    hidden = (query @ W_query.mT).unsqueeze(2) + (keys @ W_keys.mT).unsqueeze(1)
    return hidden.tanh() @ v


def masked_softmax(scores: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return shares over the last axis, exactly 0 where `mask` is False.

    A row with nothing to look at gets zeros: no NaN, neither in values nor in gradients, and
    whatever a masked score is (even NaN) has no effect.

    Args:
        scores: (..., source).
        mask: True where looking is allowed; broadcast to `scores`. None allows everything.

    Raises:
        TypeError: a mask that is not bool. One of 0 and -inf is added, not given here.
    """
    if mask is None:
        return scores.softmax(-1)
    check_mask(mask)
    empty = ~mask.any(-1, keepdim=True)
    kept = scores.masked_fill(~mask, -torch.inf).masked_fill(empty, 0)
    return kept.softmax(-1).masked_fill(~mask, 0)


class Attention(nn.Module):
    """One of the three scores with its weights, then the masked softmax and the mix.

    The keys are mixed themselves: they are the values, too.

    Args:
        score: "dot" (no weights), "bilinear" or "additive".
        query_width, key_width: features of a query and of a key; equal for "dot".
        hidden: width of the additive score's layer; by default the query's.

    Raises:
        ValueError: an unknown score, or "dot" with two widths.
    """

    def __init__(
        self, score: str, query_width: int, key_width: int, hidden: int | None = None
    ) -> None:
        super().__init__()
        if score not in SCORES:
            raise ValueError(f"score={score!r} is unknown: choose from {', '.join(SCORES)}")
        if score == "dot" and query_width != key_width:
            raise ValueError(
                f"dot needs equal widths, not {query_width} and {key_width}: use bilinear"
            )
        self.score = score
        if score == "bilinear":
            self.W = _weight(query_width, key_width)
        if score == "additive":
            hidden = hidden or query_width
            self.W_query, self.W_keys = _weight(hidden, query_width), _weight(hidden, key_width)
            self.v = nn.Parameter(_weight(1, hidden).detach()[0])

    def scores(self, query: Tensor, keys: Tensor) -> Tensor:
        """Return the scores before the softmax, (batch, time, source)."""
        if self.score == "dot":
            return dot_score(query, keys)
        if self.score == "bilinear":
            return bilinear_score(query, keys, self.W)
        return additive_score(query, keys, self.W_query, self.W_keys, self.v)

    def forward(
        self, query: Tensor, keys: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the context and the weights that made it.

        Args:
            query: (batch, time, query width).
            keys: (batch, source, key width).
            mask: (batch, source) or (batch, time, source) bool, True where there is a token.

        Returns:
            (batch, time, key width) and (batch, time, source), whose rows sum to 1 (or are 0).
        """
        if mask is not None and mask.dim() == 2:
            mask = mask.unsqueeze(1)  # the same for every query
        weights = masked_softmax(self.scores(query, keys), mask)
        return weights @ keys, weights


def _weight(n_out: int, n_in: int) -> nn.Parameter:
    """Xavier's start: scores of unit-sized queries and keys begin small."""
    return nn.Parameter(nn.init.xavier_uniform_(torch.empty(n_out, n_in)))
