"""Where tests find the project, and where helpers compute."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for `import tools`, however pytest is started

# Notebooks among the tests are material.
collect_ignore_glob = ["*.ipynb"]


def pytest_addoption(parser):
    """Say where helpers compute: `--device fake` is the stand-in of `accelerator.py`."""
    parser.addoption("--device", default="cpu", help="where the tests of helpers compute (cpu)")
