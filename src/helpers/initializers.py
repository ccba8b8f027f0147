"""Fans, and the rules that draw a layer's first weights.

A weight has shape (out, in) for a linear layer and (out, in / groups, *kernel) for a
convolution. Every rule draws in place, returns the tensor it was given, and takes an optional
`generator`. A rule fixes a standard deviation; its uniform form draws from (-b, b) with
b = sqrt(3) std, because a uniform variable on (-b, b) has variance b^2 / 3.

    LeCun   std = gain / sqrt(fan_in)                  LeCun et al. 1998, "Efficient BackProp"
    Xavier  std = gain * sqrt(2 / (fan_in + fan_out))  Glorot and Bengio 2010
    He      std = gain / sqrt(fan), gain = sqrt(2)     He et al. 2015

Chapter: `initialization`.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn


def fan_in_and_fan_out(weight: Tensor) -> tuple[int, int]:
    """Count the inputs that one output sums, and the outputs that one input reaches.

    For a convolution both are multiplied by the kernel's size. With groups, `fan_out` counts the
    outputs of all groups, as `torch.nn.init` does.

    Args:
        weight: (out, in) or (out, in / groups, *kernel).

    Raises:
        ValueError: fewer than two dimensions, an empty one, or a lazy layer not yet run.
    """
    if isinstance(weight, nn.parameter.UninitializedParameter):
        raise ValueError("this weight has no shape yet: run the lazy layer once on a batch first")
    if weight.ndim < 2:
        raise ValueError(
            f"fans need a weight of shape (out, in) or (out, in, *kernel), not {_shape(weight)}; "
            "a bias or a gain has no fans: set it to a constant"
        )
    if weight.numel() == 0:
        raise ValueError(f"a weight of shape {_shape(weight)} is empty: it has nothing to draw")
    outputs, inputs, *kernel = weight.shape
    size = math.prod(kernel)
    return inputs * size, outputs * size


def xavier_normal_(weight: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw from N(0, std^2), std = gain * sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    return _normal_(weight, gain * math.sqrt(2 / sum(fan_in_and_fan_out(weight))), generator)


def xavier_uniform_(
    weight: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Draw from U(-b, b), b = gain * sqrt(6 / (fan_in + fan_out)) (the same, equation 16)."""
    return _uniform_(weight, gain * math.sqrt(2 / sum(fan_in_and_fan_out(weight))), generator)


def he_normal_(
    weight: Tensor,
    gain: float = math.sqrt(2),
    mode: str = "fan_in",
    generator: Generator | None = None,
) -> Tensor:
    """Draw from N(0, std^2), std = gain / sqrt(fan) (He et al. 2015, eq. 10 and 14).

    Args:
        weight: (out, in) or (out, in / groups, *kernel).
        gain: sqrt(2) makes up for the half of the second moment that a ReLU removes.
        mode: "fan_in" keeps the scale going forward, "fan_out" keeps the gradient's.

    Raises:
        ValueError: the weight has no fans, or `mode` is neither of the two.
    """
    return _normal_(weight, gain / math.sqrt(_fan(weight, mode)), generator)


def he_uniform_(
    weight: Tensor,
    gain: float = math.sqrt(2),
    mode: str = "fan_in",
    generator: Generator | None = None,
) -> Tensor:
    """Draw from U(-b, b), b = gain * sqrt(3 / fan); as `he_normal_` otherwise."""
    return _uniform_(weight, gain / math.sqrt(_fan(weight, mode)), generator)


def lecun_normal_(weight: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw from N(0, std^2), std = gain / sqrt(fan_in) (LeCun et al. 1998, section 4.6)."""
    return _normal_(weight, gain / math.sqrt(_fan(weight, "fan_in")), generator)


def lecun_uniform_(weight: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw from U(-b, b), b = gain * sqrt(3 / fan_in) (LeCun et al. 1998, section 4.6)."""
    return _uniform_(weight, gain / math.sqrt(_fan(weight, "fan_in")), generator)


RULES: dict[str, Callable[[Tensor], Tensor]] = {
    "lecun_normal": lecun_normal_,
    "lecun_uniform": lecun_uniform_,
    "xavier_normal": xavier_normal_,
    "xavier_uniform": xavier_uniform_,
    "he_normal": he_normal_,
    "he_uniform": he_uniform_,
}


def initialize_(
    module: nn.Module, rule: str | Callable[[Tensor], object], bias: float = 0.0
) -> nn.Module:
    """Draw every linear and convolution weight of `module` by `rule`, set every bias to `bias`.

    Layers of other kinds (normalization, embedding) are left alone.

    Args:
        module: a layer, or a net of layers at any depth; changed in place.
        rule: a name in `RULES`, or a function that fills the weight that it is given, such as
            `lambda weight: weight.normal_(0, 0.01)`. It runs without gradients.
        bias: the constant that biases start from.

    Returns:
        The same module.

    Raises:
        ValueError: no such rule, or no linear or convolution layer to draw.
    """
    if isinstance(rule, str):
        if rule not in RULES:
            raise ValueError(f"no initialization rule {rule!r}; there are: {', '.join(RULES)}")
        rule = RULES[rule]
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    layers = [layer for layer in module.modules() if isinstance(layer, kinds)]
    if not layers:
        raise ValueError(
            f"{type(module).__name__} has no linear or convolution layer to initialize"
        )
    with torch.no_grad():
        for layer in layers:
            rule(layer.weight)
            if layer.bias is not None:
                layer.bias.fill_(bias)
    return module


def _fan(weight: Tensor, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode is 'fan_in' or 'fan_out', not {mode!r}")
    return fan_in_and_fan_out(weight)[mode == "fan_out"]


@torch.no_grad()
def _normal_(weight: Tensor, std: float, generator: Generator | None) -> Tensor:
    return weight.normal_(0, std, generator=generator)


@torch.no_grad()
def _uniform_(weight: Tensor, std: float, generator: Generator | None) -> Tensor:
    bound = math.sqrt(3) * std
    return weight.uniform_(-bound, bound, generator=generator)


def _shape(weight: Tensor) -> str:
    return str(tuple(weight.shape))
