"""Activations equal PyTorch's in float64, values and gradients; the others equal their formula."""

import math

import pytest
import torch
import torch.nn.functional as F

from helpers import activations
from helpers.activations import ACTIVATIONS, DERIVATIVES

PYTORCH = {
    "identity": torch.nn.Identity(),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "arctan": torch.atan,
    "softsign": F.softsign,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "prelu": lambda x: F.prelu(x, torch.tensor([0.25], dtype=x.dtype)),
    "rrelu": F.rrelu,
    "elu": F.elu,
    "selu": F.selu,
    "softplus": lambda x: F.softplus(x, threshold=700),  # not cut off at 20, as by default
    "silu": F.silu,
    "gelu": F.gelu,
}
# What PyTorch lacks: the paper's formula for one number, x in the range of its own branch.
FORMULAS = {
    "binary_step": lambda x: 0.0 if x < 0 else 1.0,
    "isru": lambda x: x / math.sqrt(1 + x**2),
    "isrlu": lambda x: x / math.sqrt(1 + x**2) if x < 0 else x,
    "srelu": lambda x: min(max(x, -1), 1) + 0.2 * (x - min(max(x, -1), 1)),
    "apl": lambda x: max(0, x) + 0.5 * max(0, -x - 1) - 0.25 * max(0, -x + 1),
    "bent_identity": lambda x: (math.sqrt(x**2 + 1) - 1) / 2 + x,
    "soft_exponential": lambda x: (math.exp(0.5 * x) - 1) / 0.5 + 0.5,
}
UNBOUNDED = {"soft_exponential"}  # exp: infinite far out, as it should be


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


def test_the_twenty_of_the_notes_and_gelu():
    assert len(ACTIVATIONS) == 21
    assert set(ACTIVATIONS) == set(DERIVATIVES) == set(PYTORCH) | set(FORMULAS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_registered_under_its_own_name(name):
    assert ACTIVATIONS[name] is getattr(activations, name)


@pytest.mark.parametrize("name", PYTORCH)
def test_equals_pytorch_in_float64(name):
    got = value_and_gradient(ACTIVATIONS[name], points())
    wanted = value_and_gradient(PYTORCH[name], points())
    torch.testing.assert_close(got, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("name", FORMULAS)
def test_equals_the_formula_where_pytorch_has_none(name):
    x = torch.linspace(-9, 9, 181, dtype=torch.float64)
    wanted = torch.tensor([FORMULAS[name](each) for each in x.tolist()], dtype=x.dtype)
    torch.testing.assert_close(ACTIVATIONS[name](x), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_derivative_is_the_gradient(name):
    near = torch.tensor([-1e-12, 0.0, 1e-12], dtype=torch.float64)
    x = torch.cat([near, torch.linspace(-12, 12, 1001, dtype=torch.float64)])
    _, gradient = value_and_gradient(ACTIVATIONS[name], x)
    torch.testing.assert_close(DERIVATIVES[name](x), gradient, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - UNBOUNDED))
def test_finite_far_out_in_float32(name):
    value, gradient = value_and_gradient(ACTIVATIONS[name], points(torch.float32))
    assert value.dtype == gradient.dtype == torch.float32
    assert value.isfinite().all() and gradient.isfinite().all()


@pytest.mark.parametrize(("name", "limit"), [("isru", 1), ("isrlu", 1), ("softsign", 1)])
def test_far_out_it_reaches_its_limit(name, limit):
    x = torch.tensor([-1e30, -1e25], dtype=torch.float32)  # the square of these overflows
    torch.testing.assert_close(ACTIVATIONS[name](x), torch.full_like(x, -limit))


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


LINE = torch.linspace(-2, 2, 9, dtype=torch.float64)


def test_parameters_are_used():
    x = LINE
    assert torch.equal(activations.leaky_relu(x, 0.3), F.leaky_relu(x, 0.3))
    assert torch.equal(activations.prelu(x, 0.3), F.leaky_relu(x, 0.3))
    torch.testing.assert_close(activations.elu(x, 2.0), F.elu(x, 2.0))
    torch.testing.assert_close(activations.isru(x, 4.0), x / (1 + 4 * x**2).sqrt())
    torch.testing.assert_close(activations.isrlu(x, 4.0)[0].item(), -2 / math.sqrt(17))
    assert torch.equal(activations.rrelu(x, 0.1, 0.3)[0], torch.tensor(-0.4, dtype=x.dtype))
    wanted = torch.tensor([-0.5 - 0.1 * 1.5, 0.25 + 3 * 1.75], dtype=x.dtype)
    torch.testing.assert_close(activations.srelu(x, -0.5, 0.1, 0.25, 3.0)[[0, -1]], wanted)
    torch.testing.assert_close(activations.apl(x, [1.0], [0.0]), x.abs())


def test_prelu_learns_a_slope_for_every_unit():
    x = torch.randn(5, 3, dtype=torch.float64)
    ours = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    got, wanted = activations.prelu(x, ours), F.prelu(x, theirs)
    torch.testing.assert_close(got, wanted)
    got.square().sum().backward(), wanted.square().sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_srelu_and_apl_pass_gradients_to_their_parameters():
    x = torch.randn(6, 2, dtype=torch.float64)
    four = torch.tensor([[-0.5, 0.1, 0.5, 2.0]] * 2, dtype=torch.float64).T  # one each a unit
    assert torch.autograd.gradcheck(
        lambda p: activations.srelu(x, *p), four.clone().requires_grad_()
    )
    two = torch.tensor([[0.3, -0.2], [-0.4, 0.6]], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda a, b: activations.apl(x, a, b),
        (two.clone().requires_grad_(), two.clone().requires_grad_()),
    )


def test_rrelu_draws_a_slope_for_every_negative_entry_in_training():
    x = -torch.ones(20_000, dtype=torch.float64)
    slopes = -activations.rrelu(x, 0.1, 0.5, True, torch.Generator().manual_seed(0))
    assert 0.1 <= slopes.min() < 0.101 and 0.499 < slopes.max() <= 0.5
    assert slopes.mean().item() == pytest.approx(0.3, abs=0.005)
    assert torch.equal(activations.rrelu(-x, training=True), -x)


@pytest.mark.parametrize(
    ("alpha", "function"), [(-1.0, torch.log), (0.0, lambda x: x), (1.0, torch.exp)]
)
def test_soft_exponential_is_log_identity_and_exp(alpha, function):
    x = torch.linspace(0.1, 3, 9, dtype=torch.float64)
    torch.testing.assert_close(activations.soft_exponential(x, alpha), function(x))


def test_soft_exponential_is_continuous_in_alpha():
    for alpha in (-1e-6, 1e-6):
        torch.testing.assert_close(
            activations.soft_exponential(LINE, alpha), LINE, atol=1e-5, rtol=0
        )


def test_selu_keeps_mean_0_and_variance_1():
    x = torch.linspace(-12, 12, 200_001, dtype=torch.float64)
    density = torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)
    y = activations.selu(x)
    assert torch.trapezoid(y * density, x).item() == pytest.approx(0, abs=1e-6)
    assert torch.trapezoid(y.square() * density, x).item() == pytest.approx(1, abs=1e-6)
