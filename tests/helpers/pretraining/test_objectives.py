"""Objectives: statistics on a million tokens, spans that invert, pairs that are what they say."""

import math
import random
from collections import Counter
from itertools import pairwise

import pytest
import torch

from helpers.pretraining import (
    causal_shift,
    corrupt_spans,
    join_pair,
    mask_words,
    next_sentence_pairs,
    noise_spans,
    restore_spans,
)
from helpers.text import IGNORE

WORDS = range(10, 1010)
MASK = 6


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def within(count, of, share, sigmas=4.5):
    """Whether a count is what a coin of this share gives."""
    return abs(count - share * of) <= sigmas * math.sqrt(of * share * (1 - share))


def test_masking_on_a_million_tokens():
    tokens = torch.randint(10, 1010, (10_000, 100), generator=generator())
    inputs, targets = mask_words(
        tokens, tokens > 0, mask_id=MASK, words=WORDS, generator=generator(1)
    )
    chosen = targets != IGNORE
    assert (chosen.sum(1) == 15).all()  # exactly, in every row
    assert torch.equal(targets[chosen], tokens[chosen])
    assert torch.equal(inputs[~chosen], tokens[~chosen])
    n = int(chosen.sum())
    assert n == 150_000
    masked = chosen & (inputs == MASK)
    same = chosen & (inputs == tokens)
    other = chosen & ~masked & ~same
    assert within(int(masked.sum()), n, 0.8)
    assert within(int(same.sum()), n, 0.1 + 0.1 / 1000)  # a random word may be the same
    assert within(int(other.sum()), n, 0.1 - 0.1 / 1000)
    assert all(within(int(k), n, 0.01) for k in chosen.sum(0))  # every position alike
    drawn = inputs[other]
    assert drawn.min() >= 10 and drawn.max() < 1010 and drawn.unique().numel() == 1000


def test_masking_leaves_special_tokens_alone_and_takes_one_at_least():
    tokens = torch.tensor([[4, 20, 21, 5, 0, 0], [4, 5, 0, 0, 0, 0]])
    for seed in range(20):
        inputs, targets = mask_words(
            tokens, tokens >= 10, mask_id=MASK, words=WORDS, generator=generator(seed)
        )
        assert (targets != IGNORE).sum(1).tolist() == [1, 0]
        assert torch.equal(inputs[tokens < 10], tokens[tokens < 10])


def test_masking_takes_other_shares():
    tokens = torch.full((100, 50), 30)
    inputs, targets = mask_words(
        tokens,
        tokens > 0,
        mask_id=MASK,
        words=WORDS,
        generator=generator(),
        share=0.4,
        masked=1,
        random=0,
    )
    assert ((targets != IGNORE).sum(1) == 20).all()
    assert torch.equal(inputs == MASK, targets != IGNORE)


def test_pairs_half_of_which_follow():
    documents = [[f"{d} {i}" for i in range(1 + d % 4)] for d in range(40)]
    groups = [d % 3 for d in range(40)]
    pairs = next_sentence_pairs(documents, 2000, generator(), groups)
    assert sum(pair.follows for pair in pairs) == 1000
    for first, second, follows in pairs:
        (d, i), (e, j) = map(int, first.split()), map(int, second.split())
        if follows:
            assert (e, j) == (d, i + 1)
        else:
            assert groups[d] != groups[e]
    assert len(set(pairs)) > 500
    assert pairs == next_sentence_pairs(documents, 2000, generator(), groups)
    alone = next_sentence_pairs(documents, 100, generator())  # without groups: other documents
    assert all(a.split()[0] != b.split()[0] for a, b, follows in alone if not follows)


def test_join_pair_cuts_the_longer():
    ids, segments = join_pair([11, 12], [21], start=4, separator=5, limit=10)
    assert (ids, segments) == ([4, 11, 12, 5, 21, 5], [0, 0, 0, 0, 1, 1])
    ids, segments = join_pair(range(11, 20), [21, 22, 23], start=4, separator=5, limit=8)
    assert (ids, segments) == ([4, 11, 12, 13, 5, 21, 22, 5], [0, 0, 0, 0, 0, 1, 1, 1])
    assert join_pair([11], [], start=4, separator=5, limit=9) == ([4, 11, 5], [0, 0, 0])


