"""Sequences whose answer is known: the adding problem, and prices that remember the news.

Both draw from torch's global generator unless they are given one, so `seed_everything` decides.

Chapter: `rnn-lstm`.
"""

from typing import NamedTuple

import torch
from torch import Generator, Tensor

# What moves the price of a day, in percent: yesterday's index, the news of LAG days ago, chance.
INDEX_EFFECT, NEWS_EFFECT, NOISE, LAG = 0.6, 0.8, 0.5, 4


class Adding(NamedTuple):
    """Sequences of the adding problem.

    Attributes:
        x: (example, time, 2): a number between 0 and 1, and a mark, 1 at two steps, else 0.
            Behind the end of a sequence both are 0.
        y: the sum of the two marked numbers, (example,). Its mean is 1, its variance 1/6.
        lengths: how many steps are real, (example,), int64.
    """

    x: Tensor
    y: Tensor
    lengths: Tensor


def adding_problem(
    count: int, length: int, *, shortest: int | None = None, generator: Generator | None = None
) -> Adding:
    """Draw sequences whose answer is the sum of two marked numbers.

    One mark lies in the first half of the sequence, one in the second (Hochreiter and Schmidhuber
    1997, experiment 4, in the form of Le, Jaitly and Hinton 2015).

    Args:
        length: steps of the longest sequence.
        shortest: draw each length between this and `length`; by default all are equal.

    Raises:
        ValueError: count < 1, or not 2 <= shortest <= length.
    """
    shortest = length if shortest is None else shortest
    if count < 1 or not 2 <= shortest <= length:
        raise ValueError(
            f"count={count} must be at least 1, and 2 <= shortest={shortest} <= length={length}"
        )
    lengths = torch.randint(shortest, length + 1, (count,), generator=generator)
    half = lengths // 2
    first = (torch.rand(count, generator=generator) * half).long()
    second = half + (torch.rand(count, generator=generator) * (lengths - half)).long()
    values = torch.rand(count, length, generator=generator)
    marks = torch.zeros(count, length)
    rows = torch.arange(count)
    marks[rows, first] = marks[rows, second] = 1
    values = values * (torch.arange(length) < lengths[:, None])
    return Adding(torch.stack([values, marks], dim=2), (values * marks).sum(1), lengths)


class Market(NamedTuple):
    """Daily figures of one share in many independent markets.

    Attributes:
        price, index: at the end of each day, (market, day), starting near 1,000 and 2,200.
        news: how often the share was in the news that day, (market, day), around 90.
        x: what is known in the morning, (market, day, 3): yesterday's change of the price and of
            the index, in percent, and yesterday's news as (mentions - 90) / 10.
        y: today's change of the price, in percent, (market, day). It is the change from
            `price[:, d]` to `price[:, d + 1]`.
        explainable: the share of the variance of y that the past decides; the rest is chance.
    """

    price: Tensor
    index: Tensor
    news: Tensor
    x: Tensor
    y: Tensor
    explainable: float


def prices(count: int, days: int, *, generator: Generator | None = None) -> Market:
    """Generate prices that follow yesterday's index and the news of `LAG` days ago, and chance.

    The news is old when it counts: whoever looks only at yesterday's figures cannot use it. `x`
    and `y` have `days` days, the raw figures one more in front.

    Raises:
        ValueError: count or days < 1.
    """
    if count < 1 or days < 1:
        raise ValueError(f"count={count} and days={days} must be at least 1")
    total = days + LAG + 1  # the first days are only there to be remembered
    index_change = torch.randn(count, total, generator=generator)
    surprise = torch.randn(count, total, generator=generator)
    noise = NOISE * torch.randn(count, total, generator=generator)
    change = noise.clone()
    change[:, 1:] += INDEX_EFFECT * index_change[:, :-1]
    change[:, LAG:] += NEWS_EFFECT * surprise[:, :-LAG]
    known = INDEX_EFFECT**2 + NEWS_EFFECT**2
    change, index_change, surprise = (
        part[:, LAG:] for part in (change, index_change, surprise)
    )  # (market, days + 1)
    return Market(
        price=1000 * (1 + change / 100).cumprod(1),
        index=2200 * (1 + index_change / 100).cumprod(1),
        news=90 + 10 * surprise,
        x=torch.stack([change, index_change, surprise], dim=2)[:, :-1],
        y=change[:, 1:],
        explainable=known / (known + NOISE**2),
    )
