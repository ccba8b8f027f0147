"""After fixing a test: grade one item again for everybody, and say whose marks change and why.

    python -m grading.regrade <slug> --item NAME [--dry-run] [--workers N] [--no-sandbox]

Whole notebooks run again, since an item may lean on what comes before it; the points of the other
items, and all marks that a person gave, stay.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from grading.course import Course, CourseError
from grading.diff import changes
from grading.grade import Grading, Options, add_where, where
from grading.marks import write_csv
from grading.sandbox import bubblewrap


def main(argv: list[str] | None = None) -> int:
    """Regrade, print the changes, write them down."""
    parser = argparse.ArgumentParser(prog="grading.regrade", description=__doc__.splitlines()[0])
    parser.add_argument("slug")
    parser.add_argument("--item", action="append", required=True, help="repeatable")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, only say")
    add_where(parser)
    given = parser.parse_args(argv)
    options = Options(
        force=True,
        items=tuple(name if name.startswith("test-") else f"test-{name}" for name in given.item),
        dry=given.dry_run,
        **where(given),
    )
    try:
        return regrade(Grading(Course(Path.cwd()), given.slug, options))
    except (CourseError, bubblewrap.SandboxMissing) as error:
        print(error, file=sys.stderr)
        return 1


def regrade(grading: Grading) -> int:
    """Run it and report.

    Raises:
        CourseError: there is no such item.
    """
    known = [cell.name for cell in grading.assignment.tests]
    if unknown := set(grading.options.items) - set(known):
        raise CourseError(
            f"{grading.slug} has no item {', '.join(sorted(unknown))}. It has: {', '.join(known)}."
        )
    before = grading.latest
    status = grading.run()
    after = {name: entry for name, entry in grading.written.items()}
    found = changes({name: before[name] for name in after if name in before}, after)
    print("\n".join(map(str, found)) or "No mark changes.")
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path = grading.course.root / "grading" / "reports" / f"{grading.slug}-regrade-{stamp}.csv"
    head = ["student", "item", "before", "after", "why"]
    write_csv(path, [head, *([c.student, c.item, c.before, c.after, c.why] for c in found)])
    done = "would change" if grading.options.dry else "changed"
    print(f"{len(found)} marks {done}: {path.relative_to(grading.course.root)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
