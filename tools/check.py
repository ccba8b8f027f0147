"""Run the visible tests of one's own exercise, where there is no `grading`: in a student's copy.

    python course.py check SLUG [--notebook PATH]

Points and messages by item, in the words of the course's grader. Hidden tests, and the answers
that a person judges, need the instructor. The notebook itself is not changed.
"""

import argparse
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

TIMEOUT = 90  # seconds for each cell, as in nbgrader_config.py
NO_ANSWER = "YOUR ANSWER HERE"  # what nbgrader leaves in place of an explanation
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Item:
    """A graded item; `points` is None when a person judges it."""

    name: str
    points: float | None
    max_points: float
    message: str = ""


def main(argv: list[str] | None = None) -> int:
    """Print what the visible tests give; return the exit status."""
    parser = argparse.ArgumentParser(prog="course.py check", description=__doc__.splitlines()[0])
    parser.add_argument("slug", help="the exercise, for example initialization")
    parser.add_argument("--notebook", type=Path, help="default: exercises/<slug>/<slug>.ipynb")
    options = parser.parse_args(argv)
    path = options.notebook or Path("exercises") / options.slug / f"{options.slug}.ipynb"
    try:
        notebook = read(path)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Running the visible tests of {path} ...", flush=True)
    try:
        run(notebook, path.parent)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    print(report(items(notebook)))
    return 0


def read(path: Path) -> nbformat.NotebookNode:
    """Read a notebook.

    Raises:
        ValueError: no such file, or it is not a notebook with graded items.
    """
    if not path.is_file():
        raise ValueError(f"There is no notebook {path}.")
    try:
        notebook = nbformat.reads(path.read_text("utf-8-sig"), as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises a different type for each way to be broken
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path} is not a Jupyter notebook ({reason}).") from None
    if not any(_graded(cell) for cell in notebook.cells):
        raise ValueError(f"{path} has no graded items: is it an exercise of this course?")
    return notebook


def run(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Execute every cell in place, as far as the kernel lives; errors become outputs."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    ended = set()
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        allow_errors=True,
        interrupt_on_timeout=True,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=lambda cell, cell_index, execute_reply: ended.add(cell_index),
    )
    try:
        client.execute()
    except (DeadKernelError, CellTimeoutError):
        for index, cell in enumerate(notebook.cells):
            if cell.cell_type == "code" and index not in ended:
                cell.execution_count = None  # a kernel may still announce the cell that ends it


def items(notebook: nbformat.NotebookNode) -> list[Item]:
    """Return what each graded item of an executed notebook gets."""
    return [_item(cell) for cell in notebook.cells if _graded(cell)]


def report(found: list[Item]) -> str:
    """Return the points and messages, and what they do not say."""
    width = max(len(item.name) for item in found)
    lines = [line for item in found for line in _row(item, width)]
    tested = [item for item in found if item.points is not None]
    judged = sum(item.max_points for item in found if item.points is None)
    total = (
        f"{sum(item.points for item in tested):g} of {sum(each.max_points for each in tested):g} "
        "points by the tests that you can see."
    )
    rest = "Hidden tests look at other cases: your instructor runs them"
    rest += f", and judges the {judged:g} points marked -." if judged else "."
    return "\n".join(["", *lines, "", f"{total} {rest}"])


def _graded(cell: nbformat.NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def _item(cell: nbformat.NotebookNode) -> Item:
    settings = cell.metadata.nbgrader
    name, maximum = settings.grade_id.removeprefix("test-"), float(settings.points)
    if settings.get("solution"):
        answered = cell.source.strip() not in ("", NO_ANSWER)
        return Item(name, None, maximum, "" if answered else "No answer yet.")
    if cell.get("execution_count") is None:
        return Item(name, 0, maximum, "This test did not run: the notebook ended before it.")
    for output in cell.outputs:
        if output.output_type == "error":
            return Item(name, 0, maximum, explain(output.ename, output.evalue))
    points = _partial(cell, maximum)
    return Item(
        name, points, maximum, "" if points == maximum else f"{points:g} of {maximum:g} points."
    )


def _partial(cell: nbformat.NotebookNode, maximum: float) -> float:
    """Return the points that the test's last line gave; all of them when it gave no number."""
    results = [each for each in cell.outputs if each.output_type == "execute_result"]
    try:
        return min(max(float(results[-1].data["text/plain"]), 0), maximum)
    except (IndexError, KeyError, ValueError):
        return maximum


def explain(kind: str, text: str) -> str:
    """Say why a test failed that raised the exception `kind` with the message `text`."""
    text = COLOURS.sub("", text).strip()
    if kind == "KeyboardInterrupt":
        return "The test did not end in time: is there a loop that never stops?"
    if kind in ("AssertionError", "NotImplementedError") and text:
        return text
    return f"While the tests ran, your code raised {kind}: {text}".rstrip(": ")


def _row(item: Item, width: int) -> list[str]:
    points = "-" if item.points is None else f"{item.points:g}"
    lines = [
        line
        for paragraph in item.message.splitlines()
        for line in textwrap.wrap(
            paragraph, width=96, initial_indent="    ", subsequent_indent="    "
        )
    ]
    return [f"{item.name:{width}}  {points} / {item.max_points:g}", *lines]


if __name__ == "__main__":
    sys.exit(main())
