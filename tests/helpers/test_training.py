"""The loop does what the same loop written by hand does, and each option what it says."""

import functools
import inspect
import math
import os
import subprocess
import sys
from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from helpers import device, seed_everything, training
from helpers.compute import DeviceError
from helpers.training import Diverged, EarlyStopping, evaluate, fit
from tests import accelerator


@pytest.fixture(autouse=True)
def _on_cpu(monkeypatch):
    monkeypatch.delenv("HELPERS_SEED", raising=False)
    seed_everything(0)


def problem(count=40, dropout=0.0):
    """A net, inputs and classes that depend on them."""
    x = torch.randn(count, 6)
    y = x[:, :3].argmax(1)
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 3))
    return net, x, y


def sgd(net, rate=0.1):
    return torch.optim.SGD(net.parameters(), lr=rate)


def weights(net):
    return nn.utils.parameters_to_vector(net.parameters()).detach().cpu().clone()


class Difference(nn.Module):
    """A model of two arguments, the second a table lookup."""

    def __init__(self):
        super().__init__()
        self.linear, self.table = nn.Linear(6, 3), nn.Embedding(4, 3)

    def forward(self, x, index):
        return self.linear(x) - self.table(index)


def test_inputs_may_be_several_tensors():
    x, index, y = torch.randn(40, 6), torch.arange(40) % 4, torch.arange(40) % 3
    net, twin = Difference(), Difference()
    twin.load_state_dict(net.state_dict())
    whole = ((x, index), y)
    history = fit(net, whole, F.cross_entropy, sgd(net), epochs=2, batch_size=16)
    assert len(history.losses) == 6
    orders = training._Shuffled(*whole, 16)
    fit(twin, [*orders, *orders], F.cross_entropy, sgd(twin), epochs=1)
    assert torch.equal(weights(net), weights(twin))

    score = evaluate(net, whole, F.cross_entropy, batch_size=7)
    with torch.no_grad():
        assert score.loss == pytest.approx(F.cross_entropy(net.cpu()(x, index), y).item())
    with pytest.raises(ValueError, match="39 and 40 inputs and 40 targets"):
        fit(net, ((x[:-1], index), y), F.cross_entropy, sgd(net), steps=1)
    with pytest.raises(ValueError, match="39 and 40 inputs and 40 targets"):
        evaluate(net, ((x, index[:-1]), y), F.cross_entropy)


