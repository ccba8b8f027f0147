"""Each optimizer takes the steps of its namesake in torch.optim: float64, 50 steps, 1e-10."""

import pytest
import torch

from helpers import optimizers
from helpers.optimizers import OPTIMIZERS

PAIRS = [
    ("SGD", {"lr": 0.05}, torch.optim.SGD, {"lr": 0.05}),
    ("momentum", {"lr": 0.02}, torch.optim.SGD, {"lr": 0.02, "momentum": 0.9}),
    (
        "momentum",
        {"lr": 0.02, "momentum": 0.5},
        torch.optim.SGD,
        {"lr": 0.02, "momentum": 0.5},
    ),
    (
        "Nesterov",
        {"lr": 0.02},
        torch.optim.SGD,
        {"lr": 0.02, "momentum": 0.9, "nesterov": True},
    ),
    ("AdaGrad", {}, torch.optim.Adagrad, {}),
    ("AdaGrad", {"lr": 0.3, "eps": 0.1}, torch.optim.Adagrad, {"lr": 0.3, "eps": 0.1}),
    ("AdaDelta", {}, torch.optim.Adadelta, {}),
    (
        "AdaDelta",
        {"lr": 0.5, "rho": 0.6, "eps": 1e-3},
        torch.optim.Adadelta,
        {"lr": 0.5, "rho": 0.6, "eps": 1e-3},
    ),
    ("RMSprop", {}, torch.optim.RMSprop, {}),
    (
        "RMSprop",
        {"lr": 0.05, "rho": 0.8, "eps": 0.01},
        torch.optim.RMSprop,
        {"lr": 0.05, "alpha": 0.8, "eps": 0.01},
    ),
    ("Adam", {}, torch.optim.Adam, {}),
    (
        "Adam",
        {"lr": 0.1, "betas": (0.5, 0.8), "eps": 0.1},
        torch.optim.Adam,
        {"lr": 0.1, "betas": (0.5, 0.8), "eps": 0.1},
    ),
    ("AdamW", {}, torch.optim.AdamW, {}),
    (
        "AdamW",
        {"lr": 0.1, "weight_decay": 0.3},
        torch.optim.AdamW,
        {"lr": 0.1, "weight_decay": 0.3},
    ),
]


def parameters(seed=0):
    generator = torch.Generator().manual_seed(seed)
    shapes = [(3, 4), (3,), ()]
    return [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in shapes
    ]


def train(optimizer, tensors, steps=50, seed=1):
    """Descend on a random curved problem, another one at each step; the third may be left out."""
    generator = torch.Generator().manual_seed(seed)
    trace = []
    for step in range(steps):
        x = torch.randn(8, 4, generator=generator, dtype=torch.float64)
        w, b, c = tensors
        loss = (x @ w.T + b).tanh().square().sum() + (w - 1).square().sum()
        if step % 3:  # else c has no gradient, and must be left alone, its averages too
            loss = loss + (c - 3) ** 4
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        trace.append(torch.cat([t.detach().flatten() for t in tensors]))
    return torch.stack(trace)


@pytest.mark.parametrize(("name", "options", "torchs", "its_options"), PAIRS)
def test_takes_the_same_50_steps_as_torch(name, options, torchs, its_options):
    ours, theirs = parameters(), parameters()
    got = train(OPTIMIZERS[name](ours, **options), ours)
    wanted = train(torchs(theirs, **its_options), theirs)
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-10)
    assert (got[-1] - got[0]).abs().max() > 1e-3  # it went somewhere


def test_all_eight_are_compared():
    assert {name for name, *_ in PAIRS} == set(OPTIMIZERS)
    assert len(OPTIMIZERS) == 8


def make(name, tensors):
    rated = name in ("SGD", "momentum", "Nesterov")
    return OPTIMIZERS[name](tensors, **({"lr": 0.01} if rated else {}))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_generator_of_parameters_will_do(name):
    tensors = parameters()
    train(make(name, (t for t in tensors)), tensors, steps=2)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_updates_in_place_and_leaves_the_gradient_alone(name):
    w = torch.tensor([1.0, -2.0], requires_grad=True)
    before = w.detach().clone()
    optimizer = make(name, [w])
    for _ in range(3):
        w.grad = torch.tensor([0.5, 0.25])
        optimizer.step()
        assert torch.equal(w.grad, torch.tensor([0.5, 0.25]))
    assert optimizer.parameters[0] is w and w.requires_grad and w.grad_fn is None
    assert not torch.equal(w.detach(), before)
    optimizer.zero_grad()
    assert w.grad is None


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="no parameters"):
        optimizers.SGD([], lr=0.1)
    for rate in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="must be positive"):
            optimizers.Adam(parameters(), lr=rate)
    with pytest.raises(NotImplementedError):
        optimizer = optimizers.Optimizer(parameters(), lr=1)
        for p in optimizer.parameters:
            p.grad = torch.zeros_like(p)
        optimizer.step()
