"""make check: one's own copy of an exercise, graded as a class would be.

    python -m grading.check <slug> [--notebook PATH]

Points and messages by item, those of hidden tests too, but not their code. Nothing is changed:
nbgrader works on a copy, in a temporary course.
"""

import argparse
import sys
import textwrap
from pathlib import Path

from grading.assignment import grade_id
from grading.course import Course, CourseError, Item, read_notebook, temporary_course

STUDENT = "you"
RUBRIC = "#### Rubric"  # the heading in the solution of an item that a person marks


def main(argv: list[str] | None = None) -> int:
    """Grade one notebook and print what it gets; return the exit status."""
    parser = argparse.ArgumentParser(prog="grading.check", description=__doc__.splitlines()[0])
    parser.add_argument("slug", help="the exercise, for example initialization")
    parser.add_argument("--notebook", type=Path, help="default: exercises/<slug>/<slug>.ipynb")
    options = parser.parse_args(argv)
    try:
        print(report(Path.cwd(), options.slug, options.notebook))
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def report(root: Path, slug: str, notebook: Path | None = None) -> str:
    """Grade `notebook` and say what each item gets, and why.

    Raises:
        CourseError: no such exercise or notebook, not a notebook, or nbgrader failed.
    """
    solution = Course(root).solution(slug)
    notebook = notebook or Path("exercises") / slug / f"{slug}.ipynb"
    read_notebook(root / notebook)
    print(f"Grading {notebook} as a class would be graded ...", flush=True)
    with temporary_course(root, slug) as course:
        course.register(slug)
        course.submit(slug, STUDENT, root / notebook)
        course.autograde(slug, STUDENT)
        items = course.items(slug, STUDENT)
    width = max(len(item.name) for item in items)
    lines = [line for item in items for line in _row(item, width, solution)]
    return "\n".join(["", *lines, "", _total(items)])


def rubric(solution: Path, name: str) -> str:
    """Return the rubric of the manual item `name`: what follows that heading in the solution."""
    for cell in read_notebook(solution).cells:
        if grade_id(cell) == name:
            return cell.source.partition(RUBRIC)[2].strip()
    raise CourseError(f"{solution} has no item {name!r}.")


def _row(item: Item, width: int, solution: Path) -> list[str]:
    """Return the lines of one item."""
    if not item.manual:
        head = f"{item.name:{width}}  {item.points:g} / {item.max_points:g}"
        return [head, *_indented(item.message)]
    head = f"{item.name:{width}}  - / {item.max_points:g}"
    if not item.answer:
        return [head, *_indented("No answer yet. Write one, and the rubric is shown here.")]
    return [f"{head}  for you to judge, by this rubric:", *_indented(rubric(solution, item.name))]


def _total(items: list[Item]) -> str:
    tested = [item for item in items if not item.manual]
    points = sum(item.points for item in tested)
    maximum = sum(item.max_points for item in tested)
    total = f"{points:g} of {maximum:g} points"
    judged = sum(item.max_points for item in items if item.manual)
    return f"{total}, and {judged:g} more for you to judge." if judged else f"{total}."


def _indented(text: str) -> list[str]:
    return [
        line
        for paragraph in text.splitlines()
        for line in textwrap.wrap(
            paragraph, width=96, initial_indent="    ", subsequent_indent="    "
        )
    ]


if __name__ == "__main__":
    sys.exit(main())
