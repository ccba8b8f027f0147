"""Feedback that shows no hidden test, and the reason why an item lost its points."""

import html
import json
import re
from collections.abc import Iterable

from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_grade, is_solution

STUDENT_FRAME = re.compile(r"Cell In\[(\d+)\], line \d+")
TIMEOUT = "CellTimeoutError"  # as nbclient names it
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
        before = _lines(cell.source for cell in tests)
        for cell in tests:
            self._remove_hidden_test_region(cell)
            cell.outputs = _verdict(cell, nb)
        secrets = before - _lines(cell.source for cell in nb.cells)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = [
                    new_output("stream", text=LEAK) if _leaks(output, secrets) else output
                    for output in cell.outputs
                ]
        return nb, resources


def is_test(cell: NotebookNode) -> bool:
    """Whether `cell` holds autograder tests: graded, and not written by the student."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def explain(kind: str, text: str) -> str:
    """Say why a test failed that raised the exception `kind` with the message `text`.

    An assertion speaks for itself. Any other exception is named: it comes from the code under
    test more often than from the test.
    """
    text = strip_ansi(text).strip()
    if kind == TIMEOUT:
        return "The test did not end in time: is there a loop that never stops?"
    if kind in ("AssertionError", "NotImplementedError") and text:
        return text
    return f"While the tests ran, your code raised {kind}: {text}".rstrip(": ")


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


def secrets_of(full: Iterable[str], shown: Iterable[str]) -> set[str]:
    """Return what gives a hidden test away: code of the `full` tests that the `shown` ones lack."""
    # A test's own message is part of a hidden line; only code gives a hidden test away.
    return {each for each in _lines(full) - _lines(shown) if "assert" in each or "=" in each}


def repeats(text: str, secrets: set[str]) -> bool:
    """Whether `text` repeats one of the `secrets`."""
    flat = _flat(text)
    return any(secret in flat for secret in secrets)


def _verdict(cell: NotebookNode, nb: NotebookNode) -> list[NotebookNode]:
    """Return the outputs of a test cell that a student may see.

    A failure is its message and the frames of the traceback that lie in the student's own
    cells; a result (nbgrader's partial credit) stays.
    """
    message = failure(cell)
    if not message:
        return [output for output in cell.outputs if output.output_type == "execute_result"]
    own = {
        str(each.execution_count)
        for each in nb.cells
        if each.cell_type == "code" and not is_test(each)
    }
    errors = [output for output in cell.outputs if output.output_type == "error"]
    frames = [frame for error in errors[:1] for frame in error.traceback if _frame_of(frame) in own]
    return [new_output("error", ename="", evalue=message, traceback=[*frames, message])]


def _frame_of(frame: str) -> str | None:
    """Return the number of the cell that one frame of a traceback lies in."""
    found = STUDENT_FRAME.match(strip_ansi(frame).strip())
    return found and found[1]


def _lines(sources: Iterable[str]) -> set[str]:
    """Return the lines of `sources` that say enough to be recognized."""
    lines = {_flat(line) for source in sources for line in source.splitlines()}
    return {line for line in lines if len(line) >= 12}


def _flat(text: str) -> str:
    """Return `text` without what differs between code, its repr, and its HTML."""
    return re.sub(r"[\s\\\"']", "", html.unescape(strip_ansi(text)))


def _leaks(output: NotebookNode, secrets: set[str]) -> bool:
    """Whether any text of `output` repeats one of the `secrets`, highlighted or not."""
    text = json.dumps(output, ensure_ascii=False).replace("\\u001b", "\x1b").replace("\\n", "\n")
    plain = _flat(text) + "\n" + _flat(re.sub(r"</?\w[^>]*>", "", text))
    return any(secret in plain for secret in secrets)
