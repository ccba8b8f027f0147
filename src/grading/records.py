"""The one writer: verdicts go into nbgrader's gradebook and folders.

Formgrader shows what stands there. A person's marks are never overwritten in silence: they stay
while the answer they belong to stays, and are set aside, and logged, when it changes.
"""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbgrader.api import Grade, Gradebook, MissingEntry

from grading.assignment import Assignment, sources
from grading.course import Course, gradebook_calls
from grading.files import write_whole
from grading.verdict import Verdict


@dataclass
class Saved:
    """What a verdict changed in the gradebook.

    Attributes:
        score: the submission's points after it; None when it has no marks.
        set_aside: a person's marks that no longer belong to the answer: item -> mark.
    """

    score: float | None
    set_aside: dict[str, float] = field(default_factory=dict)


class Records:
    """The gradebook and the autograded notebooks of one assignment."""

    def __init__(self, course: Course, assignment: Assignment):
        """Keep the records of `assignment`, which is registered."""
        self.course, self.assignment = course, assignment

    def __enter__(self) -> Records:
        with gradebook_calls():
            self.gradebook: Gradebook = self.course.api.gradebook
        return self

    def __exit__(self, *_exception: object) -> None:
        self.gradebook.close()

    def undo(self) -> None:
        """Forget what was entered since the last commit."""
        self.gradebook.db.rollback()

    def folder(self, student: str) -> Path:
        """Return where a student's autograded notebook lies."""
        return self.course.folder("autograded", student, self.assignment.slug)

    def save(
        self,
        student: str,
        verdict: Verdict,
        submitted: datetime.datetime | None = None,
        items: tuple[str, ...] = (),
    ) -> Saved:
        """Enter one verdict; nothing of an earlier one stays, but a person's marks do.

        With `items`, the points of these tests alone are entered.
        """
        slug = self.assignment.slug
        old = self._answers(student)
        self.gradebook.update_or_create_student(student)
        if not verdict.notebook:
            set_aside = self._manual_marks(student)
            if self._submission(student):
                self.gradebook.remove_submission(slug, student)
            shutil.rmtree(self.folder(student), ignore_errors=True)
            return Saved(None, set_aside)
        self._write(student, verdict.notebook, submitted)
        self.gradebook.update_or_create_submission(slug, student, timestamp=submitted)
        new = sources(nbformat.reads(verdict.notebook, as_version=4))
        set_aside = {}
        for grade in self._grades(student):
            if grade.name in verdict.tests:
                if not items or grade.name in items:
                    self._enter_test(grade, verdict)
                elif grade.auto_score is not None:  # what it can give may have become less
                    grade.auto_score = min(grade.auto_score, grade.max_score)
            elif grade.name in old and old[grade.name] != new.get(grade.name):
                set_aside |= self._enter_answer(grade, new, verdict, keep=False)
            else:
                self._enter_answer(grade, new, verdict, keep=True)
        self.gradebook.db.commit()
        return Saved(self._submission(student).score, set_aside)

    def _enter_answer(
        self, grade: Grade, new: dict[str, str], verdict: Verdict, *, keep: bool
    ) -> dict[str, float]:
        """Enter an item that a person marks; return the mark that was set aside.

        An empty answer gets 0 without a person, unless it is our own repair that is empty.
        """
        unanswered = new.get(grade.name, "").strip() == self._stub(grade.name)
        unanswered = unanswered and grade.name not in verdict.unsure
        gone = {}
        if not keep and grade.manual_score is not None:
            gone = {grade.name: grade.manual_score}
            grade.manual_score = None
        grade.auto_score = 0 if unanswered else None
        grade.needs_manual_grade = not unanswered and grade.manual_score is None
        return gone

    def score(self, student: str) -> float | None:
        """Return a student's points, or None."""
        submission = self._submission(student)
        return submission.score if submission else None

    def _enter_test(self, grade: Grade, verdict: Verdict) -> None:
        """Enter the points of one test; of a tampered notebook, none, and a person must look."""
        if not verdict.counts:
            grade.auto_score = None
            grade.needs_manual_grade = grade.manual_score is None
            return
        points = verdict.tests[grade.name].points
        grade.auto_score = min(max(0.0, points), grade.max_score)
        grade.needs_manual_grade = False

    def _grades(self, student: str) -> list[Grade]:
        """Return all grades of a student, made where a regrade has brought a new item."""
        slug = self.assignment.slug
        notebook = self.gradebook.find_submission_notebook(slug, slug, student)
        present = {grade.name for grade in notebook.grades}
        source = self.gradebook.find_notebook(slug, slug)
        for cell in source.grade_cells:
            if cell.name not in present:
                self.gradebook.db.add(Grade(cell=cell, notebook=notebook))
        self.gradebook.db.commit()
        return list(notebook.grades)

    def _submission(self, student: str):
        try:
            return self.gradebook.find_submission(self.assignment.slug, student)
        except MissingEntry:
            return None

    def _manual_marks(self, student: str) -> dict[str, float]:
        submission = self._submission(student)
        grades = [grade for nb in submission.notebooks for grade in nb.grades] if submission else []
        return {g.name: g.manual_score for g in grades if g.manual_score is not None}

    def _stub(self, name: str) -> str:
        return next((c.shown.strip() for c in self.assignment.cells if c.name == name), "")

    def _answers(self, student: str) -> dict[str, str]:
        """Return the answers that were graded last."""
        path = self.folder(student) / f"{self.assignment.slug}.ipynb"
        try:
            return sources(nbformat.read(path, as_version=4))
        except (OSError, ValueError):
            return {}

    def _write(self, student: str, notebook: str, submitted: datetime.datetime | None) -> None:
        """Put the executed notebook where formgrader looks for it, whole or not at all."""
        folder = self.folder(student)
        write_whole(folder / f"{self.assignment.slug}.ipynb", notebook)
        if submitted:
            (folder / "timestamp.txt").write_text(submitted.strftime("%Y-%m-%d %H:%M:%S.%f UTC"))
