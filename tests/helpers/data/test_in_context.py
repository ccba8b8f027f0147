"""Every prompt holds what is needed to answer it, and the targets are where the answers are."""

import pytest
import torch
from torch.nn import functional as F

from helpers.data.in_context import (
    ANSWER,
    PAD,
    SUM_TOKENS,
    TRIGGER,
    answers_in,
    digit_sums,
    linear_regressions,
    symbol_maps,
)
from helpers.text import IGNORE


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize(("keys", "symbols", "pairs"), [(6, 12, 12), (1, 1, 1), (3, 2, 20)])
def test_a_key_has_one_symbol_in_a_prompt_and_targets_are_at_the_keys(keys, symbols, pairs):
    made = symbol_maps(200, keys=keys, symbols=symbols, pairs=pairs)
    assert made.tokens.shape == made.targets.shape == (200, 2 * pairs)
    assert made.shots.shape == (200, pairs) and made.maps.shape == (200, keys)
    asked, told = made.tokens[:, ::2], made.tokens[:, 1::2]
    assert asked.min() >= 0 and asked.max() < keys <= told.min() and told.max() < keys + symbols
    assert torch.equal(made.maps.gather(1, asked), told)
    assert torch.equal(made.targets[:, ::2], told)
    assert (made.targets[:, 1::2] == IGNORE).all()
    for row, counts in zip(asked[:20].tolist(), made.shots[:20].tolist(), strict=True):
        assert counts == [row[:i].count(key) for i, key in enumerate(row)]


def test_each_prompt_has_its_own_map_and_nothing_is_more_probable():
    made = symbol_maps(6000)
    assert len({tuple(row) for row in made.maps.tolist()}) > 5900
    share = F.one_hot(made.maps - 6, 12).double().mean((0, 1))
    assert (share - 1 / 12).abs().max() < 0.01
    assert (F.one_hot(made.tokens[:, ::2], 6).double().mean((0, 1)) - 1 / 6).abs().max() < 0.01


def test_regressions_are_linear_and_have_the_stated_scale():
    exact = linear_regressions(4000, dimension=3, pairs=8)
    assert exact.x.shape == (4000, 8, 3) and exact.y.shape == (4000, 8)
    truth = (exact.x * exact.w[:, None]).sum(2)
    torch.testing.assert_close(exact.y, truth)
    assert abs(truth.var() - 1) < 0.1 and abs(exact.w.var() - 1 / 3) < 0.02
    noisy = linear_regressions(4000, noise=0.5)
    rest = noisy.y - (noisy.x * noisy.w[:, None]).sum(2)
    assert abs(rest.std() - 0.5) < 0.01


def test_inactive_features_are_zero_and_the_scale_stays():
    made = linear_regressions(4000, dimension=4, active=2)
    assert made.x[..., 2:].abs().sum() == made.w[:, 2:].abs().sum() == 0
    assert (made.x[..., :2] != 0).all() and abs(made.y.var() - 1) < 0.1


@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize("length", [None, 1, 4, 6])
def test_sums_are_right_and_only_what_is_written_is_a_target(steps, length):
    made = digit_sums(300, steps=steps, length=length)
    assert made.tokens.max() < SUM_TOKENS
    for tokens, targets, n, answer in zip(*(part.tolist() for part in made), strict=True):
        digits = tokens[:n]
        running = [sum(digits[: i + 1]) % 10 for i in range(n)]
        question = digits + [PAD] * (6 - n)
        told = [TRIGGER, *running, ANSWER, answer] if steps else [ANSWER, answer]
        assert answer == running[-1] and max(digits) < 10
        assert tokens == question + told + [PAD] * (len(tokens) - 6 - len(told))
        supervised = [(i, target) for i, target in enumerate(targets) if target != IGNORE]
        assert supervised == [(6 + i, token) for i, token in enumerate(told[1:])]
    if length is not None:
        assert set(made.lengths.tolist()) == {length}


@pytest.mark.parametrize(("steps", "switch"), [(False, ANSWER), (True, TRIGGER)])
@pytest.mark.parametrize("longest", [1, 3, 6])
def test_prompts_are_the_question_and_the_switch(steps, switch, longest):
    made = digit_sums(20, steps=steps, longest=longest)
    assert made.prompts.shape == (20, longest + 1)
    assert (made.prompts[:, -1] == switch).all()
    assert torch.equal(made.prompts, made.tokens[:, : longest + 1])


def test_long_questions_are_drawn_more_often():
    lengths = digit_sums(21_000, steps=False).lengths
    share = torch.bincount(lengths, minlength=7)[1:] / len(lengths)
    torch.testing.assert_close(share, torch.arange(1, 7) / 21, atol=0.01, rtol=0)


def test_answers_follow_the_first_answer_token():
    rows = torch.tensor(
        [
            [3, 4, ANSWER, 7, PAD],
            [ANSWER, 1, ANSWER, 2, PAD],
            [1, 2, 3, 4, 5],  # it never came to an answer
            [1, 2, 3, 4, ANSWER],  # it stopped before it said it
        ]
    )
    assert answers_in(rows).tolist() == [7, 1, -1, -1]
    made = digit_sums(50, steps=True)
    assert torch.equal(answers_in(made.tokens), made.answers)
    assert answers_in(torch.tensor([[ANSWER]])).tolist() == [-1]


@pytest.mark.parametrize(
    "make",
    [symbol_maps, linear_regressions, lambda n, **o: digit_sums(n, steps=True, **o)],
    ids=["maps", "regressions", "sums"],
)
def test_a_generator_decides_and_leaves_the_global_one_alone(make):
    before = torch.get_rng_state()
    one, same, other = (
        make(9, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True))
    assert not torch.equal(one[0], other[0])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: symbol_maps(0), "count=0"),
        (lambda: symbol_maps(3, pairs=0), "pairs=0"),
        (lambda: linear_regressions(3, dimension=0), "dimension=0"),
        (lambda: linear_regressions(3, active=4), "active=4"),
        (lambda: linear_regressions(3, noise=-1.0), "noise=-1.0"),
        (lambda: digit_sums(3, steps=True, length=7), "length=7"),
        (lambda: digit_sums(3, steps=False, length=0), "length=0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()
