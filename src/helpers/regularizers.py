"""Regularizers from elementary operations: penalties, a proximal step, dropout, noise, soft labels.

Each equals PyTorch's where it has one. Penalties are added to a loss; `soft_threshold_` is called
after an optimizer's step; the modules are layers like any other.

Chapter: `regularization`.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


def l2_penalty(parameters: Iterable[Tensor]) -> Tensor:
    """Return half the sum of squares, sum w^2 / 2: the gradient at w is w (ridge regression).

    Args:
        parameters: tensors of any shapes, at least one.
    """
    return sum(w.square().sum() for w in _some(parameters)) / 2


def l1_penalty(parameters: Iterable[Tensor]) -> Tensor:
    """Return the sum of sizes, sum |w|: the gradient is the sign, 0 at w = 0 (the lasso).

    Args:
        parameters: tensors of any shapes, at least one.
    """
    return sum(w.abs().sum() for w in _some(parameters))


def elastic_net_penalty(parameters: Iterable[Tensor], l1: float, l2: float) -> Tensor:
    """Return l1 sum |w| + l2 sum w^2 / 2 (Zou and Hastie 2005).

    Args:
        parameters: tensors of any shapes, at least one.
        l1, l2: the weight of each part, at least 0.
    """
    _at_least_zero(l1=l1, l2=l2)
    weights = _some(parameters)
    return l1 * l1_penalty(weights) + l2 * l2_penalty(weights)


def soft_threshold(w: Tensor, amount: float) -> Tensor:
    """Move every entry towards 0 by `amount`; what is nearer than that becomes exactly 0.

    It is the proximal step of the L1 penalty: the u that minimizes
    (u - w)^2 / 2 + amount |u|, entry by entry.
    """
    _at_least_zero(amount=amount)
    return w.sign() * (w.abs() - amount).clamp(min=0)


@torch.no_grad()
def soft_threshold_(parameters: Iterable[Tensor], amount: float) -> None:
    """Soft-threshold parameters in place, after an optimizer's step of the loss without L1.

    Args:
        parameters: tensors of any shapes, at least one.
        amount: learning rate times the weight of the L1 penalty.
    """
    for w in _some(parameters):
        w.copy_(soft_threshold(w, amount))


class Dropout(nn.Module):
    """Inverted dropout: in training, zero each entry with probability p, scale up the others.

    Dividing by the probability 1 - p of being kept leaves the expected value as it is, so that
    nothing is left to do in evaluation (Srivastava et al. 2014, section 10).

    Args:
        p: probability of being *dropped*, as in PyTorch; papers often write p for keeping.
    """

    def __init__(self, p: float = 0.5) -> None:
        """Raise ValueError unless p is a probability."""
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"p={p} must lie in [0, 1]: it is the probability of being dropped")
        self.p = p

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return x, of any shape, with a mask of zeros and ones on it: drawn, unless given."""
        if not self.training:
            return x
        keep = 1 - self.p
        if mask is None:
            mask = torch.empty_like(x).bernoulli_(keep)
        if keep == 0:
            return x * 0
        return x * mask / keep


class GaussianNoise(nn.Module):
    """In training, add N(0, std^2) to every entry; in evaluation, nothing.

    Args:
        std: standard deviation of the noise, in units of the input.
    """

    def __init__(self, std: float) -> None:
        """Raise ValueError if std is negative."""
        super().__init__()
        _at_least_zero(std=std)
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        """Return x of any shape, with fresh noise on it at every call."""
        return x + self.std * torch.randn_like(x) if self.training else x


class NoisyLinear(nn.Linear):
    """A linear layer that, in training, uses its weights plus N(0, std^2), new at every call.

    The gradient is taken at the noisy weights and applied to the clean ones. Biases stay clean.

    Args:
        n_in, n_out: width of the input and of the output.
        std: standard deviation of the noise on each weight.
    """

    def __init__(self, n_in: int, n_out: int, std: float) -> None:
        """Raise ValueError if std is negative."""
        super().__init__(n_in, n_out)
        _at_least_zero(std=std)
        self.std = std

    def forward(self, x: Tensor) -> Tensor:
        """Map (..., n_in) to (..., n_out)."""
        noise = self.std * torch.randn_like(self.weight) if self.training else 0
        return nn.functional.linear(x, self.weight + noise, self.bias)


def soft_labels(
    y: Tensor, classes: int, smoothing: float, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Return smoothed targets: 1 - smoothing on the label, and smoothing / classes on every class.

    This is PyTorch's `label_smoothing` (Szegedy et al. 2016, section 7): the label's class gets
    its share of the second part as well.

    Args:
        y: (example,), class indices.
        classes: how many there are.
        smoothing: in [0, 1]; 0 leaves one-hot labels.
        dtype: of the targets; that of the logits they will meet.

    Returns:
        (example, classes), every row sums to 1.

    Raises:
        ValueError: smoothing is not in [0, 1].
    """
    if not 0 <= smoothing <= 1:
        raise ValueError(f"smoothing={smoothing} must lie in [0, 1]")
    hard = nn.functional.one_hot(y, classes).to(dtype)
    return (1 - smoothing) * hard + smoothing / classes


def soft_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean of -sum_k targets_k log softmax(logits)_k, in nats.

    Args:
        logits: (example, classes).
        targets: (example, classes), each row a probability distribution.
    """
    return -(targets * logits.log_softmax(dim=1)).sum(dim=1).mean()


def _some(parameters: Iterable[Tensor]) -> list[Tensor]:
    """The tensors as a list: a generator can be read only once, and an empty one is a mistake."""
    if isinstance(parameters, Tensor):
        raise TypeError("give a list of tensors, such as [layer.weight] or net.parameters()")
    tensors = list(parameters)
    if not tensors:
        raise ValueError("there are no parameters to regularize; was a generator used up before?")
    return tensors


def _at_least_zero(**values: float) -> None:
    for name, value in values.items():
        if not value >= 0:
            raise ValueError(f"{name}={value} must be at least 0")
