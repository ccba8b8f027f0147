"""Train and evaluate: a loop that can be read top to bottom.

    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    history = fit(net, (images.train_x, images.train_y), F.cross_entropy, optimizer, epochs=3)
    score = evaluate(net, (images.test_x, images.test_y), F.cross_entropy)
    print(history.losses[-1], score.accuracy)

Chapter: `training-recipe`.
"""

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler
from tqdm import tqdm

from helpers.compute import autocast, device, image_layout

# A model's input, (example, ...), or several of them: `model(*inputs)`.
Inputs = Tensor | tuple[Tensor, ...]
Batch = tuple[Inputs, Tensor]  # inputs and targets (example, ...)
Data = Batch | Iterable[Batch]  # all inputs and targets, or batches: a DataLoader, a list
Loss = Callable[[Tensor, Tensor], Tensor]  # (outputs, targets) -> their mean loss, a scalar


class Diverged(ArithmeticError):
    """The loss became NaN or infinite in a run that was asked to stop then."""


@dataclass
class History:
    """What happened, one number per step.

    Attributes:
        losses: of each batch, before the step that it caused.
        accuracies: the share of each batch that was right; empty unless targets are classes.
    """

    losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)

    def add(self, loss: Tensor, outputs: Tensor, targets: Tensor, require_finite: bool) -> None:
        """Append one batch; raise `Diverged` if its loss must be finite and is not."""
        self.losses.append(loss.item())
        if (right := _right(outputs, targets)) is not None:
            self.accuracies.append(right.mean().item())
        if require_finite and not math.isfinite(self.losses[-1]):
            raise Diverged(
                f"the loss is {self.losses[-1]} at step {len(self.losses)}. Try a smaller learning "
                "rate, clip=1.0, or another initialization."
            )


class EarlyStopping:
    """Stop when a validation loss no longer falls, and go back to the weights of its lowest value.

    Args:
        validate: measures the loss, such as `lambda: evaluate(net, validation, loss).loss`.
        patience: how many measurements in a row may fail to improve on the best.
        every: measure after every so many steps.

    Attributes:
        losses: every measurement.
        best_step: the step of the lowest one; None before the first. NaN is never the lowest.
    """

    def __init__(self, validate: Callable[[], float], *, patience: int, every: int = 1) -> None:
        """Raise ValueError unless `patience` and `every` are at least 1."""
        if patience < 1 or every < 1:
            raise ValueError(f"patience={patience} and every={every} must be at least 1")
        self.validate, self.patience, self.every = validate, patience, every
        self.losses: list[float] = []
        self.best_step: int | None = None
        self._best, self._failures, self._weights = math.inf, 0, {}

    def __call__(self, model: nn.Module, step: int) -> bool:
        """Measure if it is time to, remember the best model, return whether to stop."""
        if step % self.every:
            return False
        self.losses.append(self.validate())
        if self.losses[-1] < self._best:
            self._best, self._failures, self.best_step = self.losses[-1], 0, step
            self._weights = {name: value.clone() for name, value in model.state_dict().items()}
        else:
            self._failures += 1
        return self._failures >= self.patience

    def restore(self, model: nn.Module) -> None:
        """Give the model the weights of the best step, if there was a measurement."""
        if self._weights:
            model.load_state_dict(self._weights)


def fit(
    model: nn.Module,
    data: Data,
    loss: Loss,
    optimizer: Optimizer,
    *,
    steps: int | None = None,
    epochs: int | None = None,
    batch_size: int = 64,
    prepare: Callable[[Inputs, Tensor], Batch] = lambda x, y: (x, y),
    clip: float | None = None,
    schedule: LRScheduler | None = None,
    after_step: Callable[[int], object] = lambda step: None,
    stopping: EarlyStopping | None = None,
    mixed: bool = False,
    require_finite: bool = False,
) -> History:
    """Train `model` in place, on `device()` (float64 on the CPU), for `steps` or `epochs`.

    `data` is (inputs, targets), shuffled by the global seed, or batches; inputs may be a tuple.
    `prepare` changes each batch; `schedule` and `after_step(step)` follow each step. `clip` bounds
    the gradient's norm, `mixed` means bfloat16, `require_finite` raises `Diverged` at a NaN loss.
    """
    history, where, weights = History(), _home(model), list(model.parameters())
    model.to(where, memory_format=image_layout()).train()
    with _interruptible():
        for step, (x, y) in enumerate(_batches(data, steps, epochs, batch_size), start=1):
            x, y = prepare(_each(x, lambda part: part.to(where)), y.to(where))
            with autocast() if mixed else nullcontext():
                outputs = _call(model, x)
                value = loss(outputs, y)
            history.add(value, outputs, y, require_finite)
            optimizer.zero_grad()
            value.backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(weights, clip)
            optimizer.step()
            if schedule is not None:
                schedule.step()
            after_step(step)
            if stopping is not None and stopping(model, step):
                break
    if stopping is not None:
        stopping.restore(model)
    return history


class Score(NamedTuple):
    """Mean loss, and the share that is right (None unless targets are class indices)."""

    loss: float
    accuracy: float | None


