"""What one submission gets: a status, and points and a message for each item."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from nbconvert.filters import strip_ansi

CELL_TIMEOUT = "CellTimeoutError"  # as nbclient names it
TEST = "test-"  # the cell `test-gain` holds the tests of the answer `gain`


class Status(StrEnum):
    """How the grading of one submission ended."""

    GRADED = "graded"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    TAMPERED = "tampered"
    UNGRADABLE = "ungradable"


@dataclass(frozen=True)
class Item:
    """A graded item of one submission.

    Attributes:
        cell: the id of the cell that gives the points: of its tests, or of the answer itself.
        max_points: what it can give.
        points: what the tests gave; 0 for an item that a person marks and has not marked yet.
        message: why points were lost; "" when none were.
        manual: whether a person marks it.
        answer: what the student wrote, for an item that a person marks; "" when nothing.
    """

    cell: str
    max_points: float
    points: float = 0.0
    message: str = ""
    manual: bool = False
    answer: str = ""

    @property
    def name(self) -> str:
        """The id of the cell that the student writes in, such as "gain-leaky-relu"."""
        return item_name(self.cell)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one submission.

    Attributes:
        status: how it ended.
        sentence: what the student should know about that.
        items: in the notebook's order; none when nothing could be run.
        repairs: what was put right before it ran, in sentences.
        evidence: signs of tampering, for the instructor.
        unsure: answers whose cell was put back: a person must look for the student's own.
        raised: the first cell that raised something and is no test, and what; for the instructor.
        forged: tests that met objects with comparisons of their own, trusted ones too.
        notebook: the executed notebook as JSON, or "" when there is none.
        content_hash: SHA-256 of what was handed in.
        seconds: wall time of the notebook.
    """

    status: Status
    sentence: str
    items: tuple[Item, ...] = ()
    repairs: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    unsure: frozenset[str] = frozenset()
    raised: str = ""
    forged: frozenset[str] = frozenset()
    notebook: str = ""
    content_hash: str = ""
    seconds: float = 0.0

    @property
    def tests(self) -> dict[str, Item]:
        """The items that tests decide, by the id of the test cell."""
        return {item.cell: item for item in self.items if not item.manual}

    @property
    def counts(self) -> bool:
        """Whether the points of its tests count; those of a tampered notebook do not, as yet."""
        return self.status not in (Status.TAMPERED, Status.UNGRADABLE)

    @classmethod
    def logged(cls, entry: dict, maximum: dict[str, float], notebook: str) -> Verdict:
        """Return the verdict that a log entry keeps.

        Args:
            entry: of the event "graded".
            maximum: what each test can give.
            notebook: the executed notebook as JSON, or "".
        """
        messages = entry["messages"]
        return cls(
            Status(entry["status"]),
            entry["sentence"],
            tuple(
                Item(cell, maximum.get(cell, points), points, messages.get(cell, ""))
                for cell, points in entry["items"].items()
            ),
            tuple(entry["repairs"]),
            tuple(entry["evidence"]),
            notebook=notebook,
        )


def item_name(cell: str) -> str:
    """Return the name of the item that a graded cell decides."""
    return cell.removeprefix(TEST)


def explain(kind: str, text: str) -> str:
    """Say why a test failed that raised the exception `kind` with the message `text`.

    An assertion speaks for itself. Any other exception is named: it comes from the code under
    test more often than from the test.
    """
    text = strip_ansi(text).strip()
    if kind == CELL_TIMEOUT:
        return "The test did not end in time: is there a loop that never stops?"
    if kind in ("AssertionError", "NotImplementedError") and text:
        return text
    return f"While the tests ran, your code raised {kind}: {text}".rstrip(": ")
