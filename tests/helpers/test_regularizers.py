"""Penalties, thresholds, dropout, noise, soft labels: as PyTorch has them, or as defined."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers import regularizers as R


def weights():
    torch.manual_seed(0)
    shapes = [(3, 4), (5,), ()]
    return [torch.randn(shape, dtype=torch.float64).requires_grad_() for shape in shapes]


def test_penalties_are_the_negative_logarithms_of_their_priors():
    tensors = weights()
    normal, laplace = torch.distributions.Normal(0.0, 1.0), torch.distributions.Laplace(0.0, 1.0)
    for penalty, prior in [(R.l2_penalty, normal), (R.l1_penalty, laplace)]:
        ours = torch.autograd.grad(penalty(tensors), tensors)
        theirs = torch.autograd.grad(sum(-prior.log_prob(w).sum() for w in tensors), tensors)
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=1e-14)
    assert R.l2_penalty([torch.tensor([3.0, -4.0])]) == 12.5
    assert R.l1_penalty([torch.tensor([3.0, -4.0])]) == 7


def test_penalties_read_a_generator_once():
    net = nn.Linear(3, 2)
    got = R.elastic_net_penalty(net.parameters(), l1=0.3, l2=0.7)
    want = 0.3 * R.l1_penalty([*net.parameters()]) + 0.7 * R.l2_penalty([*net.parameters()])
    torch.testing.assert_close(got, want)


@pytest.mark.parametrize("function", [R.l1_penalty, R.l2_penalty])
def test_penalties_refuse_what_is_no_list_of_tensors(function):
    with pytest.raises(ValueError, match="no parameters"):
        function([])
    with pytest.raises(TypeError, match="list of tensors"):
        function(torch.ones(3))


def test_negative_strengths_are_refused():
    with pytest.raises(ValueError, match="l1=-1"):
        R.elastic_net_penalty([torch.ones(1)], l1=-1, l2=0)
    with pytest.raises(ValueError, match="amount=nan"):
        R.soft_threshold(torch.ones(1), math.nan)
    with pytest.raises(ValueError, match="std=-0.1"):
        R.GaussianNoise(-0.1)


@pytest.mark.parametrize("amount", [0.0, 0.3, 1.0])
def test_soft_threshold_minimizes_its_objective(amount):
    w = torch.linspace(-2, 2, 41, dtype=torch.float64)
    u = torch.linspace(-2, 2, 4001, dtype=torch.float64)[:, None]
    objective = (u - w).square() / 2 + amount * u.abs()
    best = u[objective.argmin(0), 0]
    got = R.soft_threshold(w, amount)
    torch.testing.assert_close(got, best, rtol=0, atol=6e-4)
    torch.testing.assert_close(got, F.softshrink(w, amount), rtol=0, atol=1e-15)
    assert (got == 0).sum() == (w.abs() <= amount).sum()


def test_soft_threshold_in_place_changes_the_parameter_and_no_gradient():
    layer = nn.Linear(4, 3)
    before, parameter = layer.weight.detach().clone(), layer.weight
    assert R.soft_threshold_([parameter], 0.2) is None
    assert layer.weight is parameter and parameter.requires_grad and parameter.grad_fn is None
    torch.testing.assert_close(parameter.detach(), R.soft_threshold(before, 0.2))


@pytest.mark.parametrize("p", [0.0, 0.2, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dropout_is_torchs_value_and_gradient(p, dtype):
    results = []
    for layer in (nn.Dropout(p), R.Dropout(p)):
        torch.manual_seed(3)
        x = torch.randn(50, 7, dtype=dtype, requires_grad=True)
        torch.manual_seed(5)
        out = layer(x)
        out.square().sum().backward()
        results.append((out, x.grad))
    for ours, theirs in zip(*results, strict=True):
        assert ours.dtype == dtype
        torch.testing.assert_close(ours, theirs)


def test_dropout_takes_a_mask():
    x = torch.arange(1.0, 7.0).reshape(2, 3)
    mask = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    torch.testing.assert_close(R.Dropout(0.75)(x, mask), 4 * x * mask)


def test_dropout_has_the_moments_of_its_rule_and_rests_in_evaluation():
    layer, ones = R.Dropout(0.3), torch.ones(200_000)
    torch.manual_seed(1)
    out = layer(ones)
    assert out.mean().item() == pytest.approx(1, abs=0.006)  # 4 standard errors
    assert out.var().item() == pytest.approx(0.3 / 0.7, abs=0.01)
    assert torch.equal(layer.eval()(ones), ones)


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_dropout_refuses_what_is_no_probability(p):
    with pytest.raises(ValueError, match="probability of being dropped"):
        R.Dropout(p)


def test_noise_has_its_size_in_training_only():
    x = torch.full((100_000,), 3.0)
    layer = R.GaussianNoise(0.5)
    torch.manual_seed(2)
    noise = layer(x) - x
    assert noise.std().item() == pytest.approx(0.5, rel=0.01)
    assert abs(noise.mean().item()) < 0.007
    assert torch.equal(layer.eval()(x), x)


def test_noisy_linear_shakes_the_weights_and_leaves_the_biases():
    layer = R.NoisyLinear(3, 40_000, std=0.2)
    x = torch.tensor([[1.0, 0.0, 0.0]])
    torch.manual_seed(4)
    shift = layer(x) - F.linear(x, layer.weight, layer.bias)
    assert shift.std().item() == pytest.approx(0.2, rel=0.02)
    assert not torch.equal(layer(x), layer(x))
    assert torch.equal(layer(torch.zeros(1, 3))[0], layer.bias)
    layer.eval()
    assert torch.equal(layer(x), F.linear(x, layer.weight, layer.bias))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5, 1.0])
def test_soft_labels_are_torchs_label_smoothing(smoothing):
    torch.manual_seed(6)
    y = torch.randint(5, (30,))
    targets = R.soft_labels(y, 5, smoothing, torch.float64)
    assert targets.shape == (30, 5)
    torch.testing.assert_close(targets.sum(1), torch.ones(30, dtype=torch.float64))
    assert R.soft_labels(y, 5, smoothing).dtype == torch.float32
    values = []
    logits = torch.randn(30, 5, dtype=torch.float64, requires_grad=True)
    for loss in (
        R.soft_cross_entropy(logits, targets),
        F.cross_entropy(logits, y, label_smoothing=smoothing),
    ):
        values.append((loss, *torch.autograd.grad(loss, logits)))
    for ours, theirs in zip(*values, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_soft_labels_refuse_more_than_all():
    with pytest.raises(ValueError, match=r"smoothing=1.5 must lie in \[0, 1\]"):
        R.soft_labels(torch.tensor([0]), 2, 1.5)
