"""Masks: who may be looked at, and where there is a token. All are bool; True takes part.

They broadcast against scores of (batch, heads, time, source), so they can be combined:

    mask = causal_mask(time) & padding_mask(tokens)

Chapters: `attention`, `transformer`.
"""

import torch
from torch import Tensor

from helpers.text.vocabulary import PAD_ID


def length_mask(lengths: Tensor, longest: int | None = None) -> Tensor:
    """Return (batch, longest) bool: True where a sequence of the given length has a token."""
    longest = int(lengths.max()) if longest is None else longest
    return torch.arange(longest, device=lengths.device) < lengths.unsqueeze(1)


def token_mask(tokens: Tensor, pad: int = PAD_ID) -> Tensor:
    """Return where there is a token, and no padding: bool, of the shape of `tokens`."""
    return tokens != pad


def padding_mask(tokens: Tensor, pad: int = PAD_ID) -> Tensor:
    """Return which positions hold a token, (batch, 1, 1, time), bool, from (batch, time)."""
    return token_mask(tokens, pad)[:, None, None, :]


def causal_mask(time: int, past: int = 0, device: torch.device | None = None) -> Tensor:
    """Return who may look at whom when nobody sees the future, (time, past + time), bool.

    Args:
        time: how many positions look.
        past: how many positions lie before them; all of them may be seen.
        device: where to make it.
    """
    return torch.ones(time, past + time, dtype=torch.bool, device=device).tril(past)


def check_mask(mask: Tensor | None) -> None:
    """Raise TypeError for a mask that is not bool: 0 and 1, or 0 and -inf, mean something else."""
    if mask is not None and mask.dtype != torch.bool:
        raise TypeError(f"the mask is {mask.dtype}; give bool, True where looking is allowed")
