"""A student's feedback: one small HTML page, readable on a phone, with nothing hidden in it.

It shows each item's points, what its tests said, and what the student wrote. It shows no test and
no output: a notebook could print a hidden test, and what was printed is no news to its author.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import nbformat
from pygments import highlight
from pygments.lexers import PythonLexer
from tqdm import tqdm

from grading.assignment import Assignment, Cell, sources
from grading.course import Course
from grading.files import write_whole
from grading.hidden import repeats, secrets_of
from grading.marks import Mark
from grading.pages import HIGHLIGHTED, fill
from grading.verdict import Status, Verdict, item_name

PAGE = 1  # raise it when the same marks would get another page
LONGEST_HEAD = 2000  # characters of a page until its stamp
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


def write_pages(course: Course, assignment: Assignment, everyone: list[Mark]) -> None:
    """Write the pages of all whose marks have changed since theirs was written.

    Marks change without a run of the notebook: a person marks an answer, a due date moves.
    """
    maximum = {test.name: test.points for test in assignment.tests}
    graded = [mark for mark in everyone if mark.entry]
    for mark in tqdm(graded, desc="pages", unit="page", disable=None if len(graded) > 50 else True):
        path = course.folder("feedback", mark.student, assignment.slug) / f"{assignment.slug}.html"
        stamp = _stamp(mark)
        if not _is_stamped(path, stamp):
            notebook = _notebook(course, mark.student, assignment.slug)
            verdict = Verdict.logged(mark.entry, maximum, notebook)
            write_whole(path, render(assignment, verdict, mark, stamp))


def render(assignment: Assignment, verdict: Verdict, mark: Mark, stamp: str) -> str:
    """Return the page.

    Args:
        assignment: what was asked.
        verdict: what the tests found.
        mark: what a person gave, and what lateness costs.
        stamp: tells later whether the page is up to date.
    """
    answers = _answers(assignment, verdict)
    tests = assignment.tests
    secrets = secrets_of([test.source for test in tests], [test.shown for test in tests])
    sections = [
        _section(cell, secrets, verdict, answers, mark.by_hand)
        for cell in assignment.cells
        if cell.points is not None and verdict.status != Status.UNGRADABLE
    ]
    return fill(
        "feedback.html",
        slug=assignment.slug,
        stamp=stamp,
        total=_total(sections, mark.penalty),
        late=_late(mark) if sections else "",
        sentence="" if verdict.status == Status.GRADED else verdict.sentence,
        repairs=verdict.repairs,
        sections=sections,
    )


def _stamp(mark: Mark) -> str:
    """Return a hash of all that the page says, as far as it may change."""
    run = mark.entry["time"], mark.entry["run"]
    said = [PAGE, *run, mark.by_hand, mark.days_late, mark.penalty]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _is_stamped(path: Path, stamp: str) -> bool:
    try:
        with path.open(encoding="utf-8") as file:
            return f'content="{stamp}"' in file.read(LONGEST_HEAD)
    except (OSError, UnicodeDecodeError):
        return False


def _notebook(course: Course, student: str, slug: str) -> str:
    """Return the executed notebook, "" where there is none."""
    try:
        return (course.folder("autograded", student, slug) / f"{slug}.ipynb").read_text("utf-8")
    except FileNotFoundError:
        return ""


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


def _total(sections: list[Section], penalty: float) -> str:
    """Say how many points there are so far."""
    if not sections:
        return ""
    known = [section for section in sections if section.points is not None]
    points = sum(section.points for section in known) - penalty
    maximum = sum(section.maximum for section in known)
    waiting = sum(section.maximum for section in sections) - maximum
    more = f", and {waiting:g} that a person marks" if waiting else ""
    return f"{round(points, 4):g} of {maximum:g} points{more}."


def _late(mark: Mark) -> str:
    """Say what lateness costs; "" when nothing."""
    if not mark.penalty:
        return ""
    days = "1 day" if mark.days_late == 1 else f"{mark.days_late} days"
    points = f"{round(mark.penalty, 4):g}"
    taken = f"{points} point is" if points == "1" else f"{points} points are"
    return f"It was handed in late, with {days} begun: {taken} taken off."


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
