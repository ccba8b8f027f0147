"""A course folder with submissions in it, and what stands there after grading."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat

from grading.course import Course
from grading.ledger import Ledger

ROOT = Path(__file__).parents[2]


def write_course(root: Path, slug: str, solution: nbformat.NotebookNode) -> None:
    """Make a course of one assignment."""
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    path = root / "solutions" / slug / f"{slug}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(solution, path)


def hand_in(root: Path, slug: str, student: str, what: bytes | Callable[[Path], None]) -> Path:
    """Put a notebook, or whatever a function does to the folder, where it is collected."""
    folder = root / "grading" / "submitted" / student / slug
    folder.mkdir(parents=True)
    if callable(what):
        what(folder)
    else:
        (folder / f"{slug}.ipynb").write_bytes(what)
    return folder


def marks(root: Path) -> dict[str, float]:
    """Return the points of everybody who has some."""
    with (root / "grading" / "grades.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    return {row["student_id"]: float(row["score"]) for row in rows if row["score"]}


def page(root: Path, student: str) -> str:
    """Return the page of a student of `tiny`."""
    path = root / "grading" / "feedback" / student / "tiny" / "tiny.html"
    return path.read_text("utf-8")


def runs_of(root: Path, student: str) -> int:
    """Return how often a student was graded."""
    return len(list(Ledger.of(Course(root)).entries(student=student)))


def mark_by_hand(root: Path, student: str, points: float) -> None:
    """Mark the item `why` of `tiny`, as formgrader does."""
    with Course(root).api.gradebook as gradebook:
        grade = gradebook.find_grade("why", "tiny", "tiny", student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