def test_equals_the_loop_written_by_hand():
    net, x, y = problem()
    twin, _, _ = problem()
    twin.load_state_dict(net.state_dict())
    batches = list(zip(x.split(16), y.split(16), strict=True))
    history = fit(net, batches, F.cross_entropy, sgd(net), epochs=2)

    optimizer, losses, accuracies = sgd(twin), [], []
    for inputs, targets in batches * 2:
        outputs = twin(inputs)
        loss = F.cross_entropy(outputs, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        accuracies.append((outputs.argmax(1) == targets).float().mean().item())
    assert torch.equal(weights(net), weights(twin))
    assert history.losses == losses
    assert history.accuracies == accuracies


def test_filters_lie_channels_last_and_nothing_else_changes():
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.Flatten(), nn.Linear(64, 3)
    )
    twin = deepcopy(net)
    x, y = torch.randn(16, 1, 8, 8), torch.arange(16) % 3
    fit(net, (x, y), F.cross_entropy, sgd(net), steps=5, batch_size=16)
    optimizer = sgd(twin)
    for _ in range(5):
        optimizer.zero_grad()
        F.cross_entropy(twin(x), y).backward()
        optimizer.step()
    if device().type == "cpu":  # elsewhere the layout is the device's own affair
        features = net[0](x)
        assert features.is_contiguous(memory_format=torch.channels_last)
        assert not features.is_contiguous()
    for ours, theirs in zip(net.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(ours.cpu(), theirs)


def test_it_learns():
    net, x, y = problem(200)
    history = fit(net, (x, y), F.cross_entropy, torch.optim.Adam(net.parameters(), 1e-2), epochs=40)
    assert len(history.losses) == len(history.accuracies) == 40 * 4
    assert evaluate(net, (x, y), F.cross_entropy).accuracy > 0.95
    assert all(type(value) is float for value in history.losses + history.accuracies)


@pytest.mark.parametrize("plan", [{"steps": 7}, {"epochs": 2}])
def test_steps_and_epochs(plan):
    net, x, y = problem(40)
    expected = plan.get("steps") or 2 * 3  # 40 in batches of 16: 16, 16, 8
    sizes = []
    fit(
        net,
        (x, y),
        F.cross_entropy,
        sgd(net),
        batch_size=16,
        prepare=lambda x, y: sizes.append(len(x)) or (x, y),
        **plan,
    )
    assert len(sizes) == expected
    assert sizes[:4] == [16, 16, 8, 16]


def seen(seed=0, dropout=0.0, epochs=2):
    """The order in which examples are met."""
    seed_everything(seed)
    net, _, _ = problem(dropout=dropout)
    x = torch.arange(40.0).reshape(40, 1).expand(40, 6)
    order = []
    fit(
        net,
        (x, torch.zeros(40, dtype=torch.long)),
        F.cross_entropy,
        sgd(net, 0.0),
        epochs=epochs,
        batch_size=16,
        prepare=lambda x, y: order.extend(x[:, 0].tolist()) or (x, y),
    )
    return order


def test_an_epoch_meets_every_example_once_in_a_new_order():
    order = seen()
    assert sorted(order[:40]) == sorted(order[40:]) == list(range(40))
    assert order[:40] != order[40:] and order[:40] != sorted(order[:40])


def test_the_order_depends_on_the_seed_alone():
    assert seen() == seen()
    assert seen() == seen(dropout=0.5)
    assert seen() != seen(seed=1)


def test_a_seed_repeats_a_run():
    runs = []
    for _ in range(2):
        seed_everything(4)
        net, x, y = problem(dropout=0.5)
        runs.append(fit(net, (x, y), F.cross_entropy, sgd(net), steps=5).losses)
    assert runs[0] == runs[1]


def test_a_data_loader_will_do():
    net, x, y = problem()
    loader = DataLoader(TensorDataset(x, y), batch_size=10)
    assert len(fit(net, loader, F.cross_entropy, sgd(net), epochs=2).losses) == 8
    assert len(fit(net, loader, F.cross_entropy, sgd(net), steps=6).losses) == 6


def test_training_mode_is_on():
    net, x, y = problem()
    net.eval()
    modes = []
    fit(
        net,
        (x, y),
        F.cross_entropy,
        sgd(net),
        steps=2,
        after_step=lambda _: modes.append(net.training),
    )
    assert modes == [True, True]


def test_clip_bounds_the_step():
    net, x, y = problem()
    before = weights(net)
    fit(net, (100 * x, y), F.cross_entropy, sgd(net, 1.0), steps=1, clip=0.01)
    assert (weights(net) - before).norm().item() == pytest.approx(0.01, rel=1e-3)


def test_a_schedule_advances_every_step():
    net, x, y = problem()
    optimizer = sgd(net, 1.0)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    rates = []
    fit(
        net,
        (x, y),
        F.cross_entropy,
        optimizer,
        steps=3,
        schedule=schedule,
        after_step=lambda step: rates.append((step, optimizer.param_groups[0]["lr"])),
    )
    assert rates == [(1, 0.5), (2, 0.25), (3, 0.125)]


def test_augment_may_make_targets_soft():
    net, x, y = problem()
    met = []

    def mix(x, y):
        soft = 0.9 * F.one_hot(y, 3).float() + 0.1 / 3
        met.append((x.shape, soft.shape))
        return 2 * x, soft

    history = fit(net, (x, y), F.cross_entropy, sgd(net), steps=2, prepare=mix, batch_size=20)
    assert met == [((20, 6), (20, 3))] * 2
    assert len(history.losses) == 2 and history.accuracies == []


def test_regression_has_no_accuracy():
    net, x, _ = problem()
    y = torch.randn(40, 3)
    history = fit(net, (x, y), F.mse_loss, sgd(net), steps=3)
    assert len(history.losses) == 3 and history.accuracies == []
    score = evaluate(net, (x, y), F.mse_loss)
    assert score.accuracy is None
    assert score.loss == pytest.approx(F.mse_loss(net.cpu()(x), y).item(), rel=1e-6)


def test_float_targets_are_no_classes():
    net, x, _ = problem()

    def loss(outputs, targets):
        return F.mse_loss(outputs[:, 0], targets)

    assert fit(net, (x, x[:, 0]), loss, sgd(net), steps=2).accuracies == []
    assert evaluate(net, (x, x[:, 0]), loss).accuracy is None


def diverging():
    net, x, y = problem()
    nn.init.constant_(net[0].bias, math.inf)
    nn.init.constant_(net[3].bias, math.nan)
    return net, (x, y)


def test_a_loss_that_is_nan_goes_on_unless_asked():
    net, data = diverging()
    history = fit(net, data, F.cross_entropy, sgd(net), steps=4)
    assert len(history.losses) == 4 and math.isnan(history.losses[0])


def test_a_loss_that_is_nan_stops_when_asked():
    net, data = diverging()
    with pytest.raises(Diverged, match="the loss is nan at step 1.*smaller learning rate.*clip"):
        fit(net, data, F.cross_entropy, sgd(net), steps=4, require_finite=True)


def test_an_infinite_loss_stops_before_the_step_when_asked():
    net, x, y = problem()
    before = weights(net)
    with pytest.raises(Diverged, match="the loss is inf"):
        fit(
            net,
            (x, y),
            lambda outputs, targets: F.cross_entropy(outputs, targets) * math.inf,
            sgd(net),
            steps=4,
            require_finite=True,
        )
    assert torch.equal(weights(net), before)


def test_an_interrupt_returns_what_there_is(capsys):
    net, x, y = problem()

    def interrupt(step):
        if step == 3:
            raise KeyboardInterrupt

    history = fit(net, (x, y), F.cross_entropy, sgd(net), steps=100, after_step=interrupt)
    assert len(history.losses) == 3
    assert "interrupted" in capsys.readouterr().err


def stopped(curve, patience, every=1, steps=20):
    """Train with a validation loss that follows `curve`; the weights before each step too."""
    net, x, y = problem()
    values = iter(curve)
    stopping = EarlyStopping(lambda: next(values), patience=patience, every=every)
    after = []
    history = fit(
        net,
        (x, y),
        F.cross_entropy,
        sgd(net),
        steps=steps,
        stopping=stopping,
        after_step=lambda _: after.append(weights(net)),
    )
    return net, stopping, after, history


def test_early_stopping_goes_back_to_the_best_weights():
    net, stopping, after, history = stopped([5, 3, 4, 2, 3, 2, 2.5, 1], patience=3)
    assert len(history.losses) == 7  # three in a row that are not below 2
    assert stopping.best_step == 4
    assert stopping.losses == [5, 3, 4, 2, 3, 2, 2.5]
    assert torch.equal(weights(net), after[3])


def test_early_stopping_restores_when_the_steps_run_out():
    net, stopping, after, history = stopped([3, 1, 2, 2], patience=10, steps=4)
    assert len(history.losses) == 4 and stopping.best_step == 2
    assert torch.equal(weights(net), after[1])


def test_early_stopping_measures_now_and_then():
    net, stopping, after, history = stopped([3, 2, 4, 4], patience=2, every=3)
    assert len(history.losses) == 12 and stopping.best_step == 6
    assert torch.equal(weights(net), after[5])


def test_early_stopping_never_prefers_nan():
    net, stopping, after, _ = stopped([math.nan, 2, math.nan, math.nan], patience=2)
    assert stopping.best_step == 2
    assert torch.equal(weights(net), after[1])
    net, stopping, after, _ = stopped([math.nan] * 3, patience=3)
    assert stopping.best_step is None
    assert torch.equal(weights(net), after[2])


def test_early_stopping_restores_running_statistics():
    net = nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3))
    _, x, y = problem()
    values, means = iter([1, 2, 3]), []
    fit(
        net,
        (x, y),
        F.cross_entropy,
        sgd(net),
        steps=3,
        stopping=EarlyStopping(lambda: next(values), patience=5),
        after_step=lambda _: means.append(net[1].running_mean.clone()),
    )
    assert torch.equal(net[1].running_mean, means[0]) and not torch.equal(means[0], means[2])


