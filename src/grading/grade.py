"""make grade: a class's submissions to marks and feedback.

    python -m grading.grade <slug>

Reads grading/submitted/<student>/<slug>/<slug>.ipynb; writes the gradebook, the marks
(grading/grades.csv) and the feedback (grading/feedback/<student>/<slug>/). A submission that
cannot be graded stops nobody else's. Run it again whenever submissions or tests have changed:
marks that a person gave stay.
"""

import argparse
import sys
from pathlib import Path

from grading.course import Course, CourseError, StepFailed, read_notebook


def main(argv: list[str] | None = None) -> int:
    """Grade every submission of one assignment; return 1 if one could not be graded."""
    parser = argparse.ArgumentParser(prog="grading.grade", description=__doc__.splitlines()[0])
    parser.add_argument("slug", help="the assignment, for example initialization")
    options = parser.parse_args(argv)
    try:
        return grade(Course(Path.cwd()), options.slug)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1


def grade(course: Course, slug: str) -> int:
    """Grade all submissions of `slug`, print a line for each, return the exit status.

    Raises:
        CourseError: no such assignment, no submission at all, or the solution cannot be used.
    """
    course.solution(slug)
    students = sorted(path.parent.name for path in course.root.glob(f"grading/submitted/*/{slug}"))
    if not students:
        raise CourseError(
            f"There are no submissions of {slug}. Put each student's notebook at "
            f"grading/submitted/<student>/{slug}/{slug}.ipynb."
        )
    course.register(slug)
    failed = {}
    for number, student in enumerate(students, start=1):
        progress = f"[{number}/{len(students)}] {student}"
        try:
            print(f"{progress}: {_grade_one(course, slug, student)}", flush=True)
        except CourseError as error:
            failed[student] = error
            print(f"{progress}: NOT GRADED", flush=True)
            print(f"{student}: {error}{_log(course, slug, student, error)}", file=sys.stderr)
    marks = course.export().relative_to(course.root)
    print(
        f"{slug}: {len(students) - len(failed)} of {len(students)} graded. Marks: {marks}; "
        f"feedback: grading/feedback/<student>/{slug}/."
    )
    if failed:
        print(f"Not graded, as said above: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _grade_one(course: Course, slug: str, student: str) -> str:
    """Grade one submission, write its feedback, return its points in words."""
    folder = course.root / "grading" / "submitted" / student / slug
    if not (folder / f"{slug}.ipynb").is_file():
        found = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise CourseError(f"{folder} should hold {slug}.ipynb; it holds {found}. Rename it.")
    nb = read_notebook(folder / f"{slug}.ipynb")
    if not any("nbgrader" in cell.metadata for cell in nb.cells):
        raise CourseError(f"{folder / slug}.ipynb has no graded cell: it is not the assignment.")
    course.autograde(slug, student)
    course.feedback(slug, student)
    items = course.items(slug, student)
    points, maximum = sum(i.points for i in items), sum(i.max_points for i in items)
    by_hand = [item.name for item in items if item.answer]
    waiting = f", to be marked by hand: {', '.join(by_hand)}" if by_hand else ""
    return f"{points:g} of {maximum:g}{waiting}"


def _log(course: Course, slug: str, student: str, error: CourseError) -> str:
    """Keep what nbgrader said about a failed step, say where."""
    if not isinstance(error, StepFailed):
        return ""
    path = course.root / "grading" / "logs" / f"{slug}-{student}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(error.log)
    return f" (log: {path.relative_to(course.root)})"


if __name__ == "__main__":
    sys.exit(main())
