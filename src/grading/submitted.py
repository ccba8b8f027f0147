"""What lies in grading/submitted, told apart: whose notebook is where, and what is something else.

File managers leave files of their own there, learning management systems rename what they hand
out, and people unpack a folder into a folder. None of that stops grading: where there is no doubt
what was meant, it is taken; where there is, a sentence says what to do.
"""

from __future__ import annotations

import datetime
import os
import re
import stat
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from grading.course import Course
from grading.errors import CourseError

LEFT_BY_PROGRAMS = {
    *(".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX", ".ipynb_checkpoints", "__pycache__"),
    ".directory",
}
COPY = re.compile(r"(?:\(\d+\)|\d{1,3}|copy\d*|사본\d*|복사본\d*)?")  # what programs add to a name
DEEPEST, MOST = 3, 200  # folders that are looked into for a misplaced notebook; files in them
LONGEST_TIMESTAMP = 1000  # bytes
# What timestamp.txt may hold: what nbgrader writes, and ISO 8601. Names of zones are left out:
# there are several of one name, and an offset that is read as its opposite costs marks.
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?) ?(UTC|Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        folder: of the assignment, where timestamp.txt lies.
        notebook: where the notebook lies, or should.
    """

    folder: Path
    notebook: Path


@dataclass
class HandedIn:
    """What a class handed in for one assignment.

    Attributes:
        of: student -> what is theirs.
        remarks: what was put right or passed over, in sentences.
    """

    of: dict[str, Submission] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def handed_in(course: Course, slug: str) -> HandedIn:
    """Look through grading/submitted."""
    root = course.root / "grading" / "submitted"
    result = HandedIn()
    known = {_alike(name) for name in course.slugs()}
    ids = defaultdict(list)
    for home in _entries(root):
        if not _is_text(home.name):
            result.remarks.append(
                f"The names of folders in {root} must be UTF-8; rename {home.name!a}."
            )
        elif home.is_dir():
            student = unicodedata.normalize("NFC", home.name)
            ids[_alike(student)].append(home.name)
            if (mine := _of_student(home, slug, known, result.remarks)) is None:
                continue
            if student in result.of:
                result.remarks.append(f"{student} has two folders, in two spellings: join them.")
            result.of.setdefault(student, mine)
        else:
            result.remarks.append(
                f"submitted/{home.name} is passed over: a notebook lies at "
                f"submitted/<student>/{slug}/{slug}.ipynb."
            )
    result.remarks += [
        f"{' and '.join(map(repr, names))} look alike: are they one student?"
        for names in ids.values()
        if len(names) > 1
    ]
    return result


def submitted_at(course: Course, submission: Submission) -> datetime.datetime | None:
    """Return when it was handed in, in UTC, from timestamp.txt; None without that file.

    Raises:
        CourseError: the file does not hold a time that can be read in one way only (`TIME`).
    """
    path = submission.folder / "timestamp.txt"
    if not path.exists():
        return None
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > LONGEST_TIMESTAMP:
            raise ValueError("not a small file")
        return moment(path.read_text("utf-8-sig"))
    except (OSError, ValueError, OverflowError):
        raise CourseError(
            f"{path.relative_to(course.root)} does not hold a time with its zone, such as "
            "2027-03-01 12:00:00 UTC or 2027-03-01T21:00:00+09:00, so nothing was taken off "
            "for lateness."
        ) from None


def moment(text: str) -> datetime.datetime:
    """Return the time that `text` holds, in UTC and without a zone, as nbgrader keeps times.

    Raises:
        ValueError: it is not of the grammar `TIME`.
    """
    if not (found := TIME.fullmatch(text.strip())):
        raise ValueError(f"{text!r} is not a time with its zone")
    day, clock, zone = found.groups()
    zone = "+00:00" if zone in ("UTC", "Z") else zone
    read = datetime.datetime.fromisoformat(f"{day}T{clock}{zone}")
    return read.astimezone(datetime.UTC).replace(tzinfo=None)


def _of_student(home: Path, slug: str, known: set[str], remarks: list[str]) -> Submission | None:
    """Return what a student handed in for one assignment; None when nothing.

    `known` are the names of all assignments, as `_alike` has them.
    """
    folder = home / slug
    if not os.path.lexists(folder):
        entries = _entries(home)
        folders = [entry for entry in entries if entry.is_dir()]
        named = [entry for entry in folders if _alike(entry.name) == _alike(slug)]
        loose = [path for path in entries if _is_called(path, slug)]
        remarks += [
            f"submitted/{home.name}/{entry.name} is passed over: no assignment has that name."
            for entry in folders
            if _alike(entry.name) not in known
        ]
        if len(named) == 1:
            folder = named[0]
            remarks.append(f"submitted/{home.name}/{folder.name} was taken for {slug}.")
        elif len(loose) == 1:
            remarks.append(f"submitted/{home.name}/{loose[0].name} was taken for {slug}.")
            return Submission(home, loose[0])
        elif not loose:
            return None
    notebook = folder / f"{slug}.ipynb"
    if not os.path.lexists(notebook) and folder.is_dir() and not folder.is_symlink():
        near = [path for path in _below(folder) if _is_called(path, slug)]
        if len(near) == 1:
            notebook = near[0]
            where = notebook.relative_to(home.parent)
            remarks.append(f"submitted/{where.as_posix()} was taken for {slug}.ipynb.")
    return Submission(folder, notebook)


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, without what programs leave there."""
    try:
        found = sorted(folder.iterdir(), key=lambda path: os.fsencode(path.name))
    except OSError:
        return []
    return [path for path in found if path.name not in LEFT_BY_PROGRAMS and path.name[:2] != "._"]


def _below(folder: Path) -> Iterator[Path]:
    """The files in a folder and a few folders below it; links are not followed."""
    count = 0
    for here, folders, files in os.walk(folder):
        depth = len(Path(here).relative_to(folder).parts)
        folders[:] = sorted(set(folders) - LEFT_BY_PROGRAMS) if depth < DEEPEST else []
        for name in sorted(files):
            count += 1
            if count > MOST:
                return
            yield Path(here) / name


def _is_called(path: Path, slug: str) -> bool:
    """Whether a file has the notebook's name, as far as programs change names."""
    if path.suffix.lower() != ".ipynb" or path.is_symlink() or not _is_text(path.name):
        return False
    stem, wanted = _alike(path.stem), _alike(slug)
    return stem.startswith(wanted) and COPY.fullmatch(stem.removeprefix(wanted)) is not None


def _alike(name: str) -> str:
    """Return what two names have in common that look the same."""
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", name)).casefold()


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False
