"""The audit log: for every mark, which run, notebook and test produced it.

One JSON object a line in grading/ledger.jsonl, only ever appended to. It decides, too, what a
run after an interruption still has to do.
"""

from __future__ import annotations

import getpass
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from grading.course import Course


class Ledger:
    """The log of one course."""

    def __init__(self, path: Path):
        """Open the log at `path`; the file appears with the first entry."""
        self.path = Path(path)

    @classmethod
    def of(cls, course: Course) -> Ledger:
        """Open the log of a course."""
        return cls(course.root / "grading" / "ledger.jsonl")

    def append(self, **entry: object) -> None:
        """Write one entry so that it survives a crash right after."""
        entry = {"time": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "by": _user(), **entry}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = (json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n").encode()
        if self._ends_torn():
            line = b"\n" + line
        with self.path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    def entries(self, **wanted: object) -> Iterator[dict]:
        """Yield the entries with the `wanted` values, oldest first; a torn line is passed over."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8") as file:
            for line in file:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # the machine stopped while it was written
                if all(entry.get(key) == value for key, value in wanted.items()):
                    yield entry

    def last(self, **wanted: object) -> dict[str, dict]:
        """Return the newest entry of each student among those with the `wanted` values."""
        return {entry["student"]: entry for entry in self.entries(**wanted) if "student" in entry}

    def _ends_torn(self) -> bool:
        """Whether the last line was cut off."""
        if not self.path.exists() or not self.path.stat().st_size:
            return False
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
