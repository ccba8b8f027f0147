"""Chapters, and solutions that train, compute on an accelerator without float64."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tests.accelerator import NAME
from tests.device import notebook
from tools.book import Book
from tools.keys import Package

# Every kind of net, and training in float64, for about a minute of CPU time. All chapters, for
# about three: `pytest tests/device --device fake`.
SOME = ["convolution", "in-context-learning", "normalization", "regularization", "rnn-lstm"]
SOME += ["transformer"]
PRELOAD = ["torch", "tests.accelerator", "helpers.plots", "myst_nb", "sklearn.datasets"]
PRELOAD += ["scipy.stats", "tools.book", "IPython.core.interactiveshell"]


def solutions_that_train() -> list[str]:
    """Those that import `fit`, perhaps through another helper: the others stay on the CPU."""
    package, found = Package(Book(notebook.ROOT).helpers), []
    for path in sorted((notebook.ROOT / "solutions").glob("*/*.ipynb")):
        sources = [source for _, source in notebook.cells_of(str(path))]
        if package.root / "training.py" in package.closure(sources):
            found.append(str(path.relative_to(notebook.ROOT)))
    return found


def pytest_generate_tests(metafunc):
    """Some chapters; everything with `--device fake`."""
    names = SOME
    if metafunc.config.getoption("--device") == NAME:
        names = [*Book(notebook.ROOT).budgets, *solutions_that_train()]
    if "name" in metafunc.fixturenames:
        metafunc.parametrize("name", names)


@pytest.fixture(scope="module")
def pool():
    """One process per notebook, forked from one that has imported what takes seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


@pytest.mark.slow
def test_it_computes_on_the_device(name, pool):
    found, _ = pool.submit(notebook.run, name).result()
    assert not found, "\n\n".join(found)


def test_a_fault_is_found(tmp_path, pool):
    """Each failing cell is named, with the line that failed; those that follow run, too."""
    cells = [
        "import torch\nfrom helpers.compute import device\nx = torch.ones(2).to(device())",
        "x + torch.ones(2)",
        "x.double()",
        "assert x.cpu().double().sum() == 2",
    ]
    path = tmp_path / "chapter.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), path)
    (mixed, doubled), _ = pool.submit(notebook.run, str(path)).result()
    assert "cell 1" in mixed and "line 1: x + torch.ones(2)" in mixed and "two devices" in mixed
    assert "cell 2" in doubled and "x.double()" in doubled and "float64" in doubled
