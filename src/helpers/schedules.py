"""Learning-rate schedules as functions from a step to a factor.

A schedule takes the number of steps already done (0, 1, 2, ...) and returns the number that the
optimizer's learning rate is multiplied by. Give it to PyTorch, which does the rest:

    schedule = warmup(100, cosine(900))
    fit(net, data, loss, optimizer, steps=1000, schedule=LambdaLR(optimizer, schedule))

Each is equal to a class of `torch.optim.lr_scheduler`; the tests compare them step by step.

Chapter: `training-recipe`.
"""

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant() -> Schedule:
    """Return a schedule that never changes the rate."""
    return lambda step: 1.0


def step_decay(every: int, factor: float = 0.1) -> Schedule:
    """Return a staircase: after every `every` steps the rate is multiplied by `factor` (StepLR).

    Raises:
        ValueError: `every` is not at least 1, or `factor` is negative.
    """
    _check_steps(every, "every")
    _check_factor(factor, "factor")
    return lambda step: factor ** (step // every)


def cosine(steps: int, end: float = 0.0) -> Schedule:
    """Return half a cosine wave from 1 to `end` in `steps` steps, and `end` from then on.

    (Loshchilov and Hutter 2017, eq. 5, without restarts; CosineAnnealingLR up to step `steps`,
    where PyTorch's begins to rise again.)

    Raises:
        ValueError: `steps` is not at least 1, or `end` is negative.
    """
    _check_steps(steps, "steps")
    _check_factor(end, "end")

    def factor(step: int) -> float:
        share = min(step / steps, 1.0)
        return end + (1 - end) * (1 + math.cos(math.pi * share)) / 2

    return factor


def linear(steps: int, end: float = 0.0) -> Schedule:
    """Return a straight line from 1 to `end` in `steps` steps, and `end` from then on (LinearLR).

    Raises:
        ValueError: `steps` is not at least 1, or `end` is negative.
    """
    _check_steps(steps, "steps")
    _check_factor(end, "end")
    return lambda step: 1 + (end - 1) * min(step / steps, 1.0)


def warmup(steps: int, then: Schedule) -> Schedule:
    """Return a schedule that rises to 1 in `steps` equal steps, then follows `then` from its start.

    Step 0 has the factor 1 / `steps`, not 0: a step with rate zero would be wasted. With `steps=0`
    it is `then` itself. (A LinearLR and `then` in a SequentialLR.)

    Raises:
        ValueError: `steps` is negative or not a whole number.
    """
    _check_steps(steps, "steps", at_least=0)
    return lambda step: (step + 1) / steps if step < steps else then(step - steps)


def _check_steps(value: int, name: str, at_least: int = 1) -> None:
    if value != int(value) or value < at_least:
        raise ValueError(f"{name}={value} must be a whole number of steps, at least {at_least}")


def _check_factor(value: float, name: str) -> None:
    if not value >= 0:
        raise ValueError(f"{name}={value} must not be negative: it would turn the steps uphill")
