"""Devices are chosen, named and refused clearly; seeds make everything repeat."""

import random

import numpy
import pytest
import torch

from helpers import autocast, budget, compute, device, seed_everything
from helpers.compute import DeviceError, keep_random_state


@pytest.fixture(autouse=True)
def _clean(monkeypatch):
    monkeypatch.delenv("HELPERS_DEVICE", raising=False)
    monkeypatch.delenv("HELPERS_SEED", raising=False)


@pytest.fixture
def machine(monkeypatch):
    """Pretend that the machine has just these devices."""

    def pretend(*kinds, count=1):
        monkeypatch.setattr(compute, "_is_here", lambda kind: kind in (*kinds, "cpu"))
        for kind in ("cuda", "xpu"):
            monkeypatch.setattr(getattr(torch, kind), "device_count", lambda: count)

    return pretend


@pytest.mark.parametrize(
    ("kind", "layout"),
    [("cpu", "channels_last"), ("cuda", "channels_last"), ("mps", "contiguous_format")],
)
def test_filters_lie_as_the_device_likes(machine, kind, layout):
    machine(kind)
    assert compute.image_layout() is getattr(torch, layout)


@pytest.mark.parametrize(
    ("kinds", "best"),
    [
        ((), "cpu"),
        (("mps",), "mps"),
        (("xpu",), "xpu"),
        (("xpu", "mps"), "mps"),
        (("xpu", "mps", "cuda"), "cuda"),
    ],
)
def test_the_best_device_wins(machine, kinds, best):
    machine(*kinds)
    assert device() == torch.device(best)


@pytest.mark.parametrize("wanted", ["cpu", " CPU ", "cuda", "cuda:1", "mps", "xpu:0"])
def test_the_environment_overrides(machine, monkeypatch, wanted):
    machine("cuda", "mps", "xpu", count=2)
    monkeypatch.setenv("HELPERS_DEVICE", wanted)
    assert device() == torch.device(wanted.strip().lower())


def test_empty_means_unset(machine, monkeypatch):
    machine("cuda")
    monkeypatch.setenv("HELPERS_DEVICE", "")
    assert device().type == "cuda"


@pytest.mark.parametrize("wanted", ["gpu", "cuda:x", "meta", "tpu", "cuda:-1"])
def test_no_such_device(machine, monkeypatch, wanted):
    machine("cuda")
    monkeypatch.setenv("HELPERS_DEVICE", wanted)
    with pytest.raises(DeviceError, match=f"HELPERS_DEVICE='{wanted}' is not a device.*cuda, mps"):
        device()


@pytest.mark.parametrize("wanted", ["cuda", "mps", "xpu:0"])
def test_a_device_that_is_not_here(machine, monkeypatch, wanted):
    machine()
    monkeypatch.setenv("HELPERS_DEVICE", wanted)
    with pytest.raises(DeviceError, match="no such device.*sees: cpu.*[Uu]nset HELPERS_DEVICE"):
        device()


@pytest.mark.parametrize(("count", "words"), [(1, "is only 1"), (2, "are only 2")])
def test_a_number_beyond_the_last_device(machine, monkeypatch, count, words):
    machine("cuda", count=count)
    monkeypatch.setenv("HELPERS_DEVICE", "cuda:2")
    with pytest.raises(DeviceError, match=f"{words} cuda device.*counted from 0"):
        device()


def draws():
    return random.random(), numpy.random.rand(), torch.rand(()).item()


def test_a_seed_repeats_everything():
    assert seed_everything(7) == 7
    first = draws()
    assert first != draws()
    seed_everything(7)
    assert first == draws()
    seed_everything(8)
    assert all(a != b for a, b in zip(first, draws(), strict=True))


def test_the_environment_shifts_every_seed(monkeypatch):
    seed_everything(0)
    page = draws()
    monkeypatch.setenv("HELPERS_SEED", "3")
    shifted = seed_everything(0)
    assert shifted != 0 and draws() != page
    # No two seeds of a page collide with those of the next shift.
    assert seed_everything(1) == shifted + 1
    monkeypatch.setenv("HELPERS_SEED", "")
    seed_everything(0)
    assert draws() == page


def test_a_negative_shift_is_a_seed_too(monkeypatch):
    monkeypatch.setenv("HELPERS_SEED", "-1")
    assert 0 <= seed_everything(0) < 2**32


def test_a_shift_that_is_no_integer(monkeypatch):
    monkeypatch.setenv("HELPERS_SEED", "two")
    with pytest.raises(ValueError, match="HELPERS_SEED='two' is not an integer"):
        seed_everything(0)


def test_random_numbers_go_on_as_if_nothing_had_been_drawn():
    torch.manual_seed(3)
    wanted = torch.rand(4)
    torch.manual_seed(3)
    with keep_random_state():
        torch.rand(7)
    assert torch.equal(torch.rand(4), wanted)


def test_budget_follows_the_device(machine):
    machine()
    assert budget(cpu=10, gpu=1000) == 10
    machine("mps")
    assert budget(cpu=10, gpu=1000) == 1000


def test_autocast_leaves_a_cpu_alone(machine):
    machine()
    with autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


@pytest.mark.parametrize(("kind", "bf16"), [("cuda", True), ("cuda", False), ("xpu", True)])
def test_autocast_is_bfloat16_where_it_exists(machine, monkeypatch, kind, bf16):
    machine(kind)
    asked = []
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bf16)
    monkeypatch.setattr(torch, "autocast", lambda *a, **k: asked.append((a, k)))
    autocast()
    assert asked == ([((kind,), {"dtype": torch.bfloat16})] if bf16 else [])
