"""Batches shift the target by one; the loss leaves padding out."""

import pytest
import torch

from helpers.text import IGNORE, pairs, token_loss


def test_pairs_shift_the_target_by_one():
    (source, target_in), target_out = pairs([[4], [5, 6]], [[7, 8], [9]])
    assert source.tolist() == [[4, 0], [5, 6]]
    assert target_in.tolist() == [[1, 7, 8], [1, 9, 0]]
    assert target_out.tolist() == [[7, 8, 2], [9, 2, IGNORE]]
    with pytest.raises(ValueError, match="2 sources and 1 targets"):
        pairs([[4], [5]], [[6]])


def test_the_loss_leaves_padding_out():
    logits = torch.randn(2, 11, 3)
    targets = torch.tensor([[7, 8, 2], [9, IGNORE, IGNORE]])
    scores = logits.log_softmax(dim=1)
    by_hand = -sum(scores[i, targets[i, t], t] for i, t in [(0, 0), (0, 1), (0, 2), (1, 0)]) / 4
    assert torch.isclose(token_loss(logits, targets), by_hand)
