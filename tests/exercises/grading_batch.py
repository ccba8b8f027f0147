"""Grade many versions of one solution notebook, through the real nbgrader, in a few processes."""

import csv
import multiprocessing
import os
import runpy
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SOLUTION, STUB = "the solution", "the untouched stub"


@dataclass(frozen=True)
class Graded:
    """What one submission got: its items, its feedback (HTML), its total in the exported marks."""

    items: list
    feedback: str
    exported: float

    @property
    def points(self) -> dict[str, float]:
        return {item.name: item.points for item in self.items}


def chapters() -> list[str]:
    """Return the exercises that have wrong submissions."""
    return sorted(path.stem for path in (HERE / "wrong").glob("*.py"))


@cache
def wrong_submissions(slug: str) -> tuple[dict, ...]:
    return tuple(runpy.run_path(str(HERE / "wrong" / f"{slug}.py"))["WRONG"])


def solution_of(slug: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "solutions" / slug / f"{slug}.ipynb", as_version=4)


@cache
def students(slug: str) -> list[list[dict]]:
    """Share the mistakes out among as few students as will do, each with at most three.

    No two mistakes of one student are in the same cell. It takes a third of the time, and shows
    that the grading of one item does not lean on another.
    """
    shared = []
    for wrong in wrong_submissions(slug):
        for mistakes in shared:
            taken = {cell for each in mistakes for cell in each["cells"]}
            if len(mistakes) < 3 and not taken & set(wrong["cells"]):
                mistakes.append(wrong)
                break
        else:
            shared.append([wrong])
    return shared


@cache
def graded(slug: str) -> dict[str, Graded]:
    """Grade the solution, the stub and every student with mistakes.

    Returns what each got, by "the solution", "the untouched stub" or the name of a mistake.
    """
    sources = {SOLUTION: {}, STUB: None}
    for i, mistakes in enumerate(students(slug)):
        sources[i] = {cell: source for each in mistakes for cell, source in each["cells"].items()}
    workers = min(len(sources), max(2, (os.cpu_count() or 2) // 2))
    names = list(sources)
    shares = [{name: sources[name] for name in names[k::workers]} for k in range(workers)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        parts = pool.map(_grade, [slug] * workers, shares)
        results = {name: result for part in parts for name, result in part.items()}
    by_mistake = {
        each["name"]: results[i] for i, group in enumerate(students(slug)) for each in group
    }
    return {SOLUTION: results[SOLUTION], STUB: results[STUB], **by_mistake}


def _grade(slug: str, share: dict) -> dict:
    """Grade a share of the submissions in one temporary course: one student each."""
    os.environ["OMP_NUM_THREADS"] = "1"
    from grading.course import temporary_course

    ids = {f"student-{i}": name for i, name in enumerate(share)}
    with temporary_course(ROOT, slug) as course:
        released = course.generate(slug)
        for student, name in ids.items():
            course.submit(slug, student, released)
            if share[name] is not None:
                path = course.root / "grading" / "submitted" / student / slug / f"{slug}.ipynb"
                nbformat.write(_with_answers(slug, path, share[name]), path)
            course.autograde(slug, student)
            course.feedback(slug, student)
        with course.export().open() as file:
            totals = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
        return {
            name: Graded(
                course.items(slug, student),
                (
                    course.root / "grading" / "feedback" / student / slug / f"{slug}.html"
                ).read_text(),
                totals[student],
            )
            for student, name in ids.items()
        }


def _with_answers(slug: str, path: Path, wrong: dict[str, str]) -> nbformat.NotebookNode:
    """Fill the released notebook in: the solution's answers, except where `wrong` has others."""
    nb = nbformat.read(path, as_version=4)
    answers = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in solution_of(slug).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    unknown = set(wrong) - set(answers)
    assert not unknown, f"no solution cell is called {sorted(unknown)}; there are {list(answers)}"
    answers |= {grade_id: source.strip() for grade_id, source in wrong.items()}
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[cell.metadata.nbgrader.grade_id]
    return nb
