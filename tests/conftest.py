"""Every notebook that pytest is given (nbmake) counts as slow, like the tests marked so."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for `import tools`, however pytest is started

# `pytest --nbmake` runs notebooks that it is given, not those that tests use as material.
collect_ignore_glob = ["*.ipynb"]


def pytest_addoption(parser):
    """Say where helpers compute: `--device fake` is the stand-in of `accelerator.py`."""
    parser.addoption("--device", default="cpu", help="where the tests of helpers compute (cpu)")


@pytest.hookimpl(tryfirst=True)  # before pytest selects by mark
def pytest_collection_modifyitems(items):
    """Mark notebooks as slow."""
    for item in items:
        if item.path.suffix == ".ipynb":
            item.add_marker("slow")
