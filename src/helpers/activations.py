"""Element-wise non-linearities and their derivatives, from elementary operations.

Each function takes a tensor of any shape and returns one of the same shape and type, passes NaN
on, and stays finite as far out as its limit is finite. Where PyTorch has it, values and gradients
are equal. `ACTIVATIONS` holds all of them by name; `DERIVATIVES` holds the derivative of each, at
its default parameters, as a formula of its own (not by automatic differentiation).

To add one: write the function, and give it a line in both tables.

Chapter: `building-blocks`.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Generator, Tensor


def identity(x: Tensor) -> Tensor:
    """Return x itself: f(x) = x, f'(x) = 1. A net of it is one linear map."""
    return x


def binary_step(x: Tensor) -> Tensor:
    """Answer yes or no: f(x) = 0 for x < 0, else 1; f' = 0 (McCulloch and Pitts 1943).

    The gradient is zero everywhere, so nothing in front of it can learn by descent.
    """
    step = torch.where(x < 0, torch.zeros_like(x), torch.ones_like(x))
    return torch.where(x.isnan(), x, step)


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


def arctan(x: Tensor) -> Tensor:
    """Squash into (-pi/2, pi/2): f(x) = arctan(x), f' = 1 / (1 + x^2)."""
    return torch.atan(x)


def softsign(x: Tensor) -> Tensor:
    """Squash into (-1, 1), slowly: f(x) = x / (1 + |x|), f' = 1 / (1 + |x|)^2."""
    return x / (1 + x.abs())


