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
