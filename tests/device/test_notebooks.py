"""Every chapter, and every solution that trains, computes on an accelerator without float64."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.device import notebook
from tools.book import Book

CHAPTERS = list(Book(notebook.ROOT).chapters)
SOLUTIONS = sorted(
    f"solutions/{path.stem}"
    for path in Path(notebook.ROOT, "solutions").glob("*/*.ipynb")
    if "helpers.training" in path.read_text("utf-8")
)
PRELOAD = ["torch", "tests.accelerator", "helpers.plots", "myst_nb", "sklearn.datasets"]
PRELOAD += ["scipy.stats", "tools.book", "IPython.core.interactiveshell"]


@pytest.fixture(scope="module")
def pool():
    """One process per notebook, forked from one that has imported what takes seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    with ProcessPoolExecutor(1, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CHAPTERS, *SOLUTIONS])
def test_it_computes_on_the_device(name, pool):
    found, _ = pool.submit(notebook.run, name).result()
    assert not found, "\n\n".join(found)
