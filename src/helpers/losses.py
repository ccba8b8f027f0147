"""Losses, and the softmax that two of them need, from elementary operations.

Every loss returns the mean over the examples, a scalar: (1/n) sum_i loss of example i. A
prediction of shape (batch, classes) and a target of class indices (batch,) go together for
classes; equal shapes, with targets of the same kind as the outputs, for everything else.

Chapter: `building-blocks`.
"""

import torch
from torch import Tensor

from helpers.activations import softplus


def quadratic(output: Tensor, target: Tensor) -> Tensor:
    """Return (1/2n) sum_i ||output_i - target_i||^2, with n the number of examples.

    The half is there to cancel the 2 of the derivative. `F.mse_loss` has no half, and divides by
    the number of entries: for outputs of shape (n, d) it is 2/d times this one.

    Args:
        output, target: (batch,) or (batch, ...), the same shape.

    Raises:
        ValueError: the shapes differ (they would broadcast to the wrong answer), or are empty.
    """
    _require_same_shape(output, target)
    return (output - target).square().sum() / (2 * len(output))


def binary_cross_entropy(probability: Tensor, target: Tensor) -> Tensor:
    """Return -(1/n) sum [y log a + (1 - y) log(1 - a)], n the number of entries.

    Infinite where a is exactly 0 or 1 and wrong; `binary_cross_entropy_with_logits` is not.

    Args:
        probability: a in [0, 1], any shape: the output of a sigmoid.
        target: y in [0, 1], the same shape.

    Raises:
        ValueError: the shapes differ, or are empty.
    """
    _require_same_shape(probability, target)
    return -(torch.xlogy(target, probability) + torch.xlogy(1 - target, 1 - probability)).mean()


def binary_cross_entropy_with_logits(logit: Tensor, target: Tensor) -> Tensor:
    """Return the same for a = sigmoid(z), from z: the mean of log(1 + exp(z)) - y z.

    Args:
        logit: z, any real number, any shape.
        target: y in [0, 1], the same shape.

    Raises:
        ValueError: the shapes differ, or are empty.
    """
    _require_same_shape(logit, target)
    return (softplus(logit) - target * logit).mean()


def log_softmax(logits: Tensor, dim: int = -1) -> Tensor:
    """Return z - log sum_k exp(z_k) along `dim`, any shape.

    A constant added to all z cancels. Taking off the largest one leaves
    exponents of at most 0, so nothing overflows; and the log is never taken of
    a probability that was rounded to 0.
    """
    shifted = logits - logits.detach().amax(dim, keepdim=True)
    return shifted - shifted.exp().sum(dim, keepdim=True).log()


def softmax(logits: Tensor, dim: int = -1) -> Tensor:
    """Return exp(z_k) / sum_j exp(z_j) along `dim`: positive, adding up to 1; any shape."""
    return log_softmax(logits, dim).exp()


def nll(log_probabilities: Tensor, target: Tensor) -> Tensor:
    """Return the negative log-likelihood -(1/n) sum_i log p_i[y_i].

    Only the right class's entry counts; the others act through the softmax.

    Args:
        log_probabilities: (batch, classes).
        target: (batch,), class indices.

    Raises:
        ValueError: other shapes, or targets that are not class indices.
    """
    _require_classes(log_probabilities, target)
    return -log_probabilities.gather(1, target[:, None]).mean()


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Return `nll(log_softmax(logits), target)`.

    Its gradient by z_i is (softmax(z_i) - one_hot(y_i)) / n.

    Args:
        logits: (batch, classes).
        target: (batch,), class indices.

    Raises:
        ValueError: as `nll`.
    """
    return nll(log_softmax(logits), target)


def _require_same_shape(output: Tensor, target: Tensor) -> None:
    if output.shape != target.shape or output.ndim == 0 or output.numel() == 0:
        raise ValueError(
            f"an output of shape {tuple(output.shape)} and a target of shape "
            f"{tuple(target.shape)}: they must have the same shape, with at least one example. "
            "Does one of them need squeeze(1)?"
        )


def _require_classes(scores: Tensor, target: Tensor) -> None:
    if scores.ndim != 2 or target.shape != scores.shape[:1] or scores.numel() == 0:
        raise ValueError(
            f"scores of shape {tuple(scores.shape)} and targets of shape {tuple(target.shape)}: "
            "they must be (batch, classes) and (batch,), with at least one example"
        )
    if target.is_floating_point() or target.dtype == torch.bool:
        raise ValueError(f"targets of {target.dtype} are not class indices: use target.long()")
    if not 0 <= target.min() <= target.max() < scores.shape[1]:
        raise ValueError(
            f"targets go from {target.min()} to {target.max()}, but there are {scores.shape[1]} "
            "classes, counted from 0"
        )
