"""Grade whole notebooks, right and wrong, as `make grade` does."""

import csv
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from mistakes import ROOT, Mistake, answers_of, mistakes

from grading.course import Course, temporary_course
from grading.grade import Grading, Options
from grading.ledger import Ledger
from grading.marks import marks
from grading.sandbox.bubblewrap import SandboxMissing, require
from grading.verdict import item_name

SOLUTION, STUB = "the solution", "the untouched stub"
WHOLE = ("attention",)  # graded in whole with every mistake


@dataclass(frozen=True)
class Graded:
    """What one submission got.

    Attributes:
        points: item -> points in the gradebook; 0 for what a person has not marked.
        waiting: items that wait for a person.
        messages: item -> why points were lost, from the log.
        verdict: item -> points by the tests, from the log.
        feedback: the student's page (HTML).
        exported: the total in the exported marks.
    """

    points: dict[str, float]
    waiting: set[str]
    messages: dict[str, str]
    verdict: dict[str, float]
    feedback: str
    exported: float


@cache
def students(slug: str) -> list[list[Mistake]]:
    """Share out the mistakes that are graded in whole notebooks: no two of one student in a cell.

    Of most exercises it is one student with a mistake in every other item, and in those that a
    person marks, whose other items must still get full points; of `WHOLE`, as many as it takes.
    """
    shared: list[list[Mistake]] = []
    for mistake in mistakes(slug):
        for group in shared:
            if mistake.item not in [each.item for each in group]:
                group.append(mistake)
                break
        else:
            shared.append([mistake])
    if slug in WHOLE:
        return shared
    first = shared[0]
    return [[each for i, each in enumerate(first) if i % 2 == 0 or not is_tested(slug, each.item)]]


@cache
def is_tested(slug: str, item: str) -> bool:
    """Whether tests mark an item; a person does otherwise."""
    path = ROOT / "solutions" / slug / f"{slug}.ipynb"
    return any(
        cell.metadata.get("nbgrader", {}).get("grade_id") == f"test-{item}"
        for cell in nbformat.read(path, as_version=4).cells
    )


def by_make_grade(course: Course, slug: str) -> None:
    """Grade whatever was handed in, sandboxed where that can be had."""
    try:
        require()
        sandbox = True
    except SandboxMissing:
        sandbox = False
    assert Grading(course, slug, Options(workers=1, sandbox=sandbox)).run() == 0


@cache
def graded(slug: str) -> dict[str, Graded]:
    """Release, hand in, and grade the stub and every student with mistakes.

    `make grade` grades the solution of every exercise before the class, and nobody if it does not
    get full marks; of `WHOLE` it is handed in, too.

    Returns what each got, by "the solution", "the untouched stub" or the name of a mistake.
    """
    shared = students(slug)
    sources = {SOLUTION: {}, STUB: None} if slug in WHOLE else {STUB: None}
    for i, group in enumerate(shared):
        sources[f"student-{i}"] = {each.item: each.source for each in group}
    ids = {name: name.replace(" ", "-") for name in sources}
    os.environ["OMP_NUM_THREADS"] = "1"
    with temporary_course(ROOT, slug) as course:
        released = course.generate(slug)
        for name, answers in sources.items():
            course.submit(slug, ids[name], released)
            if answers is not None:
                path = course.folder("submitted", ids[name], slug) / f"{slug}.ipynb"
                nbformat.write(_with_answers(path, answers_of(slug) | answers), path)
        by_make_grade(course, slug)
        results = {name: _result(course, slug, student) for name, student in ids.items()}
    by_mistake = {
        each.name: results[f"student-{i}"] for i, group in enumerate(shared) for each in group
    }
    return {name: results[name] for name in (SOLUTION, STUB) if name in results} | by_mistake


def _result(course: Course, slug: str, student: str) -> Graded:
    """Read what one student got."""
    with (course.root / "grading" / "grades.csv").open(encoding="utf-8-sig") as file:
        totals = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    page = course.folder("feedback", student, slug) / f"{slug}.html"
    entry = Ledger.of(course).last(slug=slug).get(student)
    mark = next(mark for mark in marks(course, slug) if mark.student == student)
    return Graded(
        {item_name(cell): points or 0.0 for cell, points in mark.items.items()},
        {item_name(cell) for cell in mark.waiting},
        {item_name(cell): message for cell, message in entry["messages"].items()},
        {item_name(cell): points for cell, points in entry["items"].items()},
        page.read_text(),
        totals[student],
    )


def _with_answers(path: Path, answers: dict[str, str]) -> nbformat.NotebookNode:
    """Fill the released notebook in."""
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[cell.metadata.nbgrader.grade_id]
    return nb
