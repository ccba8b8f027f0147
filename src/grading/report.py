"""One page about a class: how it did, which items separate, what went wrong most often.

python -m grading.report <slug>
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
from collections import Counter
from pathlib import Path

from jinja2 import Environment

from grading.course import Course, CourseError
from grading.feedback_page import STYLE
from grading.files import write_whole
from grading.ledger import Ledger
from grading.marks import Mark, marks

COMMONEST = 3
PAGE = Environment(autoescape=True).from_string(
    """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ slug }}: class report</title>
<style>{{ style|safe }} table { border-collapse: collapse; } td, th { padding: .2rem .6rem;
text-align: left; border-bottom: 1px solid var(--line); } svg { max-width: 100%; height: auto;
background: #fff; }</style></head>
<body><main>
<h1>{{ slug }}</h1>
<p>{{ summary }}</p>
<figure>{{ distribution|safe }}</figure>
<h2>Items</h2>
<p>Difficulty is the mean share of the points that was lost. Discrimination is the correlation of an
item with the sum of the others: near zero or below, those who know the rest do no better on it.</p>
<table><thead><tr><th>Item</th><th>Points</th><th>Mean</th><th>Difficulty</th>
<th>Discrimination</th></tr></thead><tbody>
{% for item in items %}<tr><td>{{ item.name }}</td><td>{{ item.maximum }}</td>
<td>{{ item.mean }}</td>
<td>{{ item.difficulty }}</td><td>{{ item.discrimination }}</td></tr>{% endfor %}
</tbody></table>
<figure>{{ scatter|safe }}</figure>
<h2>The commonest ways to be wrong</h2>
{% for name, found in wrong %}<h3>{{ name }}</h3><ul>
{% for text, count in found %}<li>{{ count }} times: {{ text }}</li>{% endfor %}</ul>{% endfor %}
</main></body></html>
"""
)


def main(argv: list[str] | None = None) -> int:
    """Write the page, say where it is."""
    parser = argparse.ArgumentParser(prog="grading.report", description=__doc__.splitlines()[0])
    parser.add_argument("slug")
    given = parser.parse_args(argv)
    try:
        course = Course(Path.cwd())
        path = course.root / "grading" / "reports" / f"{given.slug}.html"
        page = render(course, given.slug)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    write_whole(path, page)
    print(f"The class in one page: {path.relative_to(course.root)}")
    return 0


def render(course: Course, slug: str) -> str:
    """Return the page.

    Raises:
        CourseError: nobody has marks yet.
    """
    found = marks(course, slug)
    scored = [mark for mark in found if mark.score is not None]
    if not scored:
        raise CourseError(f"Nobody has marks in {slug} yet: type `python course.py grade {slug}`.")
    items = statistics_of(scored)
    last = Ledger.of(course).last(slug=slug, event="graded")
    counts = Counter(mark.status for mark in found)
    totals = [mark.score for mark in scored]
    summary = (
        f"{len(found)} students: "
        + ", ".join(f"{n} {status}" for status, n in counts.most_common())
        + f". Median {statistics.median(totals):g}, mean {statistics.fmean(totals):.2f}."
    )
    return PAGE.render(
        slug=slug,
        style=STYLE,
        summary=summary,
        distribution=_distribution(totals, sum(scored[0].maximum.values())),
        items=[_shown(item) for item in items],
        scatter=_scatter(items),
        wrong=commonest(last.values()),
    )


def statistics_of(scored: list[Mark]) -> list[dict]:
    """Return mean, difficulty and discrimination of every item that has marks."""
    result = []
    for name, maximum in scored[0].maximum.items():
        pairs = [
            (mark.items[name], sum(v for k, v in mark.items.items() if k != name and v is not None))
            for mark in scored
            if mark.items.get(name) is not None
        ]
        if not pairs:
            continue
        points, rest = zip(*pairs, strict=True)
        mean = statistics.fmean(points)
        varied = len(set(points)) > 1 and len(set(rest)) > 1
        result.append(
            {
                "name": name.removeprefix("test-"),
                "maximum": maximum,
                "mean": mean,
                "difficulty": 1 - mean / maximum if maximum else 0.0,
                "discrimination": statistics.correlation(points, rest) if varied else None,
            }
        )
    return result


def commonest(entries) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return for every item the messages that most students got."""
    found: dict[str, Counter] = {}
    for entry in entries:
        for item, message in entry["messages"].items():
            found.setdefault(item.removeprefix("test-"), Counter())[message] += 1
    return [(item, counter.most_common(COMMONEST)) for item, counter in sorted(found.items())]


def _shown(item: dict) -> dict:
    correlation = item["discrimination"]
    return {
        "name": item["name"],
        "maximum": f"{item['maximum']:g}",
        "mean": f"{item['mean']:.2f}",
        "difficulty": f"{item['difficulty']:.0%}",
        "discrimination": "-" if correlation is None else f"{correlation:.2f}",
    }


def _distribution(totals: list[float], maximum: float) -> str:
    figure, ax = _figure()
    ax.hist(totals, bins=[i * maximum / 10 for i in range(11)], color="#0072b2", rwidth=0.9)
    ax.set(title="Distribution", xlabel="points", ylabel="students", xlim=(0, maximum))
    return _svg(figure, "Histogram of the points of the class")


def _scatter(items: list[dict]) -> str:
    figure, ax = _figure()
    for item in items:
        if item["discrimination"] is not None:
            ax.plot(item["difficulty"], item["discrimination"], "o", color="#d55e00")
            ax.annotate(item["name"], (item["difficulty"], item["discrimination"]), fontsize=8)
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
