"""Where grading stands.

python -m grading.status [<slug>]
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from grading.command import command, parser_of
from grading.course import Course
from grading.marks import marks
from grading.submitted import handed_in
from grading.verdict import Status


@command()
def main(argv: list[str] | None = None) -> int:
    """Print a few lines for each assignment that anybody has handed in."""
    parser = parser_of("status", __doc__)
    parser.add_argument("slug", nargs="?", help="default: every assignment with submissions")
    given = parser.parse_args(argv)
    course = Course(Path.cwd())
    there = {slug: handed_in(course, slug) for slug in course.slugs()}
    slugs = [given.slug] if given.slug else [slug for slug in there if there[slug].of]
    for slug in slugs:
        print(describe(course, slug))
    remarks = dict.fromkeys(remark for slug in slugs or there for remark in there[slug].remarks)
    print(*remarks, sep="\n", end="\n" if remarks else "", file=sys.stderr)
    if not slugs:
        print("Nothing has been handed in yet: grading/submitted/<student>/<assignment>/.")
    return 0


def describe(course: Course, slug: str) -> str:
    """Return how many there are of each status, and what waits for a person."""
    everyone = marks(course, slug)
    counts = Counter(mark.status for mark in everyone)
    lines = [f"{slug}: " + ", ".join(f"{n} {status}" for status, n in counts.most_common())]
    waiting = Counter(item for mark in everyone for item in mark.waiting)
    lines += [f"  waiting for a person, {item}: {n}" for item, n in waiting.most_common()]
    flagged = [mark.student for mark in everyone if mark.status == Status.TAMPERED]
    if flagged:
        lines.append(f"  to be looked at: {', '.join(flagged)}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
