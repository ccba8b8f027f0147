"""Marks as they stand: the gradebook's points with the log's statuses."""

from __future__ import annotations

import codecs
import csv
import io
import sys
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.api import MissingEntry

from grading.course import Course, gradebook_calls
from grading.errors import CourseError
from grading.files import write_whole
from grading.ledger import Ledger
from grading.settings import Settings
from grading.submitted import Submission, handed_in, submitted_at

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
        by_hand: item -> points and comment of a person.
        score: the sum after the penalty; None when there are no marks.
        days_late: days that had started since it was due.
        penalty: points lost for lateness, of all items, a person's marks included.
        waiting: items that a person must look at.
        person: what the roster says: first_name, last_name, email, and whatever it has.
        problem: what could not be read of it, in a sentence.
        entry: the newest log entry of its grading; {} when nobody has graded it.
    """

    student: str
    status: str
    items: dict[str, float | None] = field(default_factory=dict)
    maximum: dict[str, float] = field(default_factory=dict)
    by_hand: dict[str, tuple[float, str]] = field(default_factory=dict)
    score: float | None = None
    days_late: int = 0
    penalty: float = 0.0
    waiting: list[str] = field(default_factory=list)
    person: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    entry: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        """ "Last, First" if the roster has them, else the id."""
        names = [self.person.get("last_name", ""), self.person.get("first_name", "")]
        return ", ".join(name for name in names if name) or self.student


def marks(course: Course, slug: str) -> list[Mark]:
    """Return the marks of everyone who is on the roster or has handed something in.

    What lateness costs is computed here, from the settings and times as they are now.
    """
    course.solution(slug)
    settings, people = Settings.read(course.root), roster(course)
    last = Ledger.of(course).last(slug=slug, event="graded")
    there = handed_in(course, slug).of
    students = sorted({*people, *last, *there})
    result = []
    with gradebook_calls(), course.api.gradebook as gradebook:
        for student in students:
            entry = last.get(student, {})
            status = entry.get("status") or (NOT_GRADED if student in there else MISSING)
            mark = Mark(student, status, person=people.get(student, {}), entry=entry)
            _fill(mark, gradebook, slug)
            if student in there:
                _take_off(mark, course, slug, settings, there[student])
            result.append(mark)
    return result


def say_problems(everyone: list[Mark]) -> None:
    """Print what could not be read, a line for each student concerned."""
    for mark in everyone:
        if mark.problem:
            print(f"{mark.student}: {mark.problem}", file=sys.stderr)


def roster(course: Course) -> dict[str, dict[str, str]]:
    """Read grading/roster.csv: student_id and whatever else it has; {} when there is none.

    Raises:
        CourseError: it has no column student_id, an id twice, or one that cannot be a folder's
            name; or it is not a text of one of the encodings that spreadsheets write.
    """
    path = course.root / "grading" / ROSTER
    if not path.exists():
        return {}
    people: dict[str, dict[str, str]] = {}
    for row in rows(path):
        student = row.get("student_id", "")
        if not student:
            raise CourseError(
                f"{path}: every row needs a student_id, the submission folder's name."
            )
        if student in people:
            raise CourseError(f"{path}: {student} is there twice.")
        if student in (".", "..") or set(student) & set("/\\\0"):
            raise CourseError(f"{path}: {student!r} cannot be a student_id, a folder's name.")
        people[student] = row
    return people


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table as spreadsheets save it, Korean Excel's too; names as files have them (NFC).

    Raises:
        CourseError: it is not a text of a known encoding.
    """
    content = path.read_bytes()
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp949"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise CourseError(f'{path} is not a text: save it as "CSV UTF-8".')
    text = unicodedata.normalize("NFC", text)
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    found = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    return [
        {key.strip(): (value or "").strip() for key, value in row.items() if key and key.strip()}
        for row in found
        if any(value for value in row.values() if isinstance(value, str))
    ]


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
    comments = {comment.name: comment.comment or "" for comment in notebook.comments}
    mark.by_hand = {
        grade.name: (grade.manual_score, comments.get(grade.name, ""))
        for grade in notebook.grades
        if grade.manual_score is not None
    }
    mark.score = notebook.score


def _take_off(
    mark: Mark, course: Course, slug: str, settings: Settings, submission: Submission
) -> None:
    """Take off what lateness costs."""
    try:
        submitted = submitted_at(course, submission)
    except CourseError as error:
        mark.problem = str(error)
        return
    mark.days_late = settings.days_late(mark.student, slug, submitted)
    if mark.score is not None:
        mark.penalty = settings.penalty(mark.student, slug, submitted, mark.score)
        mark.score -= mark.penalty


def write_csv(path: Path, table: list[list], *, exact: bool = False) -> Path:
    """Write a table that spreadsheets read, whole or not at all.

    It begins with a byte-order mark, without which Korean Excel takes it for CP949. A text that a
    spreadsheet would compute gets an apostrophe before it (OWASP, CSV injection), unless it is
    `exact`: a learning management system knows its users by what stands there.
    """
    text = io.StringIO()
    shown = table if exact else [[_inert(value) for value in row] for row in table]
    csv.writer(text).writerows(shown)
    return write_whole(path, "\ufeff" + text.getvalue())


def _inert(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        try:
            float(value)  # a number computes nothing
        except ValueError:
            return f"'{value}"
    return value
