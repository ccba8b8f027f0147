"""An assignment as grading needs it: its cells in order, with all tests, as plain data."""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property

import nbformat


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
    def of(
        cls,
        slug: str,
        full: nbformat.NotebookNode,
        shown: nbformat.NotebookNode,
        modules: Iterable[str] = (),
    ) -> Assignment:
        """Read an assignment from two versions of its notebook, cell by cell the same.

        Args:
            slug: its name.
            full: with all tests and without solutions.
            shown: as students get it.
            modules: what to import beforehand.
        """
        cells = [
            _cell(cell, seen)
            for cell, seen in zip(full.cells, shown.cells, strict=True)
            if {"grade", "solution", "locked"} & _flags(cell)
        ]
        return cls(slug, tuple(cells), tuple(modules))

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all that decides a mark."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def tests(self) -> tuple[Cell, ...]:
        """The cells with autograder tests, in order."""
        return tuple(cell for cell in self.cells if cell.test)

    @property
    def locked(self) -> tuple[Cell, ...]:
        """The locked cells that give no points: imports and helpers of the assignment's own."""
        return tuple(
            c for c in self.cells if c.points is None and not c.answer and c.kind == "code"
        )

    def test_hash(self, name: str) -> str:
        """SHA-256 of one graded cell's text and points."""
        cell = next(cell for cell in self.cells if cell.name == name)
        parts = [cell.source, cell.points]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def grade_id(cell: nbformat.NotebookNode) -> str:
    """Return the name that nbgrader knows a cell by; "" when it has none."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def sources(nb: nbformat.NotebookNode) -> dict[str, str]:
    """Return the text of every cell with a name."""
    return {name: cell.source for cell in nb.cells if (name := grade_id(cell))}


def _cell(full: nbformat.NotebookNode, seen: nbformat.NotebookNode) -> Cell:
    metadata = dict(full.metadata.nbgrader)
    points = float(metadata.get("points", 0)) if metadata.get("grade") else None
    name, answer = metadata["grade_id"], bool(metadata.get("solution"))
    return Cell(name, full.cell_type, full.source, points, answer, metadata, seen.source)


def _flags(cell: nbformat.NotebookNode) -> set[str]:
    """Return which of nbgrader's marks a cell has, such as "grade" and "locked"."""
    return {name for name, value in cell.metadata.get("nbgrader", {}).items() if value is True}


def modules_of(nb: nbformat.NotebookNode) -> list[str]:
    """Return what a solution imports at the top of its cells, to be imported beforehand."""
    modules: dict[str, None] = {}
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in tree.body:
            if isinstance(node, ast.Import):
                modules |= dict.fromkeys(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules[node.module] = None
    return list(modules)
