"""What changed between two grading runs, from the log.

python -m grading.diff <slug> [--runs]              the last two runs, or all runs' names
python -m grading.diff <slug> <before> <after>
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from grading.command import command, parser_of
from grading.course import Course
from grading.errors import CourseError
from grading.ledger import Ledger


@dataclass(frozen=True)
class Change:
    """One item of one student that two runs see differently.

    Attributes:
        student: whose.
        item: the test, or "status".
        before: points, or the status; None when it was not there.
        after: likewise.
        why: what the test says now, and what differs: the notebook, the test, or neither.
    """

    student: str
    item: str
    before: float | str | None
    after: float | str | None
    why: str

    def __str__(self) -> str:
        before, after = (
            "-" if value is None else f"{value:g}" if isinstance(value, float) else value
            for value in (self.before, self.after)
        )
        return f"{self.student}: {self.item} {before} -> {after} ({self.why})"


@command()
def main(argv: list[str] | None = None) -> int:
    """Print the changes."""
    parser = parser_of("diff", __doc__)
    parser.add_argument("slug")
    parser.add_argument("before", nargs="?")
    parser.add_argument("after", nargs="?")
    parser.add_argument("--runs", action="store_true", help="list the runs")
    given = parser.parse_args(argv)
    ledger = Ledger.of(Course(Path.cwd()))
    names = runs(ledger, given.slug)
    if given.runs:
        print("\n".join(names) or "There is no run yet.")
        return 0
    pair = [given.before, given.after] if given.after else names[-2:]
    if len(pair) < 2 or not set(pair) <= set(names):
        known = ", ".join(names) or "none"
        raise CourseError(f"Two runs of {given.slug} are needed; there are: {known}.")
    different = changes(*(state(ledger, given.slug, run) for run in pair))
    print("\n".join(map(str, different)) or "No mark differs.")
    return 0


def runs(ledger: Ledger, slug: str) -> list[str]:
    """Return the names of the runs of an assignment, oldest first."""
    return list(dict.fromkeys(entry["run"] for entry in ledger.entries(slug=slug, event="graded")))


def state(ledger: Ledger, slug: str, run: str) -> dict[str, dict]:
    """Return each student's newest entry as it was right after a run."""
    newest: dict[str, dict] = {}
    inside = False
    for entry in ledger.entries(slug=slug, event="graded"):
        if inside and entry["run"] != run:
            break
        inside = inside or entry["run"] == run
        newest[entry["student"]] = entry
    return newest


def changes(before: dict[str, dict], after: dict[str, dict]) -> list[Change]:
    """Compare two states, student by student and item by item."""
    different = []
    for student in sorted(before.keys() | after.keys()):
        old, new = before.get(student), after.get(student)
        if old is None or new is None:
            status = [entry and entry["status"] for entry in (old, new)]
            different.append(Change(student, "status", *status, "in one of the runs only"))
            continue
        if old["status"] != new["status"]:
            statuses = old["status"], new["status"]
            different.append(Change(student, "status", *statuses, new["sentence"]))
        for item in dict.fromkeys([*old["items"], *new["items"]]):
            points = old["items"].get(item), new["items"].get(item)
            if points[0] != points[1]:
                different.append(Change(student, item, *points, _why(old, new, item)))
    return different


def _why(old: dict, new: dict, item: str) -> str:
    """Say what differs, and what the test says now."""
    reasons = []
    if old["notebook"] != new["notebook"]:
        reasons.append("another notebook")
    if old["tests"].get(item) != new["tests"].get(item):
        reasons.append("another test")
    message = new["messages"].get(item) or old["messages"].get(item, "")
    return "; ".join([*(reasons or ["the same notebook and test"]), *filter(None, [message])])


if __name__ == "__main__":
    sys.exit(main())
