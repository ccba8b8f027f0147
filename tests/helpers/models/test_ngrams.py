"""Counts, smoothing and perplexity, against numbers that can be worked out by hand."""

import math

import pytest
import torch

from helpers.models.ngrams import NGram, perplexity
from helpers.text import END_ID, START_ID, greedy

A, B, C = 4, 5, 6
SIZE = 7  # four special tokens, a, b, c
POSSIBLE = 5  # end, unknown, a, b, c
TEXTS = [[A, B], [A, B], [A, C], [B]]


def test_the_students_opened_their():
    """The textbook's counts: 400 books and 100 exams of 1,000."""
    texts = [[A, B, C, 7]] * 400 + [[A, B, C, 8]] * 100 + [[A, B, C, 9]] * 500
    after = NGram(texts, 4, 10).probabilities([A, B, C])
    assert after[7].item() == pytest.approx(0.4) and after[8].item() == pytest.approx(0.1)


def test_ratios_of_counts():
    model = NGram(TEXTS, 2, SIZE)
    assert model.probabilities([START_ID]).tolist() == [0, 0, 0, 0, 0.75, 0.25, 0]
    assert model.probabilities([A])[B].item() == pytest.approx(2 / 3)
    assert model.probabilities([C, A])[B].item() == pytest.approx(2 / 3)  # only the last counts
    assert model.probabilities([B])[END_ID].item() == 1
    assert NGram(TEXTS, 1, SIZE).probabilities([A, B])[A].item() == pytest.approx(3 / 11)
    unseen = NGram(TEXTS, 3, SIZE).probabilities([C, C])
    assert (unseen == 0).all()


def test_adding_to_every_count():
    after = NGram(TEXTS, 2, SIZE, add=0.5).probabilities([A])
    assert after[B].item() == pytest.approx((2 + 0.5) / (3 + 0.5 * POSSIBLE))
    assert after[A].item() == pytest.approx(0.5 / (3 + 0.5 * POSSIBLE))
    assert after[:2].tolist() == [0, 0]  # padding and start never follow
    never = NGram(TEXTS, 3, SIZE, add=1).probabilities([C, C])
    assert never[2:].tolist() == pytest.approx([1 / POSSIBLE] * POSSIBLE)


def test_interpolation_uses_every_length():
    model = NGram(TEXTS, 3, SIZE, weight=0.6)
    one = 0.6 * 3 / 11 + 0.4 / POSSIBLE  # b: 3 of 11 tokens, ends included
    two = 0.6 * 2 / 3 + 0.4 * one
    three = 0.6 * 2 / 3 + 0.4 * two
    assert model.probabilities([START_ID, A])[B].item() == pytest.approx(three)
    assert model.probabilities([C, A])[B].item() == pytest.approx(two)  # "c a" was never seen
    assert model.probabilities([A, 3])[B].item() == pytest.approx(one)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("options", [{}, {"add": 0.3}, {"weight": 0.7}, {"add": 1, "weight": 0.5}])
def test_probabilities_sum_to_one(n, options):
    model = NGram(TEXTS, n, SIZE, **options)
    for context in ([START_ID] * 3, [START_ID, START_ID, A], [START_ID, A, B]):
        assert model.probabilities(context).sum().item() == pytest.approx(1)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_perplexity_is_the_geometric_mean(n):
    model = NGram(TEXTS, n, SIZE, add=0.1)
    texts, total, count = [[A, B], [C, C, A]], 0.0, 0
    for text in texts:
        tokens = [START_ID] * (n - 1) + [*text, END_ID]
        for i in range(n - 1, len(tokens)):
            total += math.log(model.probabilities(tokens[i - n + 1 : i])[tokens[i]])
            count += 1
    expected = math.exp(-total / count)
    assert perplexity(model.step, model.start, texts) == pytest.approx(expected, rel=1e-5)
    assert perplexity(model.step, model.start, texts, batch_size=1) == pytest.approx(
        expected, rel=1e-5
    )


def test_the_uniform_model_is_as_surprised_as_there_are_tokens():
    model = NGram([], 2, SIZE, add=1)
    assert perplexity(model.step, model.start, TEXTS) == pytest.approx(POSSIBLE)


def test_the_impossible_is_infinitely_surprising():
    model = NGram(TEXTS, 2, SIZE)
    assert perplexity(model.step, model.start, [[A, B], [C, A]]) == math.inf
    with pytest.raises(ValueError, match="no sentences"):
        perplexity(model.step, model.start, [])


def test_it_decodes():
    model = NGram(TEXTS, 3, SIZE)
    found = greedy(model.step, model.start(2), torch.tensor([START_ID] * 2), end=END_ID, limit=5)
    assert found.tokens.tolist() == [[A, B, END_ID]] * 2
    assert found.log_probability[0].item() == pytest.approx(math.log(3 / 4 * 2 / 3))


@pytest.mark.parametrize("bad", [{"n": 0}, {"add": -1}, {"weight": 0}, {"weight": 1.1}])
def test_bad_options_are_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        NGram(TEXTS, **{"n": 2, "size": SIZE, **bad})
