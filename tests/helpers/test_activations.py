"""Every activation equals PyTorch's in float64: values and gradients."""

import pytest
import torch
import torch.nn.functional as F

from helpers import activations
from helpers.activations import ACTIVATIONS

REFERENCES = {
    "identity": torch.nn.Identity(),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "gelu": F.gelu,
}


def value_and_gradient(function, x):
    x = x.clone().requires_grad_()
    y = function(x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    return y.detach(), gradient


def points(dtype=torch.float64):
    """Around 0, through the middle, and where exp overflows in both types."""
    near = torch.tensor([-1e-12, -0.0, 0.0, 1e-12], dtype=dtype)
    far = torch.tensor([-1e30, -1e4, -710.0, -89.0, -40.0, 40.0, 89.0, 710.0, 1e4, 1e30])
    return torch.cat([near, far.to(dtype), torch.linspace(-12, 12, 1001, dtype=dtype)])


def test_every_activation_has_a_reference():
    assert set(REFERENCES) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_registered_under_its_own_name(name):
    assert ACTIVATIONS[name] is getattr(activations, name)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_equals_pytorch_in_float64(name):
    got = value_and_gradient(ACTIVATIONS[name], points())
    wanted = value_and_gradient(REFERENCES[name], points())
    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_finite_far_out_in_float32(name):
    value, gradient = value_and_gradient(ACTIVATIONS[name], points(torch.float32))
    assert value.dtype == gradient.dtype == torch.float32
    assert value.isfinite().all() and gradient.isfinite().all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_gradient_is_the_slope(name):
    x = torch.tensor([-3.0, -0.7, 0.2, 2.5], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ACTIVATIONS[name], x)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_passes_nan_on_and_leaves_its_input_alone(name):
    x = torch.tensor([[float("nan"), -1.0, 2.0]])
    before = x.clone()
    y = ACTIVATIONS[name](x)
    assert y.shape == x.shape
    assert y[0, 0].isnan() and y[0, 1:].isfinite().all()
    assert torch.equal(x.nan_to_num(7), before.nan_to_num(7))


def test_tanh_keeps_its_digits_near_zero():
    x = torch.tensor([1e-15], dtype=torch.float64)
    assert activations.tanh(x).item() == pytest.approx(1e-15, rel=1e-12)


def test_leaky_relu_takes_another_slope():
    x = torch.linspace(-2, 2, 9, dtype=torch.float64)
    assert torch.equal(activations.leaky_relu(x, 0.3), F.leaky_relu(x, 0.3))
