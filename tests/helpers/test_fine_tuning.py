"""What is trained, what it costs, and heads on fixed features."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.fine_tuning import fit_head, held_bytes, trained, trained_count, training_bytes


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))


def test_what_is_trained():
    model = net()
    assert trained_count(model) == 16 + 10
    model[0].requires_grad_(False)
    assert trained_count(model) == 10
    assert trained(model) == [model[2].weight, model[2].bias]


@pytest.mark.parametrize(
    ("make", "extra"),
    [
        (lambda p: torch.optim.AdamW(p), 2),
        (lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), 1),
        (lambda p: torch.optim.SGD(p, lr=0.1), 0),
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_bytes_are_those_that_an_optimizer_holds(make, extra, dtype):
    model = net().to(dtype)
    model[0].requires_grad_(False)
    optimizer = make(trained(model))
    assert held_bytes(optimizer) == 0 == len(optimizer.state)
    model(torch.randn(5, 3, dtype=dtype)).sum().backward()
    optimizer.step()
    size = 4 if dtype == torch.float32 else 8
    assert training_bytes(model, extra=extra) == (1 + extra) * 10 * size
    assert held_bytes(optimizer) == training_bytes(model, extra=extra)


def test_a_single_number_has_no_more_than_its_share():
    """AdamW's step counter has the shape of a 0-d parameter, too."""
    p = nn.Parameter(torch.tensor(1.0))
    optimizer = torch.optim.AdamW([p])
    p.square().backward()
    optimizer.step()
    assert held_bytes(optimizer) == 12


def test_a_model_on_meta_has_a_price():
    with torch.device("meta"):
        assert training_bytes(nn.Linear(1000, 1000, bias=False)) == 12_000_000


def test_the_head_is_the_minimum_and_takes_features_as_they_are():
    torch.manual_seed(0)
    x = 100 + 5 * torch.randn(60, 4, dtype=torch.float64)
    y = (x[:, 0] > 100).long() + (x[:, 1] > 103).long()
    head = fit_head(x, y, classes=3, decay=0.1)
    assert type(head) is nn.Linear and head.weight.shape == (3, 4)
    assert (head(x).argmax(1) == y).double().mean() > 0.6
    assert head.weight.grad is None and head.weight.requires_grad
    std, mean = torch.std_mean(x, dim=0, correction=0)
    weight = (head.weight.detach() * std).requires_grad_()
    bias = (head.bias + head.weight @ mean).detach().requires_grad_()
    z = (x - mean) / std
    loss = F.cross_entropy(z @ weight.T + bias, y) + 0.05 * weight.square().sum()
    loss.backward()
    assert max(weight.grad.abs().max(), bias.grad.abs().max()) < 1e-4


def test_the_head_is_the_same_whatever_the_scale_and_the_seed():
    x, y = torch.randn(40, 3, dtype=torch.float64), torch.arange(40) % 2
    torch.manual_seed(1)
    first = fit_head(x, y, 2)(x)
    torch.manual_seed(2)
    again = fit_head(1000 * x - 7, y, 2)(1000 * x - 7)
    torch.testing.assert_close(first, again, rtol=0, atol=1e-5)


def test_constant_features_one_class_and_missing_classes_do_no_harm():
    x = torch.randn(10, 3)
    x[:, 1] = 5.0
    head = fit_head(x, torch.zeros(10, dtype=torch.int64), 4)
    assert head.weight.isfinite().all()
    assert (head(x).argmax(1) == 0).all()


def test_the_head_works_without_gradients_and_leaves_the_features_alone():
    x, y = torch.randn(10, 3, requires_grad=True), torch.arange(10) % 2
    before = x.detach().clone()
    with torch.no_grad():
        head = fit_head(x, y, 2)
    assert torch.equal(x, before) and x.grad is None
    assert head.weight.abs().max() > 0


@pytest.mark.parametrize(
    "features", [torch.zeros(0, 3), torch.zeros(4, 0), torch.tensor([[1.0], [float("nan")]])]
)
def test_features_are_there_and_finite(features):
    with pytest.raises(ValueError, match="finite"):
        fit_head(features, torch.zeros(len(features), dtype=torch.int64), 2)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="example, feature"):
        fit_head(torch.randn(4, 3, 2), torch.zeros(4, dtype=torch.int64), 2)
    with pytest.raises(ValueError, match="example, feature"):
        fit_head(torch.randn(4, 3), torch.zeros(5, dtype=torch.int64), 2)
