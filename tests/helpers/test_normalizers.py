"""Each layer equals PyTorch's: values, gradients, running statistics, in float64."""

import pytest
import torch
from torch import nn

from helpers.normalizers import (
    BatchNorm,
    GroupNorm,
    InstanceNorm,
    LayerNorm,
    normalize,
    normalize_backward,
)

PAIRS = [
    (BatchNorm(6), nn.BatchNorm1d(6), (5, 6)),
    (BatchNorm(6), nn.BatchNorm1d(6), (5, 6, 7)),
    (BatchNorm(6, eps=1e-3, momentum=0.3), nn.BatchNorm2d(6, 1e-3, 0.3), (4, 6, 3, 2)),
    (BatchNorm(6), nn.BatchNorm2d(6), (1, 6, 3, 2)),
    (LayerNorm(6), nn.LayerNorm(6), (5, 6)),
    (LayerNorm(6), nn.LayerNorm(6), (2, 4, 6)),
    (LayerNorm((6, 3, 2), eps=1e-2), nn.LayerNorm((6, 3, 2), eps=1e-2), (1, 6, 3, 2)),
    (GroupNorm(3, 6), nn.GroupNorm(3, 6), (5, 6)),
    (GroupNorm(2, 6, eps=1e-3), nn.GroupNorm(2, 6, eps=1e-3), (4, 6, 3, 2)),
    (GroupNorm(1, 6), nn.GroupNorm(1, 6), (1, 6, 5)),
    (InstanceNorm(6), nn.InstanceNorm1d(6), (3, 6, 5)),
    (InstanceNorm(6, eps=1e-3), nn.InstanceNorm2d(6, eps=1e-3), (4, 6, 3, 2)),
]


def same_start(ours, torchs):
    """Both in float64, with the same random gamma and beta; any step counts start at 0."""
    torch.manual_seed(0)
    torchs.double()
    for parameter in torchs.parameters():
        nn.init.normal_(parameter)
    if hasattr(torchs, "reset_running_stats"):
        torchs.reset_running_stats()
    ours.double().load_state_dict(torchs.state_dict())


def values_and_gradients(layer, x, upstream):
    x = x.clone().requires_grad_()
    y = layer(x)
    return [y, *torch.autograd.grad((y * upstream).sum(), [x, *layer.parameters()])]


@pytest.mark.parametrize(("ours", "torchs", "shape"), PAIRS)
def test_equal_to_torch_in_training_and_in_evaluation(ours, torchs, shape):
    same_start(ours, torchs)
    for mode in (True, True, False):  # two training steps, so that the statistics have a history
        ours.train(mode), torchs.train(mode)
        x = 3 + 2 * torch.randn(shape, dtype=torch.float64)
        upstream = torch.randn(shape, dtype=torch.float64)
        got = values_and_gradients(ours, x, upstream)
        wanted = values_and_gradients(torchs, x, upstream)
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-11)
        torch.testing.assert_close(
            ours.state_dict(), torchs.state_dict(), rtol=0, atol=1e-12, check_dtype=False
        )


@pytest.mark.parametrize(("axes", "shape"), [((0,), (5, 3)), ((1, 2), (2, 3, 4)), ((-1,), (4,))])
def test_backward_by_hand_is_autograds(axes, shape):
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    grad = torch.randn(shape, dtype=torch.float64)
    (wanted,) = torch.autograd.grad((normalize(x, axes)[0] * grad).sum(), x)
    torch.testing.assert_close(normalize_backward(grad, x.detach(), axes), wanted)


def test_a_constant_is_normalized_to_zero():
    assert normalize(torch.full((4, 3), 7.0), (0,))[0].abs().max() == 0


def test_evaluation_neither_moves_the_statistics_nor_needs_a_batch():
    layer = BatchNorm(3).eval()
    x = torch.randn(1, 3)
    torch.testing.assert_close(layer(x), x / (1 + 1e-5) ** 0.5)
    assert layer.num_batches_tracked == 0
    assert layer.running_mean.abs().max() == 0


def test_the_input_is_left_as_it_was():
    x = torch.randn(4, 6, 3)
    before = x.clone()
    for layer in (BatchNorm(6), LayerNorm(3), GroupNorm(2, 6), InstanceNorm(6)):
        layer(x)
        assert torch.equal(x, before)


@pytest.mark.parametrize(
    ("layer", "shape", "words"),
    [
        (BatchNorm(6), (1, 6), "batch of 2"),
        (BatchNorm(6), (4, 5), r"6 channels.*\(4, 5\)"),
        (BatchNorm(6), (6,), "needs x of"),
        (LayerNorm(6), (4, 5), "last axes"),
        (GroupNorm(2, 6), (4, 4), "6 channels"),
        (InstanceNorm(6), (4, 6), "in space"),
        (InstanceNorm(6), (4, 6, 1), "in space"),
        (InstanceNorm(6), (4, 3, 2), "6 channels"),
    ],
)
def test_bad_shapes_are_an_error(layer, shape, words):
    with pytest.raises(ValueError, match=words):
        layer(torch.randn(shape))


def test_channels_that_do_not_divide_are_an_error():
    with pytest.raises(ValueError, match="5 channels do not divide into 2"):
        GroupNorm(2, 5)
