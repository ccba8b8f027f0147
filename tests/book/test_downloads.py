"""A chapter that a reader has downloaded runs by itself."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EXECUTED = Path(__file__).parents[2] / "_build" / "executed"


def test_the_downloaded_notebook_runs(tmp_path):
    # nbmake passes over whatever lies in a folder `_build`; a reader has it elsewhere, too.
    shutil.copy(EXECUTED / "initialization.ipynb", tmp_path)
    command = [sys.executable, "-m", "pytest", "--nbmake", "--nbmake-timeout=600", "-q", tmp_path]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed" in run.stdout, run.stdout + run.stderr
