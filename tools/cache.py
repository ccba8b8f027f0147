"""Executed chapters on the disk: the notebooks that readers download, and what Sphinx reads.

`_build/executed/<slug>.ipynb` is a page with its outputs; its metadata hold under `course` the key
of what it was made from and what it took. The same outputs go into the jupyter-cache.
"""

import json
import os
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .book import Book, BookError, Chapter, code_cells


def read_course(path: Path) -> dict | None:
    """What an executed notebook says about its run; None when it is not there, or cut short."""
    try:
        return json.loads(path.read_text("utf-8"))["metadata"]["course"]
    except (OSError, ValueError, KeyError):
        return None


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        nbformat.write(notebook, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def refresh(chapter: Chapter, path: Path) -> NotebookNode:
    """Bring the prose and the budget in an executed notebook up to date with the page."""
    executed = nbformat.read(path, as_version=4)
    merged = _merge(chapter.notebook, executed)
    merged.metadata.course["budget"] = chapter.budget
    if merged != executed:
        write_notebook(merged, path)
    return merged


def remove_strangers(book: Book) -> None:
    """Delete results of pages that the book no longer has."""
    for path in book.executed.rglob("*.ipynb"):
        slug = path.relative_to(book.executed).with_suffix("").as_posix()
        if slug not in book.chapters:
            path.unlink()


def fill_jupyter_cache(book: Book, slugs: Iterable[str]) -> None:
    """Put these pages' outputs where myst-nb looks, so that Sphinx executes nothing.

    Raises:
        BookError: jupyter-cache would not find the outputs again.
    """
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    book.jupyter_cache.parent.mkdir(parents=True, exist_ok=True)
    cache = get_cache(str(book.jupyter_cache))
    known = {record.hashkey: record.data for record in cache.list_cache_records()}
    for slug in slugs:
        source = book.notebooks[slug]
        # a page without code needs an entry, too
        took = {"key": ""}
        if slug in book.chapters:
            took = read_course(book.executed / f"{slug}.ipynb")
        _, wanted = cache.create_hashed_notebook(source)
        if known.get(wanted, {}).get("key") == took["key"]:
            continue
        notebook = source
        if slug in book.chapters:
            executed = nbformat.read(book.executed / f"{slug}.ipynb", as_version=4)
            notebook = _merge(source, executed)
        cache.cache_notebook_bundle(
            CacheBundleIn(
                notebook,
                uri=str(book.pages[slug]),
                data={"key": took["key"], "execution_seconds": took.get("wall_seconds", 0)},
            ),
            check_validity=False,
            overwrite=True,
        )
        if cache.match_cache_notebook(source).hashkey != wanted:
            raise BookError(f"{slug}: its outputs are not where Sphinx will look for them")


def _merge(source: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """The page as it is now, with the outputs of its run."""
    merged = deepcopy(source)
    merged.metadata.pop("source_map", None)
    for name in ("kernelspec", "language_info", "widgets", "course"):
        if name in executed.metadata:
            merged.metadata[name] = deepcopy(executed.metadata[name])
    for cell, run in zip(code_cells(merged), code_cells(executed), strict=True):
        cell.outputs, cell.execution_count = run.outputs, run.execution_count
    for index, cell in enumerate(merged.cells):
        cell.id = f"cell-{index}"  # myst-nb draws random ids; the same page is the same file
    return merged