def isru(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Inverse square root unit (Carlile et al. 2017): f(x) = x / sqrt(1 + alpha x^2).

    f'(x) = (1 + alpha x^2)^(-3/2); values in (-1/sqrt(alpha), 1/sqrt(alpha)), alpha > 0.
    """
    return x / _root(x, alpha)


def relu(x: Tensor) -> Tensor:
    """Cut off the negative half: f(x) = max(0, x), f' = 1 for x > 0, else 0 (also at 0)."""
    return torch.where(x <= 0, torch.zeros_like(x), x)


def leaky_relu(x: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Let a little through: f(x) = x for x > 0, else negative_slope * x (Maas et al. 2013)."""
    return torch.where(x > 0, x, negative_slope * x)


def prelu(x: Tensor, slope: float | Tensor = 0.25) -> Tensor:
    """Leaky ReLU whose slope is learned (He et al. 2015): the gradient reaches `slope` too.

    Args:
        x: any shape.
        slope: one number, or a tensor that broadcasts against x, such as one a unit.
    """
    return torch.where(x > 0, x, slope * x)


def rrelu(
    x: Tensor,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Leaky ReLU with a random slope for every entry (Xu et al. 2015).

    Args:
        x: any shape.
        lower, upper: in training a slope is drawn from U(lower, upper); otherwise it is their
            mean.
        training: whether to draw.
        generator: draws; by default PyTorch's own.
    """
    if not training:
        return leaky_relu(x, (lower + upper) / 2)
    slope = torch.empty_like(x).uniform_(lower, upper, generator=generator)
    return torch.where(x > 0, x, slope * x)


def srelu(
    x: Tensor,
    left: float | Tensor = -1.0,
    left_slope: float | Tensor = 0.2,
    right: float | Tensor = 1.0,
    right_slope: float | Tensor = 0.2,
) -> Tensor:
    """S-shaped ReLU (Jin et al. 2016): x between `left` and `right`, two other slopes outside.

    f(x) = left + left_slope (x - left) for x <= left, right + right_slope (x - right) for
    x >= right. All four are learned, one of each a unit: they broadcast against x.
    """
    below = left + left_slope * (x - left)
    above = right + right_slope * (x - right)
    return torch.where(x <= left, below, torch.where(x >= right, above, x))


def apl(
    x: Tensor,
    slopes: Sequence[float] | Tensor = (0.5, -0.25),
    hinges: Sequence[float] | Tensor = (-1.0, 1.0),
) -> Tensor:
    """Adaptive piecewise linear unit (Agostinelli et al. 2015), any such shape that is x far right.

    f(x) = max(0, x) + sum_s slopes[s] max(0, hinges[s] - x). Both are learned, a list of each
    a unit: every entry broadcasts against x.
    """
    y = relu(x)
    for slope, hinge in zip(slopes, hinges, strict=True):
        y = y + slope * relu(hinge - x)
    return y


def elu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Bend the negative half to -alpha (Clevert et al. 2016).

    f(x) = x for x > 0, else alpha (exp(x) - 1); f' = 1, else alpha exp(x).
    """
    return torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0)))


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def selu(x: Tensor) -> Tensor:
    """ELU with the two constants that keep mean 0 and variance 1 (Klambauer et al. 2017).

    f(x) = SELU_SCALE * elu(x, SELU_ALPHA): standard normal inputs give outputs of mean 0 and
    variance 1.
    """
    return SELU_SCALE * elu(x, SELU_ALPHA)


def isrlu(x: Tensor, alpha: float = 1.0) -> Tensor:
    """Inverse square root linear unit (Carlile et al. 2017): x for x >= 0, else `isru(x)`."""
    return torch.where(x >= 0, x, isru(x, alpha))


def softplus(x: Tensor) -> Tensor:
    """ReLU with a round corner: f(x) = log(1 + exp(x)), f' = sigmoid(x)."""
    return torch.logaddexp(x, torch.zeros_like(x))


def silu(x: Tensor) -> Tensor:
    """Weigh x by its own sigmoid: f(x) = x sigmoid(x), also called Swish (Elfwing et al. 2018)."""
    return x * sigmoid(x)


def gelu(x: Tensor) -> Tensor:
    """Weigh x by how likely a normal variable lies below it (Hendrycks and Gimpel 2016).

    f(x) = x Phi(x) = x / 2 * (1 + erf(x / sqrt(2))), f'(x) = Phi(x) + x phi(x), with the
    standard normal distribution Phi and its density phi. Exact, not the tanh approximation.
    """
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def bent_identity(x: Tensor) -> Tensor:
    """Bend a line: f(x) = (sqrt(x^2 + 1) - 1) / 2 + x, slopes from 1/2 to 3/2."""
    return (_root(x) - 1) / 2 + x


def soft_exponential(x: Tensor, alpha: float = 0.5) -> Tensor:
    """Go from logarithm over identity to exponential (Godfrey and Gashler 2015).

    f(x) = -log(1 - alpha (x + alpha)) / alpha for alpha < 0, x for alpha = 0, and
    (exp(alpha x) - 1) / alpha + alpha for alpha > 0. Alpha = -1 is log, alpha = 1 is exp. For
    alpha < 0 it is defined where the logarithm is; elsewhere it is NaN.
    """
    if alpha < 0:
        return -torch.log(1 - alpha * (x + alpha)) / alpha
    if alpha == 0:
        return identity(x)
    return torch.expm1(alpha * x) / alpha + alpha


def _root(x: Tensor, alpha: float = 1.0) -> Tensor:
    """sqrt(1 + alpha x^2), without an overflow of the square."""
    return torch.hypot(torch.ones_like(x), math.sqrt(alpha) * x)


def _slopes(left: float, right: float = 1.0) -> Callable[[Tensor], Tensor]:
    """The derivative of two straight lines that meet at 0; at 0 itself, the left one's."""
    return lambda x: torch.full_like(x, left).masked_fill(x > 0, right)


def _srelu_slope(x: Tensor) -> Tensor:
    return torch.ones_like(x).masked_fill((x <= -1) | (x >= 1), 0.2)


def _apl_slope(x: Tensor) -> Tensor:
    return (x > 0).to(x.dtype) - 0.5 * (x < -1).to(x.dtype) + 0.25 * (x < 1).to(x.dtype)


def _silu_slope(x: Tensor) -> Tensor:
    return sigmoid(x) * (1 + x * sigmoid(-x))


def _gelu_slope(x: Tensor) -> Tensor:
    density = torch.exp(-x.square() / 2) / math.sqrt(2 * math.pi)
    return 0.5 * (1 + torch.erf(x / math.sqrt(2))) + x * density


Function = Callable[[Tensor], Tensor]

ACTIVATIONS: dict[str, Function] = {
    "identity": identity,
    "binary_step": binary_step,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "arctan": arctan,
    "softsign": softsign,
    "isru": isru,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "rrelu": rrelu,
    "srelu": srelu,
    "apl": apl,
    "elu": elu,
    "selu": selu,
    "isrlu": isrlu,
    "softplus": softplus,
    "silu": silu,
    "gelu": gelu,
    "bent_identity": bent_identity,
    "soft_exponential": soft_exponential,
}

DERIVATIVES: dict[str, Function] = {
    "identity": torch.ones_like,
    "binary_step": torch.zeros_like,
    "sigmoid": lambda x: sigmoid(x) * sigmoid(-x),
    "tanh": lambda x: 1 - tanh(x).square(),
    "arctan": lambda x: 1 / (1 + x.square()),
    "softsign": lambda x: 1 / (1 + x.abs()).square(),
    "isru": lambda x: _root(x) ** -3,
    "relu": _slopes(0),
    "leaky_relu": _slopes(0.01),
    "prelu": _slopes(0.25),
    "rrelu": _slopes((1 / 8 + 1 / 3) / 2),
    "srelu": _srelu_slope,
    "apl": _apl_slope,
    "elu": lambda x: torch.exp(x.clamp(max=0)),
    "selu": lambda x: SELU_SCALE * torch.where(x > 0, 1, SELU_ALPHA * torch.exp(x.clamp(max=0))),
    "isrlu": lambda x: _root(x.clamp(max=0)) ** -3,
    "softplus": sigmoid,
    "silu": _silu_slope,
    "gelu": _gelu_slope,
    "bent_identity": lambda x: x / (2 * _root(x)) + 1,
    "soft_exponential": lambda x: torch.exp(0.5 * x),
}
