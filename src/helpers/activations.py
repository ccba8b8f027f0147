"""Element-wise non-linearities, from elementary operations.

Each takes a tensor of any shape and returns one of the same shape and type; each equals
PyTorch's, values and gradients, and passes NaN on. To add one: write the function, and give it
a line in `ACTIVATIONS`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor


def identity(x: Tensor) -> Tensor:
    """Return x itself: f(x) = x, f'(x) = 1. A net of it is one linear map."""
    return x


def sigmoid(x: Tensor) -> Tensor:
    """Squash into (0, 1): f(x) = 1 / (1 + exp(-x)), f' = f (1 - f), at most 1/4.

    The formula overflows for a very negative x, and its gradient is then 0 * inf = NaN. On
    that side it is written exp(x) / (1 + exp(x)), which is the same number.
    """
    right = 1 / (1 + torch.exp(-x.clamp(min=0)))
    left = torch.exp(x.clamp(max=0))
    return torch.where(x < 0, left / (1 + left), right)


def tanh(x: Tensor) -> Tensor:
    """Squash into (-1, 1): f(x) = (exp(x) - exp(-x)) / (exp(x) + exp(-x)), f' = 1 - f^2.

    Multiplied through by exp(-|x|), so that nothing overflows; expm1(y) is exp(y) - 1 without
    the loss of digits near y = 0.
    """
    right = torch.expm1(-2 * x.clamp(min=0))
    left = torch.expm1(2 * x.clamp(max=0))
    return torch.where(x < 0, left / (2 + left), -right / (2 + right))


def relu(x: Tensor) -> Tensor:
    """Cut off the negative half: f(x) = max(0, x), f' = 1 for x > 0, else 0 (also at 0)."""
    return torch.where(x <= 0, torch.zeros_like(x), x)


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Let a little through: f(x) = x for x > 0, else negative_slope * x (Maas et al. 2013)."""
    return torch.where(x > 0, x, negative_slope * x)


def gelu(x: Tensor) -> Tensor:
    """Weigh x by how likely a normal variable lies below it (Hendrycks and Gimpel 2016).

    f(x) = x Phi(x) = x / 2 * (1 + erf(x / sqrt(2))), f'(x) = Phi(x) + x phi(x), with the
    standard normal distribution Phi and its density phi. Exact, not the tanh approximation.
    """
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "identity": identity,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "gelu": gelu,
}
