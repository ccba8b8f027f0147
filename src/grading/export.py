"""Marks for the learning management system: plain, Canvas, Moodle.

    python -m grading.export <slug> [--format plain|canvas|moodle] [--to FILE]

Students' pages are brought up to date, too, where a person has marked since.

Who has no marks (nothing handed in, ungradable, tampered and not looked at yet) has an empty field
in the plain file, never a zero, and no row in the others: their importers do not leave a mark alone
because a field is empty. Canvas takes it away, Moodle makes it "no grade".
"""

from __future__ import annotations

import sys
from pathlib import Path

from grading.command import command, parser_of
from grading.course import Course
from grading.feedback_page import write_pages
from grading.marks import MISSING, NOT_GRADED, Mark, marks, say_problems, write_csv
from grading.verdict import Status

NO_MARKS = (MISSING, NOT_GRADED, Status.UNGRADABLE)


@command()
def main(argv: list[str] | None = None) -> int:
    """Write the file, say where it is."""
    parser = parser_of("export", __doc__)
    parser.add_argument("slug", help="the assignment, for example initialization")
    parser.add_argument("--format", choices=sorted(FORMATS), default="plain")
    parser.add_argument("--to", type=Path, help="default: grading/exports/<slug>-<format>.csv")
    given = parser.parse_args(argv)
    course = Course(Path.cwd())
    path = given.to or course.root / "grading" / "exports" / f"{given.slug}-{given.format}.csv"
    everyone = marks(course, given.slug)
    table = FORMATS[given.format](given.slug, everyone)
    write_csv(path, table, exact=given.format != "plain")
    say_problems(everyone)
    write_pages(course, course.assignment(given.slug), everyone)
    waiting = [mark.student for mark in everyone if mark.waiting]
    if waiting:
        print(
            f"Students with items that nobody has marked yet: {len(waiting)}. Their sums may grow."
        )
    without = [mark.student for mark in everyone if not _score(mark)]
    if without and given.format != "plain":
        print(f"Without a mark, so not in the file: {', '.join(without)}.")
    print(f"Students: {len(everyone)}. Written: {path}")
    return 0


def plain(slug: str, everyone: list[Mark]) -> list[list]:
    """Everything there is, one column per item."""
    items = list(dict.fromkeys(item for mark in everyone for item in mark.items))
    head = ["student_id", "name", "status", "score", "max_score", "penalty", "waiting", *items]
    rows = [
        [
            mark.student,
            mark.name,
            mark.status,
            _score(mark),
            _number(sum(mark.maximum.values())) if mark.maximum else "",
            _number(mark.penalty),
            " ".join(mark.waiting),
            *(_number(mark.items.get(item)) for item in items),
        ]
        for mark in everyone
    ]
    return [head, *rows]


def canvas(slug: str, everyone: list[Mark]) -> list[list]:
    """Canvas's gradebook import: identified by SIS ids or its own, from the roster."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", slug]
    possible = ["    Points Possible", "", "", "", "", _number(_maximum(everyone))]
    rows = [
        [
            mark.name,
            mark.person.get("canvas_id", ""),
            mark.person.get("sis_user_id", ""),
            mark.person.get("sis_login_id", mark.student),
            mark.person.get("section", ""),
            _score(mark),
        ]
        for mark in everyone
        if _score(mark)
    ]
    return [head, possible, *rows]


def moodle(slug: str, everyone: list[Mark]) -> list[list]:
    """Moodle's grade import: identified by user name, number or e-mail address."""
    head = ["Username", "ID number", "Email address", "Last name", "First name", slug, "Feedback"]
    rows = [
        [
            mark.person.get("username", mark.student),
            mark.person.get("id_number", ""),
            mark.person.get("email", ""),
            mark.person.get("last_name", ""),
            mark.person.get("first_name", ""),
            _score(mark),
            "" if mark.status == Status.GRADED else mark.status,
        ]
        for mark in everyone
        if _score(mark)
    ]
    return [head, *rows]


FORMATS = {"plain": plain, "canvas": canvas, "moodle": moodle}


def _score(mark: Mark) -> str:
    """Return the sum, or nothing where there are no marks to be had."""
    held = mark.status == Status.TAMPERED and mark.waiting
    return "" if mark.score is None or mark.status in NO_MARKS or held else _number(mark.score)


def _maximum(everyone: list[Mark]) -> float | None:
    return next((sum(mark.maximum.values()) for mark in everyone if mark.maximum), None)


def _number(value: float | None) -> str:
    return "" if value is None else f"{round(value, 4):g}"


if __name__ == "__main__":
    sys.exit(main())
