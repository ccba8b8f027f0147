"""Files that are there whole or not at all, whatever happens while they are written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grading.errors import CourseError

try:
    import fcntl
except ImportError:  # Windows, where nothing is graded in a sandbox
    fcntl = None


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock at `path`; it is free again when this process ends, however it ends.

    Raises:
        CourseError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            if fcntl:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                "This class is being graded already, in another process: wait until it is done."
            ) from None
        yield


def write_whole(path: Path, text: str) -> Path:
    """Write `text` to `path`, making its folder; until it is all there, what was there stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.replace(part, path)
    return path
