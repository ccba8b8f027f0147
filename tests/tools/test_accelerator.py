"""The book on an accelerator: what runs, what fails, what is said. The stand-in takes its part."""

import sys

import pytest

from tests import accelerator

ON_DEVICE = "import os, torch\nx = torch.ones(2, device=os.environ['HELPERS_DEVICE'])\n"


@pytest.fixture
def on_fake(small, tmp_path, monkeypatch):
    """The small course on a machine whose torch has the stand-in."""
    accelerator.plug(small.root / "src")  # for its kernels
    folder = tmp_path / "plug"
    folder.mkdir()
    for name, value in accelerator.plug(folder).items():
        monkeypatch.setenv(name, value)
    return small


def test_a_machine_without_one_gets_a_sentence(small, monkeypatch):
    monkeypatch.setenv("HELPERS_DEVICE", "cpu")
    run = small.run("accelerator")
    assert run.returncode == 1 and len(run.stderr.splitlines()) == 1
    assert "no accelerator was found" in run.stderr and not small.runs()


def test_an_unknown_chapter_is_named_with_the_known_ones(on_fake):
    run = on_fake.run("accelerator", "--chapter", "gamma")
    assert run.returncode == 1 and "no chapter 'gamma'; there are: alpha, beta" in run.stderr


@pytest.mark.slow
def test_the_book_runs_on_it(on_fake):
    on_fake.chapter("alpha", ON_DEVICE + "print(x.device)")
    run = on_fake.run("accelerator")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 of 2 chapters are right on fake (1 claims checked)" in run.stdout
    alpha = next(line for line in run.stdout.splitlines() if line.startswith("alpha"))
    assert alpha.endswith("ok") and "-" not in alpha  # the CPU's seconds were measured
    assert "fake:0" in (on_fake.root / "_build/accelerator/fake/alpha.ipynb").read_text()

    before = on_fake.runs()
    assert on_fake.run("accelerator").returncode == 0 and on_fake.runs() == before  # kept


@pytest.mark.slow
def test_all_that_is_wrong_is_said(on_fake):
    on_fake.chapter("alpha", ON_DEVICE + "x + torch.ones(2)")
    claims = "claim('one is large', 1.0, above=5)\nclaim('two is too', 2.0, above=5)"
    on_fake.chapter("beta", f"from helpers import claim\n{claims}")
    run = on_fake.run("accelerator")
    assert run.returncode == 1 and "0 of 2 chapters are right" in run.stdout
    assert "alpha.md, line" in run.stderr and "two devices, fake:0 and cpu" in run.stderr
    assert "one is large" in run.stderr and "two is too" in run.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes end otherwise there")
def test_it_stops_when_its_minutes_are_over(on_fake):
    on_fake.chapter("alpha", "import time\ntime.sleep(500)")
    on_fake.chapter("beta", "print('quick')")
    run = on_fake.run("accelerator", "--minutes", "0.5")
    assert run.returncode == 1, run.stdout
    assert "1 are not" not in run.stdout and "1 did not run" in run.stdout
