"""nbgrader's own feedback without hidden tests."""

import json
import re

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests

from grading.assignment import is_test
from grading.hidden import flat, lines
from grading.verdict import explain

STUDENT_FRAME = re.compile(r"Cell In\[(\d+)\], line \d+")
LEAK = "[This output is not shown: it repeats a hidden test.]"


class HideTests(ClearHiddenTests):
    """Remove hidden tests from an autograded notebook, wherever they show.

    nbgrader's feedback prints them twice: as part of the test cell, and in the traceback of a
    test that failed. Of a test cell we keep the visible part and the reason of its failure. Any
    other output that repeats a hidden line (a student may print the history) is replaced.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Hide the tests of the notebook `nb`, in place."""
        tests = [cell for cell in nb.cells if is_test(cell)]
        before = lines(cell.source for cell in tests)
        for cell in tests:
            self._remove_hidden_test_region(cell)
            cell.outputs = _verdict(cell, nb)
        secrets = before - lines(cell.source for cell in nb.cells)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = [
                    new_output("stream", text=LEAK) if _leaks(output, secrets) else output
                    for output in cell.outputs
                ]
        return nb, resources


def failure(cell: NotebookNode) -> str:
    """Say why nbgrader gave the executed test `cell` no points; "" when it passed."""
    for output in cell.outputs:
        if output.output_type == "error":
            return explain(output.ename, output.evalue)
        if output.output_type == "stream" and output.name == "stderr":
            return (
                "While the test ran, something was printed to stderr, which nbgrader counts as "
                f"a failure: {strip_ansi(output.text).strip()}"
            )
    return ""


def _verdict(cell: NotebookNode, nb: NotebookNode) -> list[NotebookNode]:
    """Return the outputs of a test cell that a student may see.

    A failure is its message and the frames of the traceback that lie in the student's own
    cells; a result (nbgrader's partial credit) stays.
    """
    message = failure(cell)
    if not message:
        return [output for output in cell.outputs if output.output_type == "execute_result"]
    own = {
        str(other.execution_count)
        for other in nb.cells
        if other.cell_type == "code" and not is_test(other)
    }
    errors = [output for output in cell.outputs if output.output_type == "error"]
    frames = [frame for error in errors[:1] for frame in error.traceback if _frame_of(frame) in own]
    return [new_output("error", ename="", evalue=message, traceback=[*frames, message])]


def _frame_of(frame: str) -> str | None:
    """Return the number of the cell that one frame of a traceback lies in."""
    place = STUDENT_FRAME.match(strip_ansi(frame).strip())
    return place and place[1]


def _leaks(output: NotebookNode, secrets: set[str]) -> bool:
    """Whether any text of `output` repeats one of the `secrets`, highlighted or not."""
    text = json.dumps(output, ensure_ascii=False).replace("\\u001b", "\x1b").replace("\\n", "\n")
    plain = flat(text) + "\n" + flat(re.sub(r"</?\w[^>]*>", "", text))
    return any(secret in plain for secret in secrets)
