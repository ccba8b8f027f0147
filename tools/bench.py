"""Measure the build, the exercises and the imports; print ratios from one run.

python -m tools.bench
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .book import Book
from .command import run_command
from .execute import WORKER, kernel_environment

IMPORT_PAIRS = 5


def main() -> int:
    """Print a table of what was measured against what, in wall-clock seconds."""
    book = Book(Path.cwd())
    with tempfile.TemporaryDirectory(prefix="course-bench-") as folder:
        ours, plain = Path(folder) / "ours", Path(folder) / "plain"
        for copy in (ours, plain):
            _copy(book.root, copy)
        make_book = [sys.executable, "-m", "tools.build"]
        cold = _timed(make_book, ours, "course.py book, from nothing")
        serial = _timed(_jupyter_book(plain), plain, "jupyter-book build, from nothing")
        _edit_prose(Book(ours))
        warm = _timed(make_book, ours, "course.py book, after an edit of prose")
        exercises = _exercises(book, Path(folder))
    helpers, torch = _imports()
    rows = [
        ("course.py book, from nothing", cold, "jupyter-book build", serial),
        ("course.py book, prose edited", warm, "course.py book, from nothing", cold),
        *(
            (f"exercise {name}", seconds, "course.py book, from nothing", cold)
            for name, seconds in exercises
        ),
        ("import helpers.compute", helpers, "import torch", torch),
    ]
    print(f"\n{'measured':<34}{'s':>8}   {'against':<28}{'s':>8}{'ratio':>9}")
    for name, seconds, against, base in rows:
        print(f"{name:<34}{seconds:>8.2f}   {against:<28}{base:>8.2f}{seconds / base:>9.3f}")
    return 0


def _copy(root: Path, target: Path) -> None:
    ignored = (
        ".venv",
        "_build",
        ".git",
        "grading.db",
        "__pycache__",
        ".ruff_cache",
        ".pytest_cache",
    )
    shutil.copytree(root, target, ignore=shutil.ignore_patterns(*ignored))


def _timed(command: list[str], cwd: Path, what: str) -> float:
    print(f"{what} ...", flush=True)
    env = dict(os.environ, PYTHONPATH=str(cwd / "src"))
    began = time.monotonic()
    run = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    seconds = time.monotonic() - began
    if run.returncode:
        raise SystemExit(f"error: {' '.join(command)} failed:\n{run.stdout}\n{run.stderr}")
    return seconds


def _jupyter_book(root: Path) -> list[str]:
    return [
        *(str(Path(sys.executable).with_name("jupyter-book")), "build", str(root / "book")),
        *("--toc", str(root / "_toc.yml"), "--config", str(root / "_config.yml")),
        *("--path-output", str(root)),
    ]


def _edit_prose(book: Book) -> None:
    for chapter in book.chapters.values():
        with chapter.path.open("a", encoding="utf-8") as file:
            file.write("\nOne sentence more.\n")


def _exercises(book: Book, folder: Path) -> list[tuple[str, float]]:
    """Name and seconds of each exercise, solved, run from top to bottom in a fresh kernel."""
    found = []
    for source in sorted((book.root / "solutions").glob("*/*.ipynb")):
        path = shutil.copy(source, folder)
        command = [sys.executable, "-P", str(WORKER), str(path), str(source.parent), "600"]
        print(f"exercise {source.stem} ...", flush=True)
        began = time.monotonic()
        env = kernel_environment(book)
        subprocess.run(command, env=env, check=True, capture_output=True)
        found.append((source.stem, time.monotonic() - began))
    return found


def _imports() -> tuple[float, float]:
    """Median seconds of `import helpers.compute` and of `import torch`, in fresh processes."""
    print(f"imports, {IMPORT_PAIRS} pairs ...", flush=True)
    seconds: dict[str, list[float]] = {"helpers.compute": [], "torch": []}
    for _ in range(IMPORT_PAIRS):
        for module, taken in seconds.items():
            began = time.monotonic()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
            taken.append(time.monotonic() - began)
    return statistics.median(seconds["helpers.compute"]), statistics.median(seconds["torch"])


if __name__ == "__main__":
    run_command(main)