@pytest.mark.parametrize("wrong", [{"patience": 0}, {"patience": 1, "every": 0}])
def test_early_stopping_needs_patience(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        EarlyStopping(lambda: 0.0, **wrong)


@pytest.mark.parametrize("plan", [{}, {"steps": 3, "epochs": 3}])
def test_steps_or_epochs_one_of_them(plan):
    net, x, y = problem()
    with pytest.raises(ValueError, match="steps= or epochs="):
        fit(net, (x, y), F.cross_entropy, sgd(net), **plan)


def test_an_iterator_that_ends_is_an_error():
    net, x, y = problem()
    once = iter([(x, y)] * 2)
    with pytest.raises(ValueError, match="ended after 2 of 5 steps.*only once"):
        fit(net, once, F.cross_entropy, sgd(net), steps=5)
    with pytest.raises(ValueError, match="ended after 0 of 5 steps"):
        fit(net, [], F.cross_entropy, sgd(net), steps=5)


def test_epochs_of_an_iterator_are_an_error():
    net, x, y = problem()
    with pytest.raises(ValueError, match="no length.*steps="):
        fit(net, iter([(x, y)]), F.cross_entropy, sgd(net), epochs=2)


@pytest.mark.parametrize(
    ("inputs", "targets", "size", "words"),
    [(3, 4, 2, "3 inputs and 4 targets"), (0, 0, 2, "at least one"), (4, 4, 0, "batch_size=0")],
)
def test_data_that_does_not_fit(inputs, targets, size, words):
    net, _, _ = problem()
    data = torch.zeros(inputs, 6), torch.zeros(targets, dtype=torch.long)
    with pytest.raises(ValueError, match=words):
        fit(net, data, F.cross_entropy, sgd(net), steps=1, batch_size=size)


def test_mixed_changes_nothing_on_a_cpu():
    losses = []
    for mixed in (False, True):
        seed_everything(0)
        net, x, y = problem()
        losses.append(fit(net, (x, y), F.cross_entropy, sgd(net), steps=3, mixed=mixed).losses)
    assert losses[0] == losses[1]


def test_mixed_enters_autocast(monkeypatch):
    monkeypatch.setenv("HELPERS_DEVICE", "cpu")
    entered = []
    monkeypatch.setattr(
        training, "autocast", lambda: entered.append(1) or torch.autocast("cpu", torch.bfloat16)
    )
    net, x, y = problem()
    dtypes = []

    def loss(outputs, targets):
        dtypes.append(outputs.dtype)
        return F.cross_entropy(outputs.float(), targets)

    fit(net, (x, y), loss, sgd(net), steps=2)
    assert not entered
    fit(net, (x, y), loss, sgd(net), steps=2, mixed=True)
    assert len(entered) == 2 and dtypes == [torch.float32] * 2 + [torch.bfloat16] * 2


def test_a_device_that_is_not_here(monkeypatch):
    monkeypatch.setenv("HELPERS_DEVICE", "gpu")
    net, x, y = problem()
    for run in (
        lambda: fit(net, (x, y), F.cross_entropy, sgd(net), steps=1),
        lambda: evaluate(net, (x, y), F.cross_entropy),
    ):
        with pytest.raises(DeviceError):
            run()


def test_float64_stays_on_the_cpu(monkeypatch):
    """Not every accelerator has it."""
    accelerator.register()
    monkeypatch.setenv("HELPERS_DEVICE", "fake")
    monkeypatch.setenv("FAKE_FLOAT64", "0")
    net, x, y = problem()
    net, x = net.double(), x.double()
    first, *_ = fit(net, (x, y), F.cross_entropy, sgd(net), steps=2, batch_size=40).losses
    assert first > evaluate(net, (x, y), F.cross_entropy).loss
    assert net[0].weight.device.type == "cpu"


@pytest.mark.parametrize("size", [7, 40, 1000])
def test_evaluate_does_not_depend_on_the_batch_size(size):
    net, x, y = problem(dropout=0.5)
    score = evaluate(net, (x, y), F.cross_entropy, batch_size=size)
    with torch.no_grad():
        outputs = net.cpu().eval()(x)
    assert score.loss == pytest.approx(F.cross_entropy(outputs, y).item(), rel=1e-6)
    assert score.accuracy == pytest.approx((outputs.argmax(1) == y).double().mean().item())


def test_evaluate_takes_batches_of_any_size():
    net, x, y = problem()
    batches = [(x[:3], y[:3]), (x[3:], y[3:])]
    whole = evaluate(net, (x, y), F.cross_entropy)
    assert evaluate(net, batches, F.cross_entropy) == pytest.approx(whole, rel=1e-6)


def test_evaluate_counts_every_place_of_an_image_or_sequence():
    logits = torch.zeros(2, 3, 4)  # (example, class, time)
    logits[:, 1] = 1
    targets = torch.tensor([[1, 1, 1, 0], [1, 0, 0, 0]])
    assert evaluate(nn.Identity(), (logits, targets), F.cross_entropy).accuracy == 0.5


@pytest.mark.parametrize("training", [True, False])
def test_evaluate_leaves_the_mode_and_no_gradient(training):
    net, x, y = problem(dropout=0.5)
    net.train(training)
    evaluate(net, (x, y), F.cross_entropy)
    assert net.training is training
    assert all(parameter.grad is None for parameter in net.parameters())
    with pytest.raises(RuntimeError):
        evaluate(net, (x[:, :2], y), F.cross_entropy)
    assert net.training is training


def test_evaluate_without_data():
    net, x, y = problem()
    with pytest.raises(ValueError, match="no data"):
        evaluate(net, [], F.cross_entropy)
    with pytest.raises(ValueError, match="no data"):
        evaluate(net, (x[:0], y[:0]), F.cross_entropy)


def test_fit_fits_on_a_page():
    lines = inspect.getsource(fit).splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 100


SCRIPT = """
import torch, torch.nn.functional as F
from helpers.training import fit
net = torch.nn.Linear(2, 2)
x, y = torch.zeros(4, 2), torch.zeros(4, dtype=torch.long)
fit(net, (x, y), F.cross_entropy, torch.optim.SGD(net.parameters(), 0.1), steps=3)
"""


def test_progress_is_silent_when_disabled():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | {"TQDM_DISABLE": "1", "HELPERS_DEVICE": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_progress_is_on_stderr(monkeypatch, capsys):
    monkeypatch.setattr(training, "tqdm", functools.partial(training.tqdm, disable=False))
    net, x, y = problem()
    fit(net, (x, y), F.cross_entropy, sgd(net), steps=3)
    out, err = capsys.readouterr()
    assert out == "" and "/3 [" in err
