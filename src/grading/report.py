"""One page about a class: how it did, which items separate, what went wrong most often.

python -m grading.report <slug>
"""

from __future__ import annotations

import io
import statistics
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grading.command import command, parser_of
from grading.course import Course
from grading.errors import CourseError
from grading.files import write_whole
from grading.marks import Mark, marks
from grading.pages import fill
from grading.verdict import item_name

COMMONEST = 3  # messages of each item that are shown


@dataclass(frozen=True)
class ItemStatistics:
    """How a class did on one item.

    Attributes:
        name: of the item.
        maximum: what it can give.
        mean: of the points.
        difficulty: the mean share of the points that was lost.
        discrimination: correlation with the sum of the other items; None where it has none.
    """

    name: str
    maximum: float
    mean: float
    difficulty: float
    discrimination: float | None


@command()
def main(argv: list[str] | None = None) -> int:
    """Write the page, say where it is."""
    parser = parser_of("report", __doc__)
    parser.add_argument("slug")
    given = parser.parse_args(argv)
    course = Course(Path.cwd())
    path = course.root / "grading" / "reports" / f"{given.slug}.html"
    write_whole(path, render(course, given.slug))
    print(f"The class in one page: {path.relative_to(course.root)}")
    return 0


def render(course: Course, slug: str) -> str:
    """Return the page.

    Raises:
        CourseError: nobody has marks yet.
    """
    everyone = marks(course, slug)
    scored = [mark for mark in everyone if mark.score is not None]
    if not scored:
        raise CourseError(f"Nobody has marks in {slug} yet: type `python course.py grade {slug}`.")
    items = statistics_of(scored)
    counts = Counter(mark.status for mark in everyone)
    totals = [mark.score for mark in scored]
    summary = (
        f"{len(everyone)} students: "
        + ", ".join(f"{n} {status}" for status, n in counts.most_common())
        + f". Median {statistics.median(totals):g}, mean {statistics.fmean(totals):.2f}."
    )
    return fill(
        "report.html",
        slug=slug,
        summary=summary,
        distribution=_distribution(totals, sum(scored[0].maximum.values())),
        items=items,
        scatter=_scatter(items),
        wrong=commonest(mark.entry for mark in everyone if mark.entry),
    )


def statistics_of(scored: list[Mark]) -> list[ItemStatistics]:
    """Return the statistics of every item that has marks."""
    items = (_statistics(cell, maximum, scored) for cell, maximum in scored[0].maximum.items())
    return [item for item in items if item]


def commonest(entries: Iterable[dict]) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return for every item the messages that most students got."""
    counters: dict[str, Counter] = {}
    for entry in entries:
        for cell, message in entry["messages"].items():
            counters.setdefault(item_name(cell), Counter())[message] += 1
    return [(item, counter.most_common(COMMONEST)) for item, counter in sorted(counters.items())]


def _statistics(cell: str, maximum: float, scored: list[Mark]) -> ItemStatistics | None:
    """Return the statistics of one item, or None where nobody has marks in it."""
    pairs = [
        (mark.items[cell], sum(v for k, v in mark.items.items() if k != cell and v is not None))
        for mark in scored
        if mark.items.get(cell) is not None
    ]
    if not pairs:
        return None
    points, others = zip(*pairs, strict=True)
    mean = statistics.fmean(points)
    varied = len(set(points)) > 1 and len(set(others)) > 1
    return ItemStatistics(
        item_name(cell),
        maximum,
        mean,
        1 - mean / maximum if maximum else 0.0,
        statistics.correlation(points, others) if varied else None,
    )


def _distribution(totals: list[float], maximum: float) -> str:
    figure, ax = _figure()
    ax.hist(totals, bins=[i * maximum / 10 for i in range(11)], color="#0072b2", rwidth=0.9)
    ax.set(title="Distribution", xlabel="points", ylabel="students", xlim=(0, maximum))
    return _svg(figure, "Histogram of the points of the class")


def _scatter(items: list[ItemStatistics]) -> str:
    figure, ax = _figure()
    for item in items:
        if item.discrimination is not None:
            ax.plot(item.difficulty, item.discrimination, "o", color="#d55e00")
            ax.annotate(item.name, (item.difficulty, item.discrimination), fontsize=8)
    ax.axhline(0, color="#888888", linewidth=1)
    ax.set(title="Items", xlabel="difficulty (share lost)", ylabel="discrimination", xlim=(0, 1))
    return _svg(figure, "Discrimination of each item against its difficulty")


def _figure():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3), layout="constrained")
    return figure, figure.subplots()


def _svg(figure, title: str) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Title": title, "Date": None})
    svg = buffer.getvalue()
    return svg[svg.index("<svg") :].replace("<svg", f'<svg role="img" aria-label="{title}"', 1)


if __name__ == "__main__":
    sys.exit(main())
