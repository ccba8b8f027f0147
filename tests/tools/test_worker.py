"""What a kernel took is measured on systems that count it, and on the one that does not."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools import worker

CODE = "import time\nx = b'x' * 2**28\nwhile time.process_time() < 2:\n    pass"


@pytest.mark.slow
@pytest.mark.parametrize("windows", [False, True])
def test_cpu_seconds_and_peak_memory(tmp_path, monkeypatch, capsys, windows):
    if windows:
        monkeypatch.setattr(worker, "resource", None)
    path = tmp_path / "chapter.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(CODE)]), path)
    worker.main(str(path), str(tmp_path), "600")
    took = json.loads(capsys.readouterr().out)
    assert took["failure"] is None
    assert took["cpu_seconds"] > 1.9
    assert took["peak_mib"] > 256


@pytest.mark.slow
def test_the_cell_that_lost_its_kernel_is_named(tmp_path, capsys):
    path = tmp_path / "chapter.ipynb"
    codes = ["1", "import os, time\ntime.sleep(0.5)\nos._exit(1)", "2"]
    nbformat.write(new_notebook(cells=[new_code_cell(code) for code in codes]), path)
    worker.main(str(path), str(tmp_path), "600")
    failure = json.loads(capsys.readouterr().out)["failure"]
    assert (failure["error"], failure["cell"]) == ("DeadKernel", 1)
