"""A course of one tiny assignment, `tiny`, that a kernel runs without torch."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

TEST = """
assert double(2) == 4, "Two times two is four, so double(2) should be 4."
### BEGIN HIDDEN TESTS
secret_number = 12345
assert double(secret_number) == 24690, f"For {secret_number} your double is not right either."
### END HIDDEN TESTS
""".strip()

EXPLANATION = """
Because of the sum.

#### Rubric

- **1** A sum of two equal terms.
""".strip()


RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return 4"


def nbgrader(grade_id: str, **flags) -> dict:
    flags = {"grade": False, "solution": False, "locked": False, "task": False} | flags
    return {"nbgrader": {"grade_id": grade_id, "schema_version": 3, **flags}}


def tiny_solution() -> nbformat.NotebookNode:
    """Two items: `double`, tested, 2 points; `why`, marked by hand, 1 point."""
    answer = "def double(x):\n    ### BEGIN SOLUTION\n    return x + x\n    ### END SOLUTION"
    return new_notebook(
        cells=[
            new_markdown_cell("# Tiny", id="title"),
            new_code_cell(answer, id="double", metadata=nbgrader("double", solution=True)),
            new_code_cell(
                TEST,
                id="test-double",
                metadata=nbgrader("test-double", grade=True, locked=True, points=2),
            ),
            new_markdown_cell(
                EXPLANATION,
                id="why",
                metadata=nbgrader("why", grade=True, solution=True, points=1),
            ),
        ],
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
        },
    )


def answered(released: Path, double: str, why: str | None = None) -> nbformat.NotebookNode:
    """Return the released notebook with answers in it."""
    nb = nbformat.read(released, as_version=4)
    for cell in nb.cells:
        if cell.id == "double":
            cell.source = double
        if cell.id == "why" and why is not None:
            cell.source = why
    return nb
