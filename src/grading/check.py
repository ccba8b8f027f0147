"""One's own copy of an exercise, graded as a class would be.

    python -m grading.check <slug> [--notebook PATH]

Points and messages by item, those of hidden tests too, but not their code. It runs what
`grade` runs for one submission, in the sandbox where there is one; where there is none, as
an ordinary notebook, since it is one's own. Nothing is changed.
"""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

from grading.assignment import grade_id
from grading.command import command, parser_of
from grading.course import Course, read_notebook
from grading.errors import CourseError
from grading.intake import Ungradable, read_limited
from grading.sandbox import bubblewrap
from grading.submission import Grader
from grading.verdict import Item, Status, Verdict

RUBRIC = "#### Rubric"  # the heading in the solution of an item that a person marks


@command()
def main(argv: list[str] | None = None) -> int:
    """Grade one notebook and print what it gets; return 1 when it cannot be graded."""
    parser = parser_of("check", __doc__)
    parser.add_argument("slug", help="the exercise, for example initialization")
    parser.add_argument("--notebook", type=Path, help="default: exercises/<slug>/<slug>.ipynb")
    options = parser.parse_args(argv)
    course = Course(Path.cwd())
    solution = course.solution(options.slug)
    notebook = options.notebook or Path("exercises") / options.slug / f"{options.slug}.ipynb"
    print(f"Grading {notebook} as a class would be graded ...", flush=True)
    verdict = examine(course, options.slug, notebook)
    if verdict.status == Status.UNGRADABLE:
        raise CourseError(f"{notebook} cannot be graded. {verdict.sentence}")
    print(report(verdict, solution))
    return 0


def examine(course: Course, slug: str, notebook: Path) -> Verdict:
    """Return the verdict that `grade` would give.

    Raises:
        CourseError: there is no such exercise or notebook.
    """
    path = course.root / notebook
    if not path.exists():
        raise CourseError(f"There is no notebook {notebook}.")
    grader = Grader.of(course, slug, sandbox=bubblewrap.available())
    try:
        content = read_limited(path, grader.limits)
    except Ungradable as error:
        return Verdict(Status.UNGRADABLE, str(error))
    verdict = grader.grade(content)
    if verdict.forged:  # `grade` has asked first whether the solution looks like that, too
        solution = grader.grade(course.solution(slug).read_bytes())
        verdict = grader.trusting(solution).grade(content)
    return verdict


def report(verdict: Verdict, solution: Path) -> str:
    """Say what each item gets, and why."""
    width = max(len(item.name) for item in verdict.items)
    lines = [line for item in verdict.items for line in _row(item, width, verdict, solution)]
    said = [] if verdict.status == Status.GRADED else [verdict.sentence, *verdict.evidence]
    repairs = [f"Put right before it ran: {repair}." for repair in verdict.repairs]
    return "\n".join(["", *lines, "", *said, *repairs, _total(verdict)])


def rubric(solution: Path, name: str) -> str:
    """Return the rubric of the manual item `name`: what follows that heading in the solution."""
    for cell in read_notebook(solution).cells:
        if grade_id(cell) == name:
            return cell.source.partition(RUBRIC)[2].strip()
    raise CourseError(f"{solution} has no item {name!r}.")


def _row(item: Item, width: int, verdict: Verdict, solution: Path) -> list[str]:
    """Return the lines of one item."""
    if not item.manual:
        points = f"{item.points:g}" if verdict.counts else "-"
        return [f"{item.name:{width}}  {points} / {item.max_points:g}", *_indented(item.message)]
    head = f"{item.name:{width}}  - / {item.max_points:g}"
    if not item.answer:
        return [head, *_indented("No answer yet. Write one, and the rubric is shown here.")]
    return [f"{head}  for you to judge, by this rubric:", *_indented(rubric(solution, item.name))]


def _total(verdict: Verdict) -> str:
    tests = verdict.tests.values()
    points = sum(item.points for item in tests) if verdict.counts else 0
    maximum = sum(item.max_points for item in tests)
    total = f"{points:g} of {maximum:g} points"
    judged = sum(item.max_points for item in verdict.items if item.manual)
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
