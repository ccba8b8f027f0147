"""Masks are True where something may be looked at, and broadcast to the scores."""

import pytest
import torch

from helpers.masks import causal_mask, check_mask, length_mask, padding_mask, token_mask


def test_length_mask():
    mask = length_mask(torch.tensor([0, 2, 3]))
    assert mask.tolist() == [[False] * 3, [True, True, False], [True] * 3]
    assert length_mask(torch.tensor([1]), longest=4).shape == (1, 4)
    assert length_mask(torch.tensor([0, 0])).shape == (2, 0)


def test_tokens_are_whatever_is_not_padding():
    tokens = torch.tensor([[5, 6, 0], [7, 0, 0]])
    assert token_mask(tokens).tolist() == [[True, True, False], [True, False, False]]
    assert token_mask(tokens, 7).tolist() == [[True] * 3, [False, True, True]]
    assert torch.equal(padding_mask(tokens), token_mask(tokens)[:, None, None])


def test_causal_mask_counts_the_past():
    wanted = [[1, 1, 1, 0], [1, 1, 1, 1]]
    assert causal_mask(2, past=2).long().tolist() == wanted


def test_numbers_are_not_a_mask():
    check_mask(None), check_mask(torch.tensor([True]))
    for numbers in (torch.tensor([1, 0]), torch.tensor([0.0, -torch.inf])):
        with pytest.raises(TypeError, match="give bool"):
            check_mask(numbers)
