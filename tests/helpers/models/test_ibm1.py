"""EM, the best alignment and the search, against sums over everything on tiny tables."""

import itertools
import math

import pytest
import torch

from helpers.models.ibm1 import EMPTY, align, ibm1, log_channel, noisy_channel
from helpers.models.ngrams import NGram
from helpers.text import END_ID, START_ID, log_probability, pad

X = [[4, 5], [5], [4, 6, 5]]
Y = [[4, 5], [4], [6, 5]]


def all_alignments(table, x, y):
    """(alignment, probability) of every way to pick an origin for each word of x."""
    y = [EMPTY, *y]
    for origins in itertools.product(range(len(y)), repeat=len(x)):
        p = 1.0
        for word, i in zip(x, origins, strict=True):
            p *= table[y[i]][word] / len(y)
        yield origins, p


def by_enumeration(rounds):
    """IBM model 1 as it is defined: expected counts over whole alignments."""
    seen = {(b, a) for x, y in zip(X, Y, strict=True) for a in x for b in [EMPTY, *y]}
    table = [[float((b, a) in seen) for a in range(7)] for b in range(7)]
    table = [[value / (sum(row) or 1) for value in row] for row in table]
    likelihoods = []
    for _ in range(rounds + 1):
        counts, likelihood = [[0.0] * 7 for _ in range(7)], 0.0
        for x, y in zip(X, Y, strict=True):
            ways = list(all_alignments(table, x, y))
            total = sum(p for _, p in ways)
            likelihood += math.log(total)
            for origins, p in ways:
                for word, i in zip(x, origins, strict=True):
                    counts[[EMPTY, *y][i]][word] += p / total
        likelihoods.append(likelihood)
        if len(likelihoods) <= rounds:
            table = [[value / (sum(row) or 1) for value in row] for row in counts]
    return table, likelihoods


@pytest.mark.parametrize("rounds", [1, 4])
def test_em_equals_the_sum_over_all_alignments(rounds):
    found = ibm1(pad(X), pad(Y), 7, 7, rounds=rounds)
    table, likelihoods = by_enumeration(rounds)
    assert torch.allclose(found.table, torch.tensor(table, dtype=torch.float64))
    assert found.log_likelihoods == pytest.approx(likelihoods)


def test_the_likelihood_never_falls_and_rows_sum_to_one():
    found = ibm1(pad(X), pad(Y), 7, 7, rounds=30)
    steps = torch.tensor(found.log_likelihoods).diff()
    assert (steps >= -1e-9).all() and steps[0] > 0.01
    assert torch.allclose(found.table[[EMPTY, 4, 5, 6]].sum(dim=1), torch.ones(4).double())
    assert (found.table[:, :4] == 0).all() and (found.table[1:4] == 0).all()


def test_the_best_alignment_is_the_best_of_all():
    table = torch.rand(7, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = align(table, pad(X), pad(Y))
    for row, x, y in zip(found.tolist(), X, Y, strict=True):
        best, _ = max(all_alignments(table.tolist(), x, y), key=lambda way: way[1])
        assert row == [i - 1 for i in best] + [-1] * (len(row) - len(x))


def test_the_channel_is_the_sum_over_all_alignments():
    table = torch.rand(7, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for x, y in zip(X, Y, strict=True):
        total = sum(p for _, p in all_alignments(table.tolist(), x, y))
        assert log_channel(table, x, y) == pytest.approx(math.log(total))
    assert log_channel(torch.zeros(7, 7), [4], [4]) == -math.inf


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weight", [1.0, 0.4])
def test_a_wide_search_finds_the_best_of_all_texts(seed, weight):
    generator = torch.Generator().manual_seed(seed)
    table = torch.rand(7, 7, generator=generator, dtype=torch.float64) ** 4
    table[:, :4] = table[1:4] = 0
    language = NGram([[4, 5], [5, 4, 6], [6], [5, 6, 4], [4, 6]], 2, 7, add=0.1)

    def score(x, y):
        tokens, begin = torch.tensor([[*y, END_ID]]), torch.tensor([START_ID])
        likely = log_probability(language.step, language.start(1), begin, tokens, END_ID).item()
        return log_channel(table, x, y) + weight * likely

    x = [4, 6, 5]
    texts = [y for n in range(5) for y in itertools.product((3, 4, 5, 6), repeat=n)]
    best = max(texts, key=lambda y: score(x, y))
    found, value = noisy_channel(
        table, x, language.step, language.start, limit=4, width=256, language_weight=weight
    )
    assert found == list(best)
    assert value == pytest.approx(score(x, best), rel=1e-5)
    narrow, lower = noisy_channel(
        table, x, language.step, language.start, limit=4, width=2, language_weight=weight
    )
    assert lower <= value + 1e-9 and lower == pytest.approx(score(x, narrow), rel=1e-5)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="2 x and 1 y"):
        ibm1(pad([[4], [5]]), pad([[4]]), 7, 7, rounds=1)
    with pytest.raises(ValueError, match="rounds=0"):
        ibm1(pad([[4]]), pad([[4]]), 7, 7, rounds=0)
    model = NGram([[4]], 2, 7)
    with pytest.raises(ValueError, match="0 words"):
        noisy_channel(torch.ones(7, 7), [], model.step, model.start, limit=3, width=2)
    with pytest.raises(ValueError, match="width=0"):
        noisy_channel(torch.ones(7, 7), [4], model.step, model.start, limit=3, width=0)
