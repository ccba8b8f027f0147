"""The unit of work is measured in a process that waits for the next question."""

import os
from contextlib import closing

import pytest

from tools.work import REPEATS, Meter, seconds_per_unit, trainings


def test_a_meter_answers_again_and_again(measured):
    with closing(Meter(dict(os.environ))) as meter:
        for _ in range(2):
            units = meter.read()
            assert len(units) == REPEATS
            assert all(0.1 < unit < 100 for unit in units)


def test_a_meter_that_has_ended_says_why(tmp_path, measured):
    (tmp_path / "torch.py").write_text("raise ImportError('no torch here')")
    with (
        closing(Meter(os.environ | {"PYTHONPATH": str(tmp_path)})) as meter,
        pytest.raises(RuntimeError, match="no torch here"),
    ):
        meter.read()


def test_a_given_unit_is_not_measured(monkeypatch):
    monkeypatch.setenv("COURSE_UNIT_SECONDS", "2.5")
    with closing(Meter({})) as meter:
        assert meter.read() == [2.5]


def test_the_nets_learn():
    """The unit is work that trains, not a loop that something may skip."""
    nets = trainings()
    before = [[parameter.clone() for parameter in net.parameters()] for net, *_ in nets]
    seconds_per_unit(nets)
    for (net, *_), old in zip(nets, before, strict=True):
        assert all((new != was).any() for new, was in zip(net.parameters(), old, strict=True))
