"""Every schedule sets the rates that torch.optim.lr_scheduler sets."""

import pytest
import torch
from torch.optim import SGD
from torch.optim import lr_scheduler as torchs

from helpers.schedules import constant, cosine, linear, step_decay, warmup


def rates(make, steps=60, lr=0.3):
    """The learning rate of each step under the scheduler that `make(optimizer)` returns."""
    optimizer = SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler, seen = make(optimizer), []
    for _ in range(steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


def warm(steps, then):
    def make(optimizer):
        rise = torchs.LinearLR(optimizer, 1 / steps, 1.0, total_iters=steps - 1)
        return torchs.SequentialLR(optimizer, [rise, then(optimizer)], milestones=[steps])

    return make


PAIRS = {
    "constant": (constant(), lambda o: torchs.ConstantLR(o, factor=1.0)),
    "step": (step_decay(20, 0.3), lambda o: torchs.StepLR(o, 20, gamma=0.3)),
    "step by default": (step_decay(7), lambda o: torchs.StepLR(o, 7)),
    "cosine": (cosine(60), lambda o: torchs.CosineAnnealingLR(o, 60)),
    "cosine to an end": (
        cosine(60, end=0.1),
        lambda o: torchs.CosineAnnealingLR(o, 60, eta_min=0.03),
    ),
    "linear": (linear(60), lambda o: torchs.LinearLR(o, 1.0, 0.0, total_iters=60)),
    "linear, then flat": (
        linear(25, end=0.2),
        lambda o: torchs.LinearLR(o, 1.0, 0.2, total_iters=25),
    ),
    "warm-up, cosine": (
        warmup(10, cosine(50)),
        warm(10, lambda o: torchs.CosineAnnealingLR(o, 50)),
    ),
    "warm-up, steps": (
        warmup(5, step_decay(15)),
        warm(5, lambda o: torchs.StepLR(o, 15)),
    ),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.filterwarnings("ignore:The epoch parameter")  # SequentialLR warns about itself
def test_equals_torch(name):
    ours, theirs = PAIRS[name]
    assert rates(lambda o: torchs.LambdaLR(o, ours)) == pytest.approx(rates(theirs), abs=1e-12)


@pytest.mark.parametrize("schedule", [cosine(10, end=0.2), linear(10, end=0.2)])
def test_stays_at_its_end(schedule):
    assert [schedule(step) for step in (10, 11, 1000)] == pytest.approx([0.2] * 3)
    assert schedule(0) == 1 and schedule(9) > 0.2


def test_warmup_begins_above_zero_and_joins_without_a_gap():
    schedule = warmup(4, linear(4))
    assert [schedule(step) for step in range(9)] == pytest.approx(
        [0.25, 0.5, 0.75, 1, 1, 0.75, 0.5, 0.25, 0]
    )
    assert warmup(0, linear(4))(0) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: step_decay(0),
        lambda: step_decay(10, -0.5),
        lambda: cosine(0),
        lambda: cosine(2.5),
        lambda: linear(-3),
        lambda: linear(10, end=-0.1),
        lambda: cosine(10, end=float("nan")),
        lambda: warmup(-1, constant()),
    ],
)
def test_bad_input_is_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        wrong()
