"""Every loss equals PyTorch's in float64, values and gradients, and survives large logits."""

import math

import pytest
import torch
import torch.nn.functional as F

from helpers import losses


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(3)


def same(ours, theirs, *inputs):
    """Compare values and the gradient by the first input."""
    results = []
    for function in (ours, theirs):
        x = inputs[0].clone().requires_grad_()
        value = function(x, *inputs[1:])
        results.append((value.detach(), *torch.autograd.grad(value.sum(), x)))
    torch.testing.assert_close(*results, rtol=1e-12, atol=1e-14)


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def test_quadratic_is_half_the_mean_over_examples():
    assert losses.quadratic(torch.tensor([3.0, 0.0]), torch.tensor([1.0, 1.0])) == 5 / 4
    same(losses.quadratic, lambda a, y: F.mse_loss(a, y) / 2, randn(7), randn(7))
    same(losses.quadratic, lambda a, y: F.mse_loss(a, y) * 4 / 2, randn(7, 4), randn(7, 4))


def test_binary_cross_entropy():
    y = torch.rand(9, 2, dtype=torch.float64)
    same(losses.binary_cross_entropy, F.binary_cross_entropy, torch.rand_like(y), y)
    same(
        losses.binary_cross_entropy_with_logits,
        F.binary_cross_entropy_with_logits,
        5 * randn(9, 2),
        y,
    )


def test_binary_cross_entropy_at_the_ends():
    right = losses.binary_cross_entropy(torch.tensor([0.0, 1.0]), torch.tensor([0.0, 1.0]))
    wrong = losses.binary_cross_entropy(torch.tensor([1.0]), torch.tensor([0.0]))
    assert right == 0 and wrong == math.inf
    z = torch.tensor([800.0], requires_grad=True)
    loss = losses.binary_cross_entropy_with_logits(z, torch.tensor([0.0]))
    loss.backward()
    assert loss == 800 and z.grad == 1


@pytest.mark.parametrize("shape_and_dim", [((6, 5), -1), ((6, 5), 0), ((2, 3, 4), 1), ((4,), 0)])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, shape_and_dim):
    shape, dim = shape_and_dim
    weight = randn(*shape)  # a gradient that is not a constant
    same(
        lambda z: getattr(losses, name)(z, dim) * weight,
        lambda z: getattr(torch, name)(z, dim) * weight,
        3 * randn(*shape),
    )


@pytest.mark.parametrize("scale", [1, 1e4])
def test_cross_entropy(scale):
    z, y = scale * randn(8, 5), torch.randint(5, (8,))
    same(lambda z: losses.cross_entropy(z, y), lambda z: F.cross_entropy(z, y), z)
    same(lambda p: losses.nll(p, y), lambda p: F.nll_loss(p, y), torch.log_softmax(z, 1))


def test_large_logits_stay_finite_in_float32():
    z = torch.tensor([[1e4, 0.0, -1e4]], requires_grad=True)
    loss = losses.cross_entropy(z, torch.tensor([2]))
    loss.backward()
    assert loss == 2e4
    assert torch.equal(z.grad, torch.tensor([[1.0, 0.0, -1.0]]))


def test_a_masked_class_has_probability_0():
    z = torch.tensor([[1.0, -math.inf, 1.0]])
    assert torch.equal(losses.softmax(z), torch.tensor([[0.5, 0.0, 0.5]]))


def test_inputs_are_left_alone():
    z = randn(3, 4)
    before = z.clone()
    losses.log_softmax(z)
    assert torch.equal(z, before)


@pytest.mark.parametrize(
    "loss",
    [losses.quadratic, losses.binary_cross_entropy, losses.binary_cross_entropy_with_logits],
)
@pytest.mark.parametrize("shapes", [((4, 1), (4,)), ((), ()), ((0,), (0,))])
def test_shapes_that_would_broadcast_or_are_empty(loss, shapes):
    with pytest.raises(ValueError, match="same shape"):
        loss(*(torch.zeros(shape) for shape in shapes))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (torch.tensor([0, 1, 2]), "batch, classes"),
        (torch.tensor([0.0, 1.0]), "long"),
        (torch.tensor([True, False]), "long"),
        (torch.tensor([0, 3]), "3 classes"),
        (torch.tensor([-1, 0]), "from -1"),
    ],
)
def test_targets_that_are_no_classes(target, words):
    for loss in (losses.nll, losses.cross_entropy):
        with pytest.raises(ValueError, match=words):
            loss(torch.zeros(2, 3), target)
