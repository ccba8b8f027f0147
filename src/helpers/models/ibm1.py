"""Translation by counting: which word means which, and the noisy channel (Brown et al. 1993).

    model = ibm1(korean, english, korean_size, english_size, rounds=10)  # batches of token numbers
    links = align(model.table, korean, english)
    english, score = noisy_channel(model.table, sentence, lm.step, lm.start, limit=15, width=50)

English writes, Korean reads, here and below: the model explains the foreign sentence x from the
sentence y, word by word, p(x | y). Row 0 of the table, the padding's, is the empty word: it stands
in front of every y and explains foreign words that translate nothing.

Chapter: `language-models`.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from helpers.masks import token_mask
from helpers.text.decoding import DecodingState, Step, select
from helpers.text.vocabulary import END_ID, PAD_ID, START_ID

EMPTY = PAD_ID


class Ibm1(NamedTuple):
    """What expectation-maximization found.

    Attributes:
        table: (size of y's vocabulary, size of x's), t(x | y); each row that was seen sums to 1.
        log_likelihoods: of all x given their y, before each round and after the last.
    """

    table: Tensor
    log_likelihoods: list[float]


def ibm1(x: Tensor, y: Tensor, x_size: int, y_size: int, *, rounds: int) -> Ibm1:
    """Learn the translation table t(x | y) from sentence pairs alone (IBM model 1).

    The model: each foreign word picks one of the l words of y or the empty word, all equally
    likely, and is drawn from its row: p(x | y) = prod_j sum_i t(x_j | y_i) / (l + 1). The choices
    are not observed. Each round computes how likely each choice is under the current table (E),
    then divides the expected counts by their sum (M). The likelihood never falls.

    Args:
        x, y: (sentence, time), padded on the right with 0.
        x_size, y_size: of the vocabularies.

    Raises:
        ValueError: not as many x as y, or no rounds.
    """
    if len(x) != len(y) or rounds < 1:
        raise ValueError(
            f"{len(x)} x and {len(y)} y: give one y for each x; rounds={rounds} must be at least 1"
        )
    y = _with_empty(y)
    table = torch.zeros(y_size, x_size, dtype=torch.float64)
    together = (y[:, :, None].expand(-1, -1, x.shape[1]), x[:, None, :].expand(-1, y.shape[1], -1))
    real = _real(x, y)
    table[together[0][real], together[1][real]] = 1  # what never met stays 0
    table /= table.sum(dim=1, keepdim=True).clamp(min=1)
    log_likelihoods = []
    for _ in range(rounds):
        joint = table[together] * real  # (sentence, y, x)
        log_likelihoods.append(_log_likelihood(joint, x, y))
        whole = joint.sum(dim=1, keepdim=True).where(token_mask(x)[:, None], torch.tensor(1.0))
        choice = joint / whole
        counts = torch.zeros_like(table).index_put_(together, choice, accumulate=True)
        table = counts / counts.sum(dim=1, keepdim=True).clamp(min=1e-300)
    log_likelihoods.append(_log_likelihood(table[together] * real, x, y))
    return Ibm1(table, log_likelihoods)


def align(table: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return (sentence, x time): the position in y of each foreign word's most likely origin.

    -1 is the empty word, or the padding of x.
    """
    y = _with_empty(y)
    joint = table[y[:, :, None], x[:, None, :]] * _real(x, y)
    return (joint.argmax(dim=1) - 1).masked_fill(~token_mask(x), -1)


def log_channel(table: Tensor, x: Sequence[int], y: Sequence[int]) -> float:
    """Return log p(x | y) of one pair, minus infinity if a word of x has no possible origin."""
    sums = table[[EMPTY, *y]][:, list(x)].sum(dim=0)
    return (sums.log().sum() - len(x) * math.log(len(y) + 1)).item()


def noisy_channel(
    table: Tensor,
    x: Sequence[int],
    step: Step,
    start: Callable[[int], DecodingState],
    *,
    limit: int,
    width: int,
    language_weight: float = 1.0,
    future: float = 0.1,
) -> tuple[list[int], float]:
    """Search for the y with the largest log p(x | y) + language_weight log p(y), by beams.

    y is written from left to right. An open beginning is compared with others of its length by the
    same sum, in which a foreign word that is still to be explained counts as its best explanation
    times `future`: about what the language model will ask for it. So the search can miss the best
    y, a wider one less often.

    Args:
        table: t(x | y).
        step, start: the language model of y, as for `helpers.text.decoding`.
        limit: the most words of y.
        width: how many beginnings to keep.

    Returns:
        y's token numbers, and the sum.

    Raises:
        ValueError: no words to translate, or `limit` or `width` below 1.
    """
    if not len(x) or limit < 1 or width < 1:
        raise ValueError(f"{len(x)} words, limit={limit}, width={width}: each must be at least 1")
    columns = table[:, list(x)]  # (y vocabulary, x time)
    hope = future * columns.max(dim=0).values
    explained = columns[EMPTY][None]  # (beginnings, x time): sum over y so far of t(x_j | y_i)
    state, last = start(1), torch.tensor([START_ID])
    language = torch.zeros(1, dtype=torch.float64)
    texts, best = [[]], ([], -math.inf)
    for length in range(limit + 1):
        following, state = step(last, state)
        written = language[:, None] + language_weight * following.double()
        ends = written[:, END_ID] + _channel(explained, length)
        if ends.max() > best[1]:
            best = (texts[ends.argmax()], ends.max().item())
        sums = explained[:, None, :] + columns[None]  # (beginnings, y vocabulary, x time)
        scores = written + _channel(sums.maximum(hope), length + 1)
        scores[:, : END_ID + 1] = -math.inf
        places = scores.flatten().topk(min(width, scores.numel())).indices
        places = places[scores.flatten()[places] > -math.inf]
        if not len(places):
            break
        parents, last = places // len(table), places % len(table)
        texts = [[*texts[p], w] for p, w in zip(parents.tolist(), last.tolist(), strict=True)]
        language, explained = written.flatten()[places], sums.flatten(0, 1)[places]
        state = select(state, parents)
    return best


def _channel(sums: Tensor, length: int) -> Tensor:
    """Log p(x | y) from the sums over y, whose last axis is x's words, for y of this length."""
    return (sums.log() - math.log(length + 1)).sum(dim=-1)


def _with_empty(y: Tensor) -> Tensor:
    """Put the empty word in front of each y: (sentence, 1 + time)."""
    return torch.cat([y.new_full((len(y), 1), EMPTY), y], dim=1)


def _real(x: Tensor, y: Tensor) -> Tensor:
    """Where both are words, the empty word in front of y included: (sentence, y, x)."""
    there = token_mask(y)
    there[:, 0] = True
    return there[:, :, None] & token_mask(x)[:, None, :]


def _log_likelihood(joint: Tensor, x: Tensor, y: Tensor) -> float:
    sums = joint.sum(dim=1)[token_mask(x)]  # every foreign word
    choices = (
        token_mask(x).sum(dim=1) * (token_mask(y).sum(dim=1) + 1).log()
    )  # y's words and the empty one
    return (sums.log().sum() - choices.sum()).item()
