"""A student's feedback: one small HTML page, readable on a phone, with nothing hidden in it.

It shows each item's points, what its tests said, and what the student wrote. It shows no test and
no output: a notebook could print a hidden test, and what was printed is no news to its author.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from jinja2 import Environment
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from grading.assignment import Assignment, Cell, sources
from grading.course import Course
from grading.feedback import repeats, secrets_of
from grading.files import write_whole
from grading.worker import GRADED, TAMPERED, UNGRADABLE, Verdict

LONGEST = 600  # characters of a message; a test's own are shorter
STYLE = """
:root { color-scheme: light dark; --line: #8886; --good: #1b7f3b; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --good: #7bd88f; --bad: #ffb4ab; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 0; }
section { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; margin: 1rem 0; }
.points { float: right; font-variant-numeric: tabular-nums; }
.full { color: var(--good); } .lost { color: var(--bad); }
pre { overflow-x: auto; background: #8881; padding: .6rem; border-radius: .3rem;
  font-size: .85rem; }
summary { cursor: pointer; } .message { white-space: pre-wrap; overflow-wrap: anywhere; }
"""
PAGE = Environment(autoescape=True).from_string(
    """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ slug }}: feedback</title>
<style>{{ style|safe }}</style>
</head>
<body>
<main>
<h1>{{ slug }}</h1>
{% if total %}<p><strong>{{ total }}</strong></p>{% endif %}
{% if sentence %}<p>{{ sentence }}</p>{% endif %}
{% if repairs %}<details><summary>What was put right before grading</summary>
<ul>{% for each in repairs %}<li>{{ each }}</li>{% endfor %}</ul></details>{% endif %}
{% for item in items %}
<section>
<h2>{{ item.name }} <span class="points {{ item.look }}">{{ item.points }}</span></h2>
{% if item.message %}<p class="message">{{ item.message }}</p>{% endif %}
{% if item.comment %}<p class="message">{{ item.comment }}</p>{% endif %}
{% if item.answer %}<details><summary>What you wrote</summary>
{{ item.answer|safe }}</details>{% endif %}
</section>
{% endfor %}
</main>
</body>
</html>
"""
)


def write_feedback(
    course: Course,
    assignment: Assignment,
    student: str,
    verdict: Verdict,
    marks: dict[str, tuple[float, str]] | None = None,
) -> Path:
    """Write the page, whole or not at all, and return its path; see `render`."""
    folder = course.folder("feedback", student, assignment.slug)
    return write_whole(folder / f"{assignment.slug}.html", render(assignment, verdict, marks or {}))


def render(assignment: Assignment, verdict: Verdict, marks: dict[str, tuple[float, str]]) -> str:
    """Return the page.

    Args:
        assignment: what was asked.
        verdict: what the tests found.
        marks: what a person gave: item -> (points, comment).
    """
    answers = _answers(assignment, verdict)
    tests = assignment.tests
    secrets = secrets_of([each.source for each in tests], [each.shown for each in tests])
    graded = (
        []
        if verdict.status == UNGRADABLE
        else [c for c in assignment.cells if c.points is not None]
    )
    items = [_item(cell, secrets, verdict, answers, marks) for cell in graded]
    return PAGE.render(
        slug=assignment.slug,
        style=STYLE + HtmlFormatter(nobackground=True).get_style_defs("pre"),
        total=_total(items),
        sentence="" if verdict.status == GRADED else verdict.sentence,
        repairs=verdict.repairs,
        items=items,
    )


def _item(cell: Cell, secrets: set[str], verdict: Verdict, answers: dict, marks: dict) -> dict:
    """Return one section."""
    name = cell.name.removeprefix("test-")
    points, comment, message = None, "", ""
    if cell.name in marks:
        points, comment = marks[cell.name]
    elif cell.name in verdict.items and verdict.status != TAMPERED:
        points, message = (verdict.items[cell.name][key] for key in ("points", "message"))
    if repeats(message, secrets):
        message = "[This message is not shown: it repeats a hidden test.]"
    shown = f"{points:g} of {cell.points:g}" if points is not None else f"open, of {cell.points:g}"
    look = "" if points is None else "full" if points == cell.points else "lost"
    return {
        "name": name,
        "points": shown,
        "value": points,
        "maximum": cell.points,
        "look": look,
        "message": message if len(message) <= LONGEST else message[:LONGEST] + " ...",
        "comment": comment,
        "answer": answers.get(name, ""),
    }


def _total(items: list[dict]) -> str:
    """Say how many points there are so far."""
    if not items:
        return ""
    known = [item for item in items if item["value"] is not None]
    points = sum(item["value"] for item in known)
    maximum = sum(item["maximum"] for item in known)
    open_ = sum(item["maximum"] for item in items) - maximum
    more = f", and {open_:g} that a person marks" if open_ else ""
    return f"{points:g} of {maximum:g} points{more}."


def _answers(assignment: Assignment, verdict: Verdict) -> dict[str, str]:
    """Return what the student wrote, as HTML: name -> highlighted text."""
    if not verdict.notebook:
        return {}
    written = sources(nbformat.reads(verdict.notebook, as_version=4))
    return {
        cell.name: highlight(written[cell.name], PythonLexer(), HtmlFormatter(nobackground=True))
        for cell in assignment.cells
        if cell.answer and written.get(cell.name, "").strip()
    }
