"""Rules draw what torch.nn.init draws; LeCun's, which torch lacks, has the right moments."""

import math

import pytest
import torch
from torch import nn

from helpers import initializers
from helpers.initializers import RULES, fan_in_and_fan_out, initialize_

SHAPES = [(7, 5), (6, 4, 3), (8, 3, 5, 3), (4, 2, 3, 3, 2)]


def generator(seed=3):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    ("layer", "fans"),
    [
        (nn.Linear(5, 7), (5, 7)),
        (nn.Conv1d(4, 6, 3), (12, 18)),
        (nn.Conv2d(3, 8, (5, 3)), (45, 120)),
        (nn.Conv2d(6, 8, 3, groups=2), (27, 72)),
        (nn.Conv3d(2, 4, (3, 3, 2)), (36, 72)),
    ],
)
def test_fans(layer, fans):
    assert fan_in_and_fan_out(layer.weight) == fans
    assert fans == nn.init._calculate_fan_in_and_fan_out(layer.weight)


@pytest.mark.parametrize(
    ("weight", "words"),
    [
        (torch.zeros(5), r"\(5,\).*bias"),
        (torch.zeros(()), "out, in"),
        (torch.zeros(0, 3), "empty"),
        (torch.zeros(4, 3, 0), "empty"),
        (nn.LazyLinear(3).weight, "lazy"),
    ],
)
def test_fans_of_no_weight_are_an_error(weight, words):
    with pytest.raises(ValueError, match=words):
        fan_in_and_fan_out(weight)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", ["normal", "uniform"])
@pytest.mark.parametrize("gain", [1.0, 5 / 3])
def test_xavier_draws_what_torch_draws(form, shape, dtype, gain):
    ours = getattr(initializers, f"xavier_{form}_")
    torchs = getattr(nn.init, f"xavier_{form}_")
    got = ours(torch.empty(shape, dtype=dtype), gain, generator=generator())
    wanted = torchs(torch.empty(shape, dtype=dtype), gain, generator=generator())
    assert torch.equal(got, wanted)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", ["normal", "uniform"])
@pytest.mark.parametrize("mode", ["fan_in", "fan_out"])
@pytest.mark.parametrize("nonlinearity", ["relu", "linear"])
def test_he_draws_what_torch_draws(form, shape, dtype, mode, nonlinearity):
    ours = getattr(initializers, f"he_{form}_")
    torchs = getattr(nn.init, f"kaiming_{form}_")
    gain = nn.init.calculate_gain(nonlinearity)
    got = ours(torch.empty(shape, dtype=dtype), gain, mode, generator())
    wanted = torchs(
        torch.empty(shape, dtype=dtype),
        mode=mode,
        nonlinearity=nonlinearity,
        generator=generator(),
    )
    assert torch.equal(got, wanted)
    if nonlinearity == "relu":
        default = ours(torch.empty(shape, dtype=dtype), mode=mode, generator=generator())
        assert torch.equal(default, wanted)


@pytest.mark.parametrize("shape", [(300, 400), (96, 24, 7, 7)])
@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_lecun_has_the_moments_of_its_rule(shape, gain):
    std = gain / math.sqrt(math.prod(shape[1:]))
    normal = initializers.lecun_normal_(torch.empty(shape), gain, generator())
    uniform = initializers.lecun_uniform_(torch.empty(shape), gain, generator())
    for weight in (normal, uniform):  # over 100,000 numbers: 4 standard errors are 0.013 std
        assert weight.mean().abs() < 0.013 * std
        assert weight.std().item() == pytest.approx(std, rel=0.013)
    bound = math.sqrt(3) * std
    assert 0.999 * bound < uniform.abs().max() <= bound
    kurtosis = ((normal / normal.std()) ** 4).mean().item()
    assert kurtosis == pytest.approx(3, abs=0.08)  # 1.8 for a uniform variable


@pytest.mark.parametrize("name", RULES)
def test_rules_fill_in_place_without_gradients(name):
    weight = nn.Parameter(torch.zeros(6, 4))
    assert RULES[name](weight) is weight
    assert weight.count_nonzero() == 24
    assert weight.requires_grad and weight.grad_fn is None
    assert getattr(initializers, f"{name}_") is RULES[name]


def test_rules_follow_the_global_seed_without_a_generator():
    draws = []
    for _ in range(2):
        torch.manual_seed(11)
        draws.append(initializers.he_normal_(torch.empty(3, 4)))
    assert torch.equal(*draws)


def test_he_refuses_another_mode():
    with pytest.raises(ValueError, match="'fan_in' or 'fan_out', not 'fan_avg'"):
        initializers.he_normal_(torch.empty(3, 4), mode="fan_avg")


def net():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3),
        nn.BatchNorm2d(4),
        nn.Sequential(nn.Flatten(), nn.Linear(16, 5), nn.Linear(5, 2, bias=False)),
    )


def test_initialize_draws_every_weight_and_sets_every_bias():
    model = net()
    before = [parameter.clone() for parameter in model[1].parameters()]
    torch.manual_seed(5)
    assert initialize_(model, "he_uniform", bias=0.25) is model
    torch.manual_seed(5)
    for layer in (model[0], model[2][1], model[2][2]):
        assert torch.equal(layer.weight, initializers.he_uniform_(torch.empty_like(layer.weight)))
        if layer.bias is not None:
            assert (layer.bias == 0.25).all()
    assert all(map(torch.equal, model[1].parameters(), before))


def test_initialize_takes_a_function():
    model = initialize_(net(), lambda weight: weight.fill_(0.5))
    assert (model[0].weight == 0.5).all() and (model[2][2].weight == 0.5).all()
    assert (model[0].bias == 0).all() and model[0].weight.requires_grad


def test_initialize_errors_say_what_to_do():
    with pytest.raises(ValueError, match="'glorot'; there are: lecun_normal.*he_uniform"):
        initialize_(net(), "glorot")
    with pytest.raises(ValueError, match="ReLU has no linear or convolution layer"):
        initialize_(nn.ReLU(), "he_normal")
