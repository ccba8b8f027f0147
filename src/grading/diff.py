"""What changed between two grading runs, from the log.

python -m grading.diff <slug> [--runs]              the last two runs, or all runs' names
python -m grading.diff <slug> <before> <after>
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from grading.course import Course, CourseError
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


def main(argv: list[str] | None = None) -> int:
    """Print the changes."""
    parser = argparse.ArgumentParser(prog="grading.diff", description=__doc__.splitlines()[0])
    parser.add_argument("slug")
    parser.add_argument("before", nargs="?")
    parser.add_argument("after", nargs="?")
    parser.add_argument("--runs", action="store_true", help="list the runs")
    given = parser.parse_args(argv)
    try:
        course = Course(Path.cwd())
        ledger = Ledger.of(course)
        names = runs(ledger, given.slug)
        if given.runs:
            print("\n".join(names) or "There is no run yet.")
            return 0
        pair = [given.before, given.after] if given.after else names[-2:]
        if len(pair) < 2 or not set(pair) <= set(names):
            raise CourseError(
                f"Two runs of {given.slug} are needed; there are: {', '.join(names)}."
            )
        found = changes(state(ledger, given.slug, pair[0]), state(ledger, given.slug, pair[1]))
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(map(str, found)) or "No mark differs.")
    return 0


def runs(ledger: Ledger, slug: str) -> list[str]:
    """Return the names of the runs of an assignment, oldest first."""
    return list(dict.fromkeys(entry["run"] for entry in ledger.entries(slug=slug, event="graded")))


def state(ledger: Ledger, slug: str, run: str) -> dict[str, dict]:
    """Return each student's newest entry as it was right after a run."""
    found: dict[str, dict] = {}
    inside = False
    for entry in ledger.entries(slug=slug, event="graded"):
        if inside and entry["run"] != run:
            break
        inside = inside or entry["run"] == run
        found[entry["student"]] = entry
    return found


def changes(before: dict[str, dict], after: dict[str, dict]) -> list[Change]:
    """Compare two states, student by student and item by item."""
    found = []
    for student in sorted(before.keys() | after.keys()):
        old, new = before.get(student), after.get(student)
        if old is None or new is None:
            status = [None if each is None else each["status"] for each in (old, new)]
            found.append(Change(student, "status", *status, "in one of the runs only"))
            continue
        if old["status"] != new["status"]:
            found.append(Change(student, "status", old["status"], new["status"], new["sentence"]))
        for item in dict.fromkeys([*old["items"], *new["items"]]):
            points = old["items"].get(item), new["items"].get(item)
            if points[0] != points[1]:
                found.append(Change(student, item, *points, _why(old, new, item)))
    return found


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