@torch.no_grad()
def evaluate(model: nn.Module, data: Data, loss: Loss, *, batch_size: int = 1024) -> Score:
    """Measure `model` in evaluation mode, where `fit` trains; leave it in the mode that it was in.

    Args:
        model: moved to `device()`, or to the CPU if it is in float64.
        data: (inputs, targets), or batches of them.
        loss: averages over its batch; batches count by their size.
        batch_size: how many examples at a time, for (inputs, targets).

    Raises:
        ValueError: there is no data.
    """
    where, training = _home(model), model.training
    batches = _in_order(*data, batch_size) if _whole(data) else data
    count, total, hits, answers = 0, 0.0, 0.0, 0
    model.to(where, memory_format=image_layout()).eval()
    try:
        for x, y in batches:
            x, y = _each(x, lambda part: part.to(where)), y.to(where)
            outputs = _call(model, x)
            count += len(y)
            total += len(y) * loss(outputs, y).item()
            if (right := _right(outputs, y)) is not None:
                hits, answers = hits + right.sum().item(), answers + right.numel()
    finally:
        model.train(training)
    if not count:
        raise ValueError("there is no data to evaluate on")
    return Score(total / count, hits / answers if answers else None)


class _Shuffled:
    """Every example once, in a new order each time; the orders depend on the global seed alone.

    The generator is its own: dropout or noise that draws random numbers changes no order.
    """

    def __init__(self, x: Inputs, y: Tensor, size: int) -> None:
        _check_lengths(x, y)
        if size < 1:
            raise ValueError(f"batch_size={size} must be at least 1")
        self.x, self.y, self.size = x, y, size
        self.generator = torch.Generator().manual_seed(torch.initial_seed())

    def __len__(self) -> int:
        return math.ceil(len(self.y) / self.size)

    def __iter__(self) -> Iterator[Batch]:
        for rows in torch.randperm(len(self.y), generator=self.generator).split(self.size):
            x = _each(self.x, lambda part, rows=rows: part[rows.to(part.device)])
            yield x, self.y[rows.to(self.y.device)]


def _in_order(x: Inputs, y: Tensor, size: int) -> Iterator[Batch]:
    """Every example once, batch by batch, as they lie."""
    if len(y):
        _check_lengths(x, y)
    for start in range(0, len(y), size):
        rows = slice(start, start + size)
        yield _each(x, lambda part, rows=rows: part[rows]), y[rows]


def _check_lengths(x: Inputs, y: Tensor) -> None:
    lengths = {len(part) for part in (x if isinstance(x, tuple) else (x,))}
    if lengths != {len(y)} or not len(y):
        found = " and ".join(map(str, sorted(lengths)))
        raise ValueError(
            f"{found} inputs and {len(y)} targets: give one target for each input, and at least one"
        )


def _home(model: nn.Module) -> torch.device:
    """Where to compute: `device()`, or the CPU for float64 (mps has none, GPUs are slow at it)."""
    exact = any(each.dtype == torch.float64 for each in model.parameters())
    return torch.device("cpu") if exact else device()


def _each(x: Inputs, change: Callable[[Tensor], Tensor]) -> Inputs:
    return tuple(map(change, x)) if isinstance(x, tuple) else change(x)


def _call(model: nn.Module, x: Inputs) -> Tensor:
    return model(*x) if isinstance(x, tuple) else model(x)


def _batches(data: Data, steps: int | None, epochs: int | None, size: int) -> Iterator[Batch]:
    """Go through the data again and again until the steps or epochs are done; show progress."""
    if (steps is None) == (epochs is None):
        raise ValueError("fit needs steps= or epochs=, one of them")
    batches = _Shuffled(*data, size) if _whole(data) else data
    if steps is None and not isinstance(batches, Sized):
        raise ValueError("this data has no length, so its epochs cannot be counted: give steps=")
    total = steps if epochs is None else epochs * len(batches)
    done = 0
    # tqdm is silent under TQDM_DISABLE=1.
    with tqdm(total=total, unit="step", leave=False) as bar:
        while done < total:
            before = done
            for batch in islice(batches, total - done):
                yield batch
                done += 1
                bar.update()
            if done == before:
                raise ValueError(
                    f"the data ended after {done} of {total} steps. An iterator can be read only "
                    "once: give a DataLoader, a list of batches, or (inputs, targets)"
                )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C (Jupyter's stop button) end the block, not the program."""
    try:
        yield
    except KeyboardInterrupt:
        print("Training was interrupted: the history ends here.", file=sys.stderr)


def _whole(data: Data) -> bool:
    """Whether `data` is all inputs and targets, not batches."""
    return isinstance(data, tuple) and len(data) == 2 and isinstance(data[1], Tensor)


def _right(outputs: Tensor, targets: Tensor) -> Tensor | None:
    """1 where the largest output is the target's, else 0; None if targets are not class indices."""
    if targets.is_floating_point() or outputs.ndim != targets.ndim + 1:
        return None
    return (outputs.argmax(dim=1) == targets).float()