def test_causal_shift():
    inputs, targets = causal_shift(torch.tensor([[1, 7, 8, 2], [1, 9, 2, 0]]))
    assert inputs.tolist() == [[1, 7, 8], [1, 9, 2]]
    assert targets.tolist() == [[7, 8, 2], [9, 2, IGNORE]]


def test_spans_on_a_million_tokens():
    lengths, starts, rng = [], Counter(), generator()
    for _ in range(2000):  # 500 tokens each
        spans = noise_spans(500, rng)
        lengths += [end - start for start, end in spans]
        starts.update(start for start, _ in spans)
        assert sum(end - start for start, end in spans) == 75  # 15 %, exactly
        assert len(spans) == 25  # of 3 tokens on average, exactly
        assert spans[0][0] > 0 and spans[-1][1] == 500
        assert all(a[1] < b[0] for a, b in pairwise(spans))
    # 75 into 25 pieces: P(first = k) = C(74 - k, 23) / C(74, 24)
    counts = Counter(lengths)
    for k in (1, 2, 5):
        share = math.comb(74 - k, 23) / math.comb(74, 24)
        assert counts[k] / len(lengths) == pytest.approx(share, rel=0.05)


def test_spans_invert():
    rng, words = generator(), random.Random(0)
    sentinels = list(range(100, 140))
    for _ in range(500):
        tokens = [words.randrange(50) for _ in range(words.randrange(2, 90))]
        share, span = words.choice([(0.15, 3), (0.5, 3), (0.3, 1), (0.9, 10)])
        text, missing = corrupt_spans(tokens, sentinels, rng, share, span)
        assert restore_spans(text, missing, sentinels) == tokens
        n = max(1, min(round(share * len(tokens)), len(tokens) - 1))
        used = [token for token in text if token >= 100]
        assert used == sentinels[: len(used)]  # in order
        assert [token for token in missing if token >= 100] == sentinels[: len(used) + 1]
        assert len(missing) == n + len(used) + 1 and len(text) == len(tokens) - n + len(used)


def test_spans_as_in_the_paper():
    """Thank you <X> me to your party <Y> week."""
    text = ["thank", "you", "X", "me", "to", "your", "party", "Y", "week"]
    missing = ["X", "for", "inviting", "Y", "last", "Z"]
    restored = restore_spans(text, missing, ["X", "Y", "Z"])
    assert " ".join(restored) == "thank you for inviting me to your party last week"
    assert restore_spans(text, ["Y", "last"], ["X", "Y", "Z"])[2] == "X"


def test_two_tokens_are_enough_for_a_span():
    assert noise_spans(2, generator()) == [(1, 2)]


ONE = torch.ones(1, 4, dtype=torch.long)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: causal_shift(ONE[:, :1]), "needs 2 or more"),
        (lambda: noise_spans(1, generator()), "one must stay"),
        (lambda: noise_spans(9, generator(), share=1.0), "between 0 and 1"),
        (lambda: corrupt_spans([1, 2, 3], [9], generator()), "need 2 sentinels, not 1"),
        (lambda: corrupt_spans([1, 9, 3], [9, 8], generator()), "contains a sentinel"),
        (lambda: join_pair([1], [2], start=4, separator=5, limit=4), "no room"),
        (lambda: next_sentence_pairs([["a"], ["b"]], 2, generator()), "two sentences"),
        (lambda: next_sentence_pairs([["a", "b"]], 2, generator()), "one group"),
        (
            lambda: mask_words(
                ONE, ONE > 0, mask_id=6, words=WORDS, generator=generator(), share=2
            ),
            "must be shares",
        ),
        (
            lambda: mask_words(ONE, ONE[:, 1:] > 0, mask_id=6, words=WORDS, generator=generator()),
            r"\(1, 4\)",
        ),
        (
            lambda: mask_words(ONE, ONE > 0, mask_id=6, words=range(0), generator=generator()),
            "words is empty",
        ),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
