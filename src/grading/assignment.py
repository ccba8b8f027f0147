"""An assignment as grading needs it: its cells in order, with all tests, as plain data."""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from nbgrader.utils import is_grade, is_locked, is_solution

from grading.course import Course, read_notebook


@dataclass(frozen=True)
class Cell:
    """One cell of the assignment that a student may not remove.

    Attributes:
        name: its grade_id, such as "test-gain".
        kind: "code" or "markdown".
        source: the full text, hidden tests and all; of an answer, the stub.
        points: what it can give; None when it gives none.
        answer: whether a student writes in it.
        metadata: its nbgrader metadata, as released.
        shown: the text as students get it.
    """

    name: str
    kind: str
    source: str
    points: float | None
    answer: bool
    metadata: dict
    shown: str

    @property
    def test(self) -> bool:
        """Whether it holds autograder tests."""
        return self.points is not None and not self.answer and self.kind == "code"

    @property
    def manual(self) -> bool:
        """Whether a person marks it."""
        return self.points is not None and self.answer


@dataclass(frozen=True)
class Assignment:
    """One notebook to grade by."""

    slug: str
    cells: tuple[Cell, ...]
    modules: tuple[str, ...]

    @classmethod
    def of(cls, course: Course, slug: str) -> Assignment:
        """Read the solution of `slug`.

        Raises:
            CourseError: there is none.
        """
        nb = read_notebook(course.solution(slug))
        stub = ClearSolutions(config=course.config)
        stubs, _ = stub.preprocess(nbformat.from_dict(json.loads(json.dumps(nb))), {})
        shown, _ = ClearHiddenTests(config=course.config).preprocess(
            nbformat.from_dict(json.loads(json.dumps(stubs))), {}
        )
        cells = [
            _cell(full, seen)
            for full, seen in zip(stubs.cells, shown.cells, strict=True)
            if is_grade(full) or is_solution(full) or is_locked(full)
        ]
        return cls(slug, tuple(cells), tuple(_modules(nb)))

    @classmethod
    def from_data(cls, data: dict) -> Assignment:
        """Undo `data`."""
        cells = tuple(Cell(**cell) for cell in data["cells"])
        return cls(data["slug"], cells, tuple(data["modules"]))

    def data(self) -> dict:
        """Return it as JSON can hold it."""
        return asdict(self)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that decides a mark."""
        return hashlib.sha256(json.dumps(self.data(), sort_keys=True).encode()).hexdigest()

    @property
    def tests(self) -> tuple[Cell, ...]:
        """The cells with autograder tests, in order."""
        return tuple(cell for cell in self.cells if cell.test)

    @property
    def given(self) -> tuple[Cell, ...]:
        """The locked cells that give nothing: imports and helpers of the assignment's own."""
        return tuple(
            c for c in self.cells if c.points is None and not c.answer and c.kind == "code"
        )

    def test_hash(self, name: str) -> str:
        """SHA-256 of one graded cell's text and points."""
        cell = next(each for each in self.cells if each.name == name)
        parts = [cell.source, cell.points]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def grade_id(cell: nbformat.NotebookNode) -> str:
    """Return the name that nbgrader knows a cell by; "" when it has none."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def sources(nb: nbformat.NotebookNode) -> dict[str, str]:
    """Return the text of every cell with a name."""
    return {name: cell.source for cell in nb.cells if (name := grade_id(cell))}


def files_of(course: Course, slug: str) -> list[Path]:
    """Return what the assignment comes with besides its notebook."""
    folder = course.solution(slug).parent
    left_out = {".ipynb_checkpoints", "__pycache__"}
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".ipynb" and not left_out & set(path.parts)
    ]


def _cell(full: nbformat.NotebookNode, seen: nbformat.NotebookNode) -> Cell:
    metadata = dict(full.metadata.nbgrader)
    points = float(metadata.get("points", 0)) if metadata.get("grade") else None
    name, answer = metadata["grade_id"], bool(metadata.get("solution"))
    return Cell(name, full.cell_type, full.source, points, answer, metadata, seen.source)


def _modules(nb: nbformat.NotebookNode) -> list[str]:
    """Return what the solution imports at the top of its cells, to be imported beforehand."""
    found = {}
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in tree.body:
            if isinstance(node, ast.Import):
                found |= dict.fromkeys(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
    return list(found)
