"""What a run says to the claims and the questions of its chapter."""

from dataclasses import dataclass
from pathlib import Path

import nbformat

from helpers.claims import MIME, PREDICTION_MIME


@dataclass(frozen=True)
class Finding:
    """One claim, or one question, in one run.

    Attributes:
        statement: what must hold.
        shown: what the run measured, in the claim's unit.
        range: what is required.
        margin: distance to the nearer end of the range, as a share of it; negative fails.
    """

    statement: str
    shown: str
    range: str
    margin: float
    holds: bool


def findings(notebook: nbformat.NotebookNode) -> list[Finding]:
    """The claims and questions that an executed notebook records, in their order."""
    outputs = [
        output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])
    ]
    kinds = {MIME: _of_claim, PREDICTION_MIME: _of_question}
    return [read(data[mime]) for data in outputs for mime, read in kinds.items() if mime in data]


def load(executed: Path) -> list[Finding]:
    """The findings of an executed notebook's file."""
    return findings(nbformat.read(executed, as_version=4))


def _of_claim(data: dict) -> Finding:
    return Finding(
        data["statement"], data["shown"], data["range"], float(data["margin"]), data["holds"]
    )


def _of_question(data: dict) -> Finding:
    holds = data["holds"]
    return Finding(
        f"The right answer to the question {data['name']} is number {data['right']}",
        "yes" if holds else "no",
        "yes",
        1.0 if holds else -1.0,  # an answer has no distance
        holds,
    )
