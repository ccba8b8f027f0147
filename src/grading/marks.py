"""Marks as they stand: the gradebook's points with the log's statuses."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import MissingEntry

from grading.course import Course, gradebook_calls
from grading.errors import CourseError
from grading.files import write_whole
from grading.ledger import Ledger

ROSTER = "roster.csv"
MISSING, NOT_GRADED = "missing", "not graded yet"  # statuses of those whom nobody has graded


@dataclass
class Mark:
    """One student's marks in one assignment.

    Attributes:
        student: the id, which is the folder's name.
        status: how grading ended (`verdict.Status`), or `MISSING`, or `NOT_GRADED`.
        items: item -> points; None for what a person has not marked yet.
        maximum: item -> what it can give.
        score: the sum after the penalty; None when there are no marks.
        penalty: points lost for lateness.
        waiting: items that a person must look at.
        person: what the roster says: first_name, last_name, email, and whatever it has.
    """

    student: str
    status: str
    items: dict[str, float | None] = field(default_factory=dict)
    maximum: dict[str, float] = field(default_factory=dict)
    score: float | None = None
    penalty: float = 0.0
    waiting: list[str] = field(default_factory=list)
    person: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """ "Last, First" if the roster has them, else the id."""
        names = [self.person.get("last_name", ""), self.person.get("first_name", "")]
        return ", ".join(name for name in names if name) or self.student


def marks(course: Course, slug: str) -> list[Mark]:
    """Return the marks of everyone who is on the roster or has handed something in."""
    course.solution(slug)
    people = roster(course)
    last = Ledger.of(course).last(slug=slug, event="graded")
    students = sorted({*people, *last, *course.submitters(slug)})
    result = []
    with gradebook_calls(), course.api.gradebook as gradebook:
        for student in students:
            status = last.get(student, {}).get("status")
            handed_in = course.folder("submitted", student, slug).exists()
            mark = Mark(student, status or (NOT_GRADED if handed_in else MISSING))
            mark.person = people.get(student, {})
            _fill(mark, gradebook, slug)
            result.append(mark)
    return result


def roster(course: Course) -> dict[str, dict[str, str]]:
    """Read grading/roster.csv: student_id and whatever else it has; {} when there is none.

    Raises:
        CourseError: it has no column student_id, or an id twice.
    """
    path = course.root / "grading" / ROSTER
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    people: dict[str, dict[str, str]] = {}
    for row in rows:
        student = (row.get("student_id") or "").strip()
        if not student:
            raise CourseError(
                f"{path}: every row needs a student_id, the submission folder's name."
            )
        if student in people:
            raise CourseError(f"{path}: {student} is there twice.")
        people[student] = {key: (value or "").strip() for key, value in row.items() if key}
    return people


def _fill(mark: Mark, gradebook, slug: str) -> None:
    try:
        notebook = gradebook.find_submission_notebook(slug, slug, mark.student)
    except MissingEntry:
        return
    for grade in notebook.grades:
        marked = grade.manual_score is not None or grade.auto_score is not None
        mark.items[grade.name] = grade.score if marked else None
        mark.maximum[grade.name] = grade.max_score
        if grade.needs_manual_grade:
            mark.waiting.append(grade.name)
    mark.penalty = notebook.late_submission_penalty or 0.0
    mark.score = max(0.0, notebook.score - mark.penalty)


def write_csv(path: Path, rows: list[list]) -> Path:
    """Write rows, quoted where needed, whole or not at all."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return write_whole(path, text.getvalue())
