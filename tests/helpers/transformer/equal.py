"""What the tests of this folder share: small sizes, masks, and how ours equals PyTorch's."""

import pytest
import torch
from torch import nn

from helpers.masks import causal_mask, padding_mask
from helpers.transformer import (
    from_torch,
)

BATCH, TIME, SOURCE, WIDTH, HEADS, INNER = 3, 5, 7, 12, 3, 20
REAL = torch.tensor([[1] * 7, [1] * 4 + [0] * 3, [1, 0, 1, 1, 0, 1, 0]])  # (batch, source)
STYLES = [(pre, act) for pre in (False, True) for act in ("relu", "gelu")]


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def same_start(ours, torchs):
    """Both in float64, with the same random weights (PyTorch starts with biases of 0)."""
    torchs.double()
    for parameter in torchs.parameters():
        nn.init.normal_(parameter, std=0.4)
    ours.double().load_state_dict(from_torch(torchs.state_dict()))
    return ours, torchs


def assert_equal(ours, torchs, call_ours, call_torchs, *inputs):
    """Same output, same gradients of inputs and of every weight, in training and evaluation."""
    for mode in (True, False):
        ours.train(mode), torchs.train(mode)
        results = []
        for model, call in ((ours, call_ours), (torchs, call_torchs)):
            model.zero_grad()
            xs = [x.clone().requires_grad_() for x in inputs]
            y = call(*xs)
            (y * y.detach().cos()).sum().backward()
            gradients = {name: p.grad for name, p in model.named_parameters()}
            if model is torchs:
                gradients = from_torch(gradients)
            results.append((y, [x.grad for x in xs], gradients))
        got, wanted = results
        assert got[2].keys() == wanted[2].keys()
        torch.testing.assert_close(got, wanted, rtol=0, atol=1e-11)


def masks(kind, time):
    """(ours, PyTorch's keyword arguments) for self-attention over `time` positions."""
    real = REAL[:, :time] == 1
    return {
        "none": (None, {}),
        "causal": (causal_mask(time), {"mask": ~causal_mask(time)}),
        "padding": (padding_mask(real.long()), {"padding": ~real}),
        "both": (
            causal_mask(time) & padding_mask(real.long()),
            {"mask": ~causal_mask(time), "padding": ~real},
        ),
    }[kind]


KINDS = pytest.mark.parametrize("kind", ["none", "causal", "padding", "both"])
