"""The full-size nets are the papers': parameters to the unit, shapes, multiply-adds.

Everything here runs on the `meta` device: shapes without numbers.
"""

from functools import cache

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from helpers import models

PARAMETERS = {
    "alexnet": 60_965_224,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "googlenet": 6_998_552,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "densenet121": 7_978_856,
    "mobilenet_v1": 4_231_976,
}
# In millions, as the papers print them: Howard et al. 2017 (tables 8 and 9), He et al. 2016
# (table 1, and section 3.3 for VGG-19).
MULTIPLY_ADDS = {
    "alexnet": (720, 10),
    "vgg11": (7609, 1),
    "vgg13": (11_308, 1),
    "googlenet": (1550, 50),
    "vgg16": (15_300, 300),
    "vgg19": (19_600, 100),
    "mobilenet_v1": (569, 1),
    "resnet18": (1800, 50),
    "resnet34": (3600, 100),
    "resnet50": (3800, 100),
    "resnet101": (7600, 100),
    "resnet152": (11_300, 100),
    "densenet121": (2834, 1),
}
SMALL = ("lenet", *(f"small_{name}" for name in ("alexnet", "vgg", "googlenet", "resnet")))
SMALL += ("small_densenet", "small_mobilenet")
ONE_OF_EACH = ("alexnet", "vgg11", "googlenet", "resnet18", "densenet121", "mobilenet_v1")


def on_meta(name, **kwargs):
    with torch.device("meta"):
        return getattr(models, name)(**kwargs).eval()


built = cache(on_meta)  # for tests that do not change the net


def count(net):
    return sum(each.numel() for each in net.parameters())


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_to_the_unit(name):
    assert count(built(name)) == PARAMETERS[name]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in ("resnet101", "resnet152") else [])
        for name in PARAMETERS
    ],
)
def test_shape_and_multiply_adds(name):
    x = torch.empty(2, 3, 224, 224, device="meta")
    with FlopCounterMode(display=False) as counter:
        assert built(name)(x).shape == (2, 1000)
    published, tolerance = MULTIPLY_ADDS[name]
    assert abs(counter.get_total_flops() / len(x) / 2e6 - published) <= tolerance


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_another_number_of_classes(name):
    net = on_meta(name, num_classes=7)
    last = net.classifier[-1] if isinstance(net.classifier, torch.nn.Sequential) else net.classifier
    assert last.out_features == 7


@pytest.mark.parametrize("name", SMALL)
def test_small_nets(name):
    net = getattr(models, name)()
    y = net(torch.rand(3, 1, 32, 32))
    assert y.shape == (3, 10)
    y.square().sum().backward()
    assert all(each.grad is not None and each.grad.isfinite().all() for each in net.parameters())
    assert getattr(models, name)(4, channels=3)(torch.rand(2, 3, 32, 32)).shape == (2, 4)


@pytest.mark.parametrize(
    ("name", "wrong"), list(zip(ONE_OF_EACH, [0, -1, 2.5, None, "10", True], strict=True))
)
def test_a_wrong_number_of_classes_is_named(name, wrong):
    with pytest.raises(ValueError, match="num_classes"):
        on_meta(name, num_classes=wrong)


@pytest.mark.parametrize("name", [*ONE_OF_EACH, *SMALL])
def test_wrong_inputs_are_named(name):
    net = built(name)
    channels, side = (1, 32) if name in SMALL else (3, 224)
    good = torch.empty(1, channels, side, side, device="meta")
    with pytest.raises(ValueError, match=r"x\[None\]"):
        net(good[0])
    with pytest.raises(ValueError, match=f"takes \\(batch, {channels}, height, width\\)"):
        net(torch.empty(1, channels + 1, side, side, device="meta"))
    with pytest.raises(ValueError, match="takes"):
        net(good.permute(0, 2, 3, 1))  # channels last, as image files have them
    with pytest.raises(TypeError, match="float"):
        net(good.to(torch.uint8))


@pytest.mark.parametrize("name", ["alexnet", "vgg16", "lenet", "small_alexnet", "small_vgg"])
def test_dense_layers_fix_the_size(name):
    net = built(name)
    side, channels = (224, 3) if name in PARAMETERS else (32, 1)
    with pytest.raises(ValueError, match=f"{side}x{side}"):
        net(torch.empty(1, channels, side + 32, side, device="meta"))


@pytest.mark.parametrize(
    ("name", "smallest"),
    [
        ("googlenet", 31),
        ("small_googlenet", 7),
        ("densenet121", 29),
        ("small_densenet", 7),
        ("resnet18", 1),
        ("small_resnet", 1),
        ("mobilenet_v1", 1),
    ],
)
def test_nets_that_average_take_any_size_from_the_smallest(name, smallest):
    net, channels = built(name), 1 if name in SMALL else 3
    assert net(torch.empty(1, channels, smallest, smallest + 70, device="meta")).ndim == 2
    if smallest > 1:
        with pytest.raises(ValueError, match=f"needs {smallest}x{smallest}"):
            net(torch.empty(1, channels, smallest - 1, 300, device="meta"))


@pytest.mark.parametrize("name", ["alexnet", "resnet18", "mobilenet_v1", "googlenet"])
def test_names_are_functions_in_any_order(name):
    import importlib

    home = name.rstrip("0123456789").removesuffix("_v")
    importlib.import_module(f"helpers.models.{home}")
    assert callable(getattr(models, name))


@pytest.mark.slow
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_real_forward_pass(name):
    net = getattr(models, name)().eval()
    with torch.no_grad():
        y = net(torch.rand(1, 3, 224, 224))
    assert y.shape == (1, 1000)
    assert y.isfinite().all()
