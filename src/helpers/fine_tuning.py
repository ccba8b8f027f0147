"""What fine-tuning trains and what that costs; and a new head on features that do not change.

Chapter: `fine-tuning`.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer


def trained(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that training changes: those that require a gradient."""
    return [p for p in model.parameters() if p.requires_grad]


def trained_count(model: nn.Module) -> int:
    """Return how many numbers training changes."""
    return sum(p.numel() for p in trained(model))


def training_bytes(model: nn.Module, *, extra: int = 2) -> int:
    """Return the bytes that training needs beyond the model and its activations.

    A trained number has its gradient, and what the optimizer keeps about it, in its own precision.
    The model may be on the `meta` device.

    Args:
        extra: numbers that the optimizer keeps: 2 for Adam and AdamW, 1 for SGD with momentum.
    """
    return sum((1 + extra) * p.numel() * p.element_size() for p in trained(model))


def held_bytes(optimizer: Optimizer) -> int:
    """Return the bytes of gradients and state that an optimizer holds now.

    Counted are tensors of the parameter's own shape. AdamW also keeps one step counter a tensor,
    which is left out.
    """
    return sum(each.numel() * each.element_size() for each in _held(optimizer))


def _held(optimizer: Optimizer) -> Iterator[Tensor]:
    for group in optimizer.param_groups:
        for p in group["params"]:
            if p.grad is not None:
                yield p.grad
            state = [v for k, v in optimizer.state.get(p, {}).items() if k != "step"]
            yield from (v for v in state if isinstance(v, Tensor) and v.shape == p.shape)


def fit_head(
    features: Tensor, targets: Tensor, classes: int, *, decay: float = 0.01, steps: int = 100
) -> nn.Linear:
    """Return the linear layer that classifies fixed features best: a linear probe.

    Softmax regression on features of mean 0 and standard deviation 1, minimized by L-BFGS, which
    uses all examples in every step; the result takes the features as they were given. The loss is
    convex, so nothing is left to chance.

    Args:
        features: (example, feature).
        targets: (example,), int64, from 0 to classes - 1.
        classes: how many outputs, also where `targets` has fewer.
        decay: half of this times the squared weights is added to the loss.
        steps: at most so many.

    Raises:
        ValueError: features that are not a matrix, not finite, or empty; or not one target
            for each row.
    """
    if features.ndim != 2 or targets.shape != features.shape[:1]:
        raise ValueError(
            f"features {tuple(features.shape)} and targets {tuple(targets.shape)}: they must be "
            "(example, feature) and (example,)"
        )
    if not features.numel() or not features.isfinite().all():
        raise ValueError(f"features {tuple(features.shape)}: at least one, and all of them finite")
    features = features.detach()
    std, mean = torch.std_mean(features, dim=0, correction=0)
    std = std.clamp(min=1e-6 * std.max().clamp(min=1e-30))  # a constant feature stays one
    x = (features - mean) / std
    head = nn.Linear(features.shape[1], classes, device=x.device, dtype=x.dtype)
    nn.init.zeros_(head.weight)
    nn.init.zeros_(head.bias)
    optimizer = torch.optim.LBFGS(head.parameters(), max_iter=steps, line_search_fn="strong_wolfe")

    def penalized() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(head(x), targets) + decay / 2 * head.weight.square().sum()
        loss.backward()
        return loss

    with torch.enable_grad():
        optimizer.step(penalized)
    with torch.no_grad():
        head.weight /= std
        head.bias -= head.weight @ mean
    optimizer.zero_grad()
    return head
