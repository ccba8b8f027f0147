"""The last touch to a student's notebook, and whether someone has worked on it since."""

import hashlib
import json

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution


class StudentCopy(NbGraderPreprocessor):
    """Make a generated notebook pleasant to work in, the same at every run, and recognizable.

    - "Run All" goes on after an unsolved cell, so that every item gives its verdict.
    - Only the metadata that a notebook needs is kept.
    - A fingerprint of all cells is stored in it, so that a later release can tell a student's
      work, which it must not overwrite, from an old release, which it may.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Finish the notebook `nb`, in place."""
        for cell in nb.cells:
            if cell.cell_type == "code" and (is_grade(cell) or is_solution(cell)):
                cell.metadata["tags"] = ["raises-exception"]
        nb.metadata = NotebookNode(
            kernelspec=nb.metadata["kernelspec"],
            language_info={"name": "python"},
            course={"release": fingerprint(nb)},
        )
        return nb, resources


def fingerprint(nb: NotebookNode) -> str:
    """Return a hash of what the cells of `nb` say: not of their outputs, nor of metadata."""
    cells = [[cell.cell_type, cell.source] for cell in nb.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def is_edited(nb: NotebookNode) -> bool:
    """Whether a cell was changed, added or removed since the notebook was released."""
    return nb.metadata.get("course", {}).get("release") != fingerprint(nb)
