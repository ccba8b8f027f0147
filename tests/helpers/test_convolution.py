"""Ours equal torch's, values and gradients; the formulas say what the tensors do."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from helpers.convolution import (
    Field,
    Window,
    avg_pool2d,
    conv2d_by_loops,
    conv2d_by_unfolding,
    favourite_patches,
    max_pool2d,
    measured_field,
    output_size,
    receptive_field,
    unfold,
    windows_of,
)

SETTINGS = [
    {},
    {"stride": 2},
    {"padding": 2},
    {"dilation": 2},
    {"stride": 3, "padding": 1, "dilation": 2},
    {"stride": (2, 1), "padding": (0, 2), "dilation": (1, 2)},
    {"padding": 1, "groups": 2},
    {"stride": 2, "dilation": (2, 1), "groups": 2},
]


def with_gradients(conv, tensors, **how):
    """The output, and the gradient of a fixed weighting of it by every input."""
    leaves = [None if t is None else t.clone().requires_grad_() for t in tensors]
    y = conv(*leaves, **how)
    (y * torch.arange(y.numel(), dtype=y.dtype).reshape(y.shape).cos()).sum().backward()
    return [y, *(leaf.grad for leaf in leaves if leaf is not None)]


@pytest.mark.parametrize("how", SETTINGS, ids=str)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("ours", [conv2d_by_loops, conv2d_by_unfolding])
def test_convolution_equals_torch(ours, how, bias):
    torch.manual_seed(0)
    groups = how.get("groups", 1)
    x = torch.randn(2, 4, 8, 9, dtype=torch.float64)
    weight = torch.randn(6, 4 // groups, 3, 2, dtype=torch.float64)
    tensors = [x, weight, torch.randn(6, dtype=torch.float64) if bias else None]
    results = zip(
        with_gradients(ours, tensors, **how), with_gradients(F.conv2d, tensors, **how), strict=True
    )
    for got, wanted in results:
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize("ours", [conv2d_by_loops, conv2d_by_unfolding])
def test_by_hand(ours):
    image = ["11100", "01110", "00111", "00110", "01100"]
    x = torch.tensor([[int(bit) for bit in row] for row in image]).double()
    cross = torch.tensor([[1, 0, 1], [0, 1, 0], [1, 0, 1]]).double()
    y = ours(x[None, None], cross[None, None])
    assert y[0, 0].tolist() == [[4, 3, 4], [2, 4, 3], [2, 3, 4]]


@pytest.mark.parametrize("how", SETTINGS[:6], ids=str)
def test_unfold_equals_torch(how):
    x = torch.randn(2, 3, 8, 9)
    assert torch.equal(unfold(x, (3, 2), **how), F.unfold(x, (3, 2), **how))


@pytest.mark.parametrize("ours", [conv2d_by_loops, conv2d_by_unfolding])
@pytest.mark.parametrize(
    ("x", "weight", "bias", "groups", "words"),
    [
        ((3, 8, 8), (4, 3, 3, 3), None, 1, "single image"),
        ((1, 3, 8, 8), (4, 2, 3, 3), None, 1, "3 channels"),
        ((1, 4, 8, 8), (3, 2, 3, 3), None, 2, "2 divides"),
        ((1, 3, 8, 8), (4, 3, 3, 3), (3,), 1, "4 filters"),
        ((1, 3, 2, 8), (4, 3, 3, 3), None, 1, "does not fit"),
    ],
)
def test_wrong_shapes_are_explained(ours, x, weight, bias, groups, words):
    bias = None if bias is None else torch.zeros(bias)
    with pytest.raises(ValueError, match=words):
        ours(torch.zeros(x), torch.zeros(weight), bias, groups=groups)


def test_output_size_is_what_tensors_have():
    checked = 0
    for size, kernel, stride, padding, dilation in itertools.product(
        range(1, 13), range(1, 5), range(1, 4), range(3), range(1, 4)
    ):
        how = {"stride": stride, "padding": padding, "dilation": dilation}
        x, weight = torch.zeros(1, 1, size), torch.zeros(1, 1, kernel)
        try:
            wanted = F.conv1d(x, weight, **how).shape[-1]
        except RuntimeError:
            with pytest.raises(ValueError, match="does not fit"):
                output_size(size, kernel, **how)
        else:
            assert output_size(size, kernel, **how) == wanted
            checked += 1
    assert checked > 500


@pytest.mark.parametrize("bad", [{"stride": 0}, {"padding": -1}, {"dilation": 0}, {"kernel": 0}])
def test_output_size_refuses_nonsense(bad):
    with pytest.raises(ValueError, match="at least"):
        output_size(**({"size": 5, "kernel": 3} | bad))


@pytest.mark.parametrize(
    "how", [{}, {"stride": 1}, {"stride": (1, 2), "padding": 1}, {"padding": (0, 1)}], ids=str
)
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_pooling_equals_torch(name, how):
    ours = {"max_pool2d": max_pool2d, "avg_pool2d": avg_pool2d}[name]
    x = -torch.rand(2, 3, 7, 8, dtype=torch.float64)  # negative: padding with 0 would win
    theirs = getattr(F, name)
    results = zip(
        with_gradients(lambda x: ours(x, 3, **how), [x]),
        with_gradients(lambda x: theirs(x, 3, **how), [x]),
        strict=True,
    )
    for got, wanted in results:
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-12)


def test_pooling_refuses_too_much_padding():
    with pytest.raises(ValueError, match="half"):
        max_pool2d(torch.zeros(1, 1, 4, 4), 2, padding=2)


def test_receptive_field_of_known_stacks():
    assert receptive_field([]) == Field(1, 1, 0)
    assert receptive_field([Window(3)] * 2).size == 5  # two 3x3 see what one 5x5 sees
    assert receptive_field([Window(3)] * 3).size == 7
    assert receptive_field([Window(3), Window(2, 2), Window(3)]) == Field(8, 2, 0)
    assert receptive_field([Window(3, dilation=d) for d in (1, 2, 4)]).size == 15
    alexnet = [Window(11, 4, 2), Window(3, 2), Window(5, 1, 2), Window(3, 2)]
    alexnet += [Window(3, 1, 1)] * 3 + [Window(3, 2)]
    assert receptive_field(alexnet)[:2] == (195, 32)  # Araujo et al. 2019, table 1


STACKS = {
    "plain": [(3, 1, 1, 1)] * 3,
    "strides": [(5, 2, 2, 1), (3, 2, 1, 1), (3, 1, 0, 1)],
    "dilated": [(3, 1, 1, 1), (3, 1, 2, 2), (3, 1, 4, 4)],
    "even kernels": [(2, 2, 0, 1), (4, 1, 1, 1), (2, 1, 1, 1)],
}


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("unit", [0, 3])
def test_receptive_field_is_what_gradients_reach(name, unit):
    torch.manual_seed(0)
    layers = []
    for kernel, stride, padding, dilation in STACKS[name]:
        layers += [
            nn.Conv2d(1 if not layers else 4, 4, kernel, stride, padding, dilation),
            nn.ReLU(),
        ]
    net = nn.Sequential(*layers)
    field = receptive_field(windows_of(net))
    seen = measured_field(net, torch.randn(32, 1, 40, 40), (unit, unit)) > 0
    assert seen.any(1).nonzero().flatten().tolist() == list(field.pixels(unit, 40))
    assert seen.any(0).nonzero().flatten().tolist() == list(field.pixels(unit, 40))


def test_windows_of_rows_and_columns():
    net = nn.Sequential(
        nn.Conv2d(1, 2, (3, 5), stride=(1, 2), padding=(1, 0)), nn.ReLU(), nn.MaxPool2d(2)
    )
    assert windows_of(net) == [Window(3, 1, 1), Window(2, 2)]
    assert windows_of(net, axis=1) == [Window(5, 2, 0), Window(2, 2)]


@pytest.mark.parametrize("layer", [nn.Flatten(), nn.Linear(4, 2), nn.AdaptiveAvgPool2d(1)])
def test_windows_of_a_layer_that_sees_everything(layer):
    with pytest.raises(ValueError, match="whole image"):
        windows_of(nn.Sequential(nn.Conv2d(1, 2, 3), layer))


def test_measured_field_leaves_the_input_and_the_net_alone():
    net, x = nn.Conv2d(1, 2, 3), torch.randn(1, 1, 5, 5)
    seen = measured_field(net, x, (1, 1))
    assert seen.shape == (5, 5)
    assert not x.requires_grad
    assert net.weight.grad is None


def test_favourite_patches_are_what_the_unit_saw():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 3, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(3, 2, 3))
    images = torch.randn(20, 1, 17, 17)
    maps, field = net(images), receptive_field(windows_of(net))
    patches, which = favourite_patches(images, maps, field, channel=1, count=5)
    assert patches.shape == (5, field.size, field.size)
    peaks = maps[:, 1].flatten(1).amax(1)
    assert torch.equal(peaks[which], peaks.sort(descending=True).values[:5])
    seen = nn.Sequential(
        nn.Conv2d(1, 3, 3, stride=2), nn.ReLU(), net[2]
    )  # no padding: a patch alone
    seen[0].load_state_dict(net[0].state_dict())
    inside = [k for k, place in enumerate(maps[which, 1].flatten(1).argmax(1)) if place > 6]
    inside = [k for k in inside if maps[which[k], 1].flatten().argmax() % 6 > 0]
    assert inside
    for k in inside:  # not at the border, where the net saw padding in the hidden layer too
        torch.testing.assert_close(seen(patches[k][None, None])[0, 1, 0, 0], peaks[which[k]])
