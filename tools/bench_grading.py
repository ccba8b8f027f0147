"""Grade forty notebooks that use torch: `course.py grade` in its sandbox against nbgrader alone.

python -m tools.bench_grading [exercise] [how many]
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .book import Book
from .command import run_command


def main() -> int:
    """Print seconds and their ratio, from one run on one machine."""
    book = Book(Path.cwd())
    slug = sys.argv[1] if len(sys.argv) > 1 else "building-blocks"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    seconds = {}
    for name, command in (
        ("course.py grade", ["grading.grade", slug]),
        ("nbgrader autograde", ["nbgrader", "autograde", slug, "--create"]),
    ):
        with tempfile.TemporaryDirectory(prefix="bench-grading-") as folder:
            _class(book.root, Path(folder), slug, count)
            print(f"{name}, {count} notebooks of {slug} ...", flush=True)
            began = time.monotonic()
            _run(command, folder)
            seconds[name] = time.monotonic() - began
    ours, theirs = seconds.values()
    times = f"{theirs / ours:.1f} times as fast"
    print(f"course.py grade {ours:.1f} s, nbgrader {theirs:.1f} s: {times}")
    return 0


def _class(root: Path, folder: Path, slug: str, count: int) -> None:
    """Make a course folder with `count` right submissions, the assignment registered."""
    config = (root / "nbgrader_config.py").read_text("utf-8")
    # The course lets nbgrader run no submission; to be compared with, it may.
    (folder / "nbgrader_config.py").write_text(config.partition("def refuse")[0], "utf-8")
    shutil.copytree(root / "solutions" / slug, folder / "solutions" / slug)
    for number in range(count):
        target = folder / "grading" / "submitted" / f"student{number:03}" / slug
        target.mkdir(parents=True)
        shutil.copy(root / "solutions" / slug / f"{slug}.ipynb", target)
    _run(["nbgrader", "generate_assignment", slug], folder)


def _run(module: list[str], folder: str | Path) -> None:
    """Run a module in `folder`; a failure is the end of the measurement."""
    env = dict(os.environ, OMP_NUM_THREADS="1", TQDM_DISABLE="1")
    run = subprocess.run(
        [sys.executable, "-m", *module], cwd=folder, env=env, capture_output=True, text=True
    )
    if run.returncode:
        raise SystemExit(f"error: {' '.join(module)} failed:\n{run.stdout}\n{run.stderr}")


if __name__ == "__main__":
    run_command(main)
