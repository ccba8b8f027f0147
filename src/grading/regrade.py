"""After fixing a test: grade one item again for everybody, and say whose marks change and why.

    python -m grading.regrade <slug> --item NAME [--dry-run] [--workers N] [--no-sandbox]

Whole notebooks run again, since an item may lean on what comes before it; the points of the other
items, and all marks that a person gave, stay.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from grading.command import command, parser_of
from grading.course import Course
from grading.diff import changes
from grading.grade import AGAIN, Grading, Options, add_where, where
from grading.marks import write_csv
from grading.verdict import TEST, item_name


@command(again=AGAIN)
def main(argv: list[str] | None = None) -> int:
    """Regrade, print the changes, write them down."""
    parser = parser_of("regrade", __doc__)
    parser.add_argument("slug")
    parser.add_argument("--item", action="append", required=True, help="repeatable")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, only say")
    add_where(parser)
    given = parser.parse_args(argv)
    options = Options(
        force=True,
        items=tuple(f"{TEST}{item_name(name)}" for name in given.item),
        dry=given.dry_run,
        **where(given),
    )
    return regrade(Grading(Course(Path.cwd()), given.slug, options))


def regrade(grading: Grading) -> int:
    """Run it and report.

    Raises:
        CourseError: there is no such item, or it cannot be graded.
    """
    status = grading.run()
    after = grading.written
    before = {student: grading.latest[student] for student in after if student in grading.latest}
    different = changes(before, after)
    print("\n".join(map(str, different)) or "No mark changes.")
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path = grading.course.root / "grading" / "reports" / f"{grading.slug}-regrade-{stamp}.csv"
    head = ["student", "item", "before", "after", "why"]
    write_csv(path, [head, *([getattr(change, name) for name in head] for change in different)])
    done = "would change" if grading.options.dry else "have changed"
    print(f"Marks that {done}: {len(different)}. List: {path.relative_to(grading.course.root)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
