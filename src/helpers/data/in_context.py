"""Tasks that a model can solve only from its prompt: maps, regressions, sums with their steps.

    symbol_maps          k3 s7 k0 s2 k3 ?     every prompt has a map of its own
    linear_regressions   x1 y1 x2 y2 x3 ?     every prompt has weights of its own
    digit_sums           4 7 9 . . . [A] 0            the answer at once, or
                         4 7 9 . . . [T] 4 1 0 [A] 0  running sums first

All draw from torch's global generator unless they are given one, so `seed_everything` decides.
Targets are `IGNORE` where nothing is to be predicted; PyTorch's cross-entropy leaves those out.

Chapter: `in-context-learning`.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

from helpers.text.vocabulary import IGNORE

# The tokens of sums: the digits are 0 to 9.
PAD, ANSWER, TRIGGER = 10, 11, 12
SUM_TOKENS = 13


class SymbolMaps(NamedTuple):
    """Prompts of keys and symbols in turn; in each, one key always has the same symbol.

    Attributes:
        tokens: (prompt, 2 pairs): key, symbol, key, symbol, ... Keys are 0 to keys - 1, symbols
            come after them.
        targets: (prompt, 2 pairs): at each key its symbol, at each symbol `IGNORE`.
        shots: (prompt, pairs): how often this pair was shown before.
        maps: (prompt, keys): the token of each key's symbol. Two keys may share one.
    """

    tokens: Tensor
    targets: Tensor
    shots: Tensor
    maps: Tensor


def symbol_maps(
    count: int,
    *,
    keys: int = 6,
    symbols: int = 12,
    pairs: int = 12,
    generator: Generator | None = None,
) -> SymbolMaps:
    """Draw prompts, each with a fresh random map from keys to symbols.

    Args:
        count: how many prompts.
        keys, symbols: how many there are; tokens are keys + symbols in all.
        pairs: how many pairs a prompt shows; the keys are drawn independently.

    Raises:
        ValueError: one of the numbers is below 1.
    """
    _at_least_one(count=count, keys=keys, symbols=symbols, pairs=pairs)
    maps = keys + torch.randint(symbols, (count, keys), generator=generator)
    asked = torch.randint(keys, (count, pairs), generator=generator)
    answers = maps.gather(1, asked)
    tokens = torch.stack([asked, answers], dim=2).flatten(1)
    targets = torch.full_like(tokens, IGNORE)
    targets[:, ::2] = answers
    same = asked[:, :, None] == asked[:, None, :]  # (prompt, pair, earlier pair)
    shots = same.tril(-1).sum(dim=2)
    return SymbolMaps(tokens, targets, shots, maps)


class Regressions(NamedTuple):
    """Prompts of points on a plane through the origin; each prompt has its own plane.

    Attributes:
        x: (prompt, pairs, dimension), standard normal; 0 in the dimensions that are not active.
        y: (prompt, pairs), w . x plus noise.
        w: (prompt, dimension), the weights, from N(0, 1 / active): w . x has the variance 1.
    """

    x: Tensor
    y: Tensor
    w: Tensor


def linear_regressions(
    count: int,
    *,
    dimension: int = 3,
    pairs: int = 8,
    noise: float = 0.0,
    active: int | None = None,
    generator: Generator | None = None,
) -> Regressions:
    """Draw prompts, each a linear regression with weights of its own (Garg et al. 2022).

    Args:
        count: how many prompts.
        dimension: features of a point.
        pairs: points of a prompt; the last one has pairs - 1 shots before it.
        noise: standard deviation of what is added to y.
        active: how many features are not 0, for a curriculum; all if None.

    Raises:
        ValueError: a number below 1, negative noise, or more active features than there are.
    """
    active = dimension if active is None else active
    _at_least_one(count=count, dimension=dimension, pairs=pairs, active=active)
    if active > dimension or noise < 0:
        raise ValueError(
            f"active={active} must be at most dimension={dimension}, noise={noise} at least 0"
        )
    used = torch.arange(dimension) < active
    w = used * torch.randn(count, dimension, generator=generator) / active**0.5
    x = used * torch.randn(count, pairs, dimension, generator=generator)
    y = torch.einsum("npd,nd->np", x, w)
    return Regressions(x, y + noise * torch.randn(count, pairs, generator=generator), w)


class DigitSums(NamedTuple):
    """Questions "what is the sum of these digits, modulo 10?", with their answers.

    Attributes:
        tokens: (question, time). The question takes `longest` places: its digits, then `PAD`. Then
            `ANSWER` and the answer, or `TRIGGER`, one running sum per digit, `ANSWER`, the answer;
            then `PAD`.
        targets: (question, time): at each place the token that follows, if the model is to write
            it, else `IGNORE`.
        lengths: (question,): how many digits.
        answers: (question,).
    """

    tokens: Tensor
    targets: Tensor
    lengths: Tensor
    answers: Tensor

    @property
    def prompts(self) -> Tensor:
        """The questions with what switches the writing on, (question, longest + 1)."""
        return self.tokens[:, : _question_places(self.tokens) + 1]


def digit_sums(
    count: int,
    *,
    longest: int = 6,
    steps: bool,
    length: int | None = None,
    generator: Generator | None = None,
) -> DigitSums:
    """Draw sums of digits modulo 10, to be answered at once or in steps.

    Args:
        count: how many questions.
        longest: the most digits; every question takes so many places.
        steps: write the running sums before the answer (Nye et al. 2021).
        length: digits of each question; if None, n is drawn in proportion to n.

    Raises:
        ValueError: a number below 1, or `length` above `longest`.
    """
    _at_least_one(count=count, longest=longest, length=1 if length is None else length)
    if length is not None and length > longest:
        raise ValueError(f"length={length} must be at most longest={longest}")
    if length is None:
        shares = torch.arange(1.0, longest + 1)
        lengths = 1 + torch.multinomial(shares, count, replacement=True, generator=generator)
    else:
        lengths = torch.full((count,), length)
    digits = torch.randint(10, (count, longest), generator=generator)
    real = torch.arange(longest) < lengths[:, None]
    sums = (digits * real).cumsum(dim=1) % 10
    answers = sums[:, -1]  # zeros follow the last digit
    rows = torch.arange(count)
    time = 2 * longest + 3 if steps else longest + 2
    tokens = torch.full((count, time), PAD)
    tokens[:, :longest] = digits.masked_fill(~real, PAD)
    end = longest + 1 + lengths if steps else torch.full((count,), longest)  # of ANSWER
    if steps:
        tokens[:, longest] = TRIGGER
        tokens[:, longest + 1 : 2 * longest + 1] = sums.masked_fill(~real, PAD)
    tokens[rows, end] = ANSWER
    tokens[rows, end + 1] = answers
    place = torch.arange(time)
    written = (place >= longest) & (place <= end[:, None])  # places before a written token
    targets = tokens.roll(-1, dims=1).masked_fill(~written, IGNORE)
    return DigitSums(tokens, targets, lengths, answers)


def answers_in(tokens: Tensor) -> Tensor:
    """Return what follows the first `ANSWER` of each row, (row,); -1 where nothing does.

    Args:
        tokens: (row, time), such as a model writes.
    """
    said = (tokens == ANSWER).int()
    following = torch.cat([tokens[:, 1:], torch.full_like(tokens[:, :1], -1)], dim=1)
    found = following.gather(1, said.argmax(dim=1, keepdim=True)).squeeze(1)
    return found.masked_fill(said.sum(dim=1) == 0, -1)


def _question_places(tokens: Tensor) -> int:
    """Where ANSWER or TRIGGER stands first; it is the same place in every row."""
    return int(((tokens[0] == ANSWER) | (tokens[0] == TRIGGER)).int().argmax())


def _at_least_one(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name}={number} must be at least 1")
