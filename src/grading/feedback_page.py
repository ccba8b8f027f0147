"""A student's feedback: one small HTML page, readable on a phone, with nothing hidden in it.

It shows each item's points, what its tests said, and what the student wrote. It shows no test and
no output: a notebook could print a hidden test, and what was printed is no news to its author.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from pygments import highlight
from pygments.lexers import PythonLexer

from grading.assignment import Assignment, Cell, sources
from grading.files import write_whole
from grading.hidden import repeats, secrets_of
from grading.pages import HIGHLIGHTED, fill
from grading.verdict import Status, Verdict, item_name

if TYPE_CHECKING:
    from grading.course import Course

LONGEST = 600  # characters of a message; a test's own are shorter
LEAK = "[This message is not shown: it repeats a hidden test.]"


@dataclass(frozen=True)
class Section:
    """What the page says of one item.

    Attributes:
        name: of the item.
        maximum: what it can give.
        points: what it gives; None as long as that is open.
        message: of its tests.
        comment: of the person who marked it.
        answer: what the student wrote, as HTML.
    """

    name: str
    maximum: float
    points: float | None = None
    message: str = ""
    comment: str = ""
    answer: str = ""

    @property
    def shown(self) -> str:
        """The points in words."""
        points = "open," if self.points is None else f"{self.points:g}"
        return f"{points} of {self.maximum:g}"

    @property
    def look(self) -> str:
        """The points as a class of the style sheet."""
        if self.points is None:
            return ""
        return "full" if self.points == self.maximum else "lost"


def write_feedback(
    course: Course,
    assignment: Assignment,
    student: str,
    verdict: Verdict,
    marks: dict[str, tuple[float, str]],
) -> Path:
    """Write the page, whole or not at all, and return its path; see `render`."""
    folder = course.folder("feedback", student, assignment.slug)
    return write_whole(folder / f"{assignment.slug}.html", render(assignment, verdict, marks))


def render(assignment: Assignment, verdict: Verdict, marks: dict[str, tuple[float, str]]) -> str:
    """Return the page.

    Args:
        assignment: what was asked.
        verdict: what the tests found.
        marks: what a person gave: item -> (points, comment).
    """
    answers = _answers(assignment, verdict)
    tests = assignment.tests
    secrets = secrets_of([test.source for test in tests], [test.shown for test in tests])
    sections = [
        _section(cell, secrets, verdict, answers, marks)
        for cell in assignment.cells
        if cell.points is not None and verdict.status != Status.UNGRADABLE
    ]
    return fill(
        "feedback.html",
        slug=assignment.slug,
        total=_total(sections),
        sentence="" if verdict.status == Status.GRADED else verdict.sentence,
        repairs=verdict.repairs,
        sections=sections,
    )


def _section(
    cell: Cell, secrets: set[str], verdict: Verdict, answers: dict[str, str], marks: dict
) -> Section:
    name = item_name(cell.name)
    points, comment, message = None, "", ""
    if cell.name in marks:
        points, comment = marks[cell.name]
    elif verdict.counts and (item := verdict.tests.get(cell.name)):
        points, message = item.points, item.message
    if repeats(message, secrets):
        message = LEAK
    if len(message) > LONGEST:
        message = message[:LONGEST] + " ..."
    return Section(name, cell.points, points, message, comment, answers.get(name, ""))


def _total(sections: list[Section]) -> str:
    """Say how many points there are so far."""
    if not sections:
        return ""
    known = [section for section in sections if section.points is not None]
    points = sum(section.points for section in known)
    maximum = sum(section.maximum for section in known)
    waiting = sum(section.maximum for section in sections) - maximum
    more = f", and {waiting:g} that a person marks" if waiting else ""
    return f"{points:g} of {maximum:g} points{more}."


def _answers(assignment: Assignment, verdict: Verdict) -> dict[str, str]:
    """Return what the student wrote, as HTML: name -> highlighted text."""
    if not verdict.notebook:
        return {}
    written = sources(nbformat.reads(verdict.notebook, as_version=4))
    return {
        cell.name: highlight(written[cell.name], PythonLexer(), HIGHLIGHTED)
        for cell in assignment.cells
        if cell.answer and written.get(cell.name, "").strip()
    }
