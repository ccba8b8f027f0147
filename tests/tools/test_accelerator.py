"""The book on an accelerator: what runs, what fails, what is said. The stand-in takes its part."""

import sys

import pytest

from tests import accelerator
from tools.accelerator import main
from tools.book import BookError

ON_DEVICE = "import os, torch\nx = torch.ones(2, device=os.environ['HELPERS_DEVICE'])\n"


@pytest.fixture
def on_fake(small, tmp_path_factory, monkeypatch):
    """The small course on a machine whose torch has the stand-in."""
    accelerator.plug(small.root / "src")  # for its kernels
    for name, value in accelerator.plug(tmp_path_factory.mktemp("plug")).items():
        monkeypatch.setenv(name, value)
    return small


def test_a_machine_without_one_gets_a_sentence(small, monkeypatch):
    monkeypatch.setenv("HELPERS_DEVICE", "cpu")
    with pytest.raises(BookError, match="no accelerator was found: torch .* sees only the CPU"):
        main(["--root", str(small.root)])
    monkeypatch.setenv("HELPERS_DEVICE", "gpu")
    with pytest.raises(BookError, match="HELPERS_DEVICE='gpu' is not a device"):
        main(["--root", str(small.root)])
    assert not small.runs()


def test_an_unknown_chapter_is_named_with_the_known_ones(small, monkeypatch):
    accelerator.register()
    monkeypatch.setenv("HELPERS_DEVICE", "fake")
    with pytest.raises(BookError, match="no chapter 'gamma'; there are: alpha, beta"):
        main(["--root", str(small.root), "--chapter", "gamma"])


@pytest.mark.slow
def test_the_book_runs_on_it_and_all_that_is_wrong_is_said(on_fake):
    on_fake.chapter("alpha", ON_DEVICE + "print(x.device)")
    claims = "claim('one is large', 1.0, above=5)\nclaim('two is too', 2.0, above=5)"
    on_fake.chapter("beta", f"from helpers import claim\n{claims}")
    run = on_fake.run("accelerator")
    assert run.returncode == 1 and "1 of 2 chapters are right on fake" in run.stdout, run.stderr
    assert "one is large" in run.stderr and "two is too" in run.stderr
    alpha = next(line for line in run.stdout.splitlines() if line.startswith("alpha  "))
    assert alpha.endswith("ok") and "-" not in alpha  # the CPU's seconds were measured
    assert "fake:0" in (on_fake.root / "_build/accelerator/fake/alpha.ipynb").read_text()

    before = on_fake.runs()
    on_fake.chapter("beta", ON_DEVICE + "x + torch.ones(2)")
    run = on_fake.run("accelerator")
    assert run.returncode == 1 and "beta.md, line" in run.stderr
    assert "two devices, fake:0 and cpu" in run.stderr
    assert on_fake.runs().count("alpha") == before.count("alpha")  # it was kept

    on_fake.chapter("beta", ON_DEVICE + "x + torch.ones_like(x)")
    run = on_fake.run("accelerator")
    assert run.returncode == 0 and "2 of 2 chapters are right" in run.stdout, run.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes end otherwise there")
def test_it_stops_when_its_minutes_are_over(on_fake):
    on_fake.chapter("alpha", "import time\ntime.sleep(5000)")
    run = on_fake.run("accelerator", "--chapter", "alpha", "--minutes", "0.2")
    assert run.returncode == 1 and "1 did not run" in run.stdout, run.stdout + run.stderr
    assert "no time was left" in run.stdout
