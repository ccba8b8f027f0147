"""Sinusoids, embeddings and buckets are those of the papers."""

import math

import pytest
import torch

from helpers.transformer import (
    Embeddings,
    RelativeBias,
    sinusoidal,
)


def test_sinusoids_are_those_of_the_paper():
    table = sinusoidal(50, 16)
    for position, i in ((0, 0), (7, 3), (49, 7)):
        angle = position / 10_000 ** (2 * i / 16)
        assert table[position, 2 * i].item() == pytest.approx(math.sin(angle), abs=1e-5)
        assert table[position, 2 * i + 1].item() == pytest.approx(math.cos(angle), abs=1e-5)


def test_embeddings_add_up():
    torch.manual_seed(0)
    tokens = torch.tensor([[5, 1, 2]])
    e = Embeddings(9, 4, segments=2, limit=6)
    wanted = e.token.weight[[5, 1, 2]] + e.position.weight[2:5] + e.segment.weight[[0, 1, 1]]
    torch.testing.assert_close(e(tokens, torch.tensor([[0, 1, 1]]), past=2)[0], wanted)
    e = Embeddings(9, 4, positions="sinusoidal", multiply=True)
    torch.testing.assert_close(e(tokens)[0], 2 * e.token.weight[[5, 1, 2]] + sinusoidal(3, 4))
    e = Embeddings(9, 4, positions="none", std=0.5)
    torch.testing.assert_close(e(tokens)[0], e.token.weight[[5, 1, 2]])
    assert e(torch.zeros(1, 600, dtype=torch.long)).shape == (1, 600, 4)


def test_relative_buckets_are_those_of_t5():
    """Computed by hand from the paper's code: 32 buckets, farthest 128."""
    past = RelativeBias(2, causal=True)
    distances = torch.tensor([3, 0, -1, -15, -16, -20, -40, -127, -128, -1000])
    assert past.bucket(distances).tolist() == [0, 0, 1, 15, 16, 17, 23, 31, 31, 31]
    both = RelativeBias(2)
    distances = torch.tensor([0, -1, 1, -7, 7, -8, 8, -20, 20, -500, 500])
    assert both.bucket(distances).tolist() == [0, 1, 17, 7, 23, 8, 24, 10, 26, 15, 31]
    assert past(3, past=4).shape == (1, 2, 3, 7)
    torch.testing.assert_close(past(3, past=4), past(7)[:, :, 4:])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sinusoidal(3, 5), "must be even"),
        (lambda: Embeddings(3, 4, positions="absolute"), "choose from learned"),
        (lambda: Embeddings(3, 4, limit=2)(torch.zeros(1, 3, dtype=torch.long)), "has 2 positions"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
