"""The classic mistakes of each exercise, each told as what it changes in the solution.

`wrong/<slug>.py` holds them by item; an item bears the name of the cell that a student writes in:

    WRONG = {
        "entropy": {
            "nats instead of bits": {                     # what the student believed
                "change": ("safe.log2()", "safe.log()"),  # in the solution's cell: old, new
                "says": "logarithm to base 2",            # words of the message they see
            },
        },
    }

One of three says what the cell holds:

    change: what stands there exactly once, and what stands there instead; or a list of such pairs
    define: functions and classes that take the place of the solution's of the same name
    cell:   the whole cell, where nothing of the solution's is left

The example that stands below an answer is left out: a student may delete it, too.

The item then gets `points`, 0 where none are named, and every other item all of its own. `says`
may be left out.

`RIGHT`, which may be left out, holds right answers in another style than the solution's, told in
the same way; each must get every point and no message.
"""

import ast
import runpy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "wrong"
END = "### END SOLUTION"
KINDS = ("change", "define", "cell")


class Unclear(Exception):
    """A mistake that does not say what the cell holds."""


@dataclass(frozen=True)
class Mistake:
    """One wrong answer.

    Attributes:
        name: what the student believed.
        item: the cell it stands in.
        source: what that cell holds.
        says: words of the message; "" for any.
        points: what the item gets.
    """

    name: str
    item: str
    source: str
    says: str = ""
    points: float = 0


def chapters() -> list[str]:
    """Return the exercises that have wrong submissions."""
    return sorted(path.stem for path in FOLDER.glob("*.py"))


def solution_of(slug: str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "solutions" / slug / f"{slug}.ipynb", as_version=4)


def maxima(slug: str) -> dict[str, float]:
    """Return what each item can give, from the solution: name -> points."""
    return {
        cell.metadata.nbgrader.grade_id.removeprefix("test-"): cell.metadata.nbgrader.points
        for cell in solution_of(slug).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


def answers_of(slug: str) -> dict[str, str]:
    """Return what the solution has in the cells that a student writes in: name -> text."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in solution_of(slug).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


@cache
def mistakes(slug: str) -> tuple[Mistake, ...]:
    """Return the mistakes of an exercise.

    Raises:
        Unclear: one of them cannot be made in the solution.
    """
    return _told(slug, "WRONG")


@cache
def other_styles(slug: str) -> tuple[Mistake, ...]:
    """Return right answers that are written differently, each with its item's points.

    Raises:
        Unclear: one of them cannot be made in the solution, or names points or words.
    """
    most = maxima(slug)
    found = _told(slug, "RIGHT")
    if unclear := [each.name for each in found if each.says or each.points]:
        raise Unclear(f"{slug}: a right answer has full points and no message: {unclear}")
    return tuple(replace(each, points=most[each.item]) for each in found)


def _told(slug: str, kind: str) -> tuple[Mistake, ...]:
    answers = answers_of(slug)
    told = runpy.run_path(str(FOLDER / f"{slug}.py")).get(kind, {})
    if unknown := set(told) - set(answers):
        raise Unclear(f"{slug}: no cell is called {sorted(unknown)}; there are {list(answers)}")
    return tuple(
        read(name, item, each, answers[item])
        for item, named in told.items()
        for name, each in named.items()
    )


def read(name: str, item: str, told: dict, answer: str) -> Mistake:
    """Make one mistake in the solution's `answer`.

    Raises:
        Unclear: it cannot be made there.
    """
    kinds = [kind for kind in KINDS if kind in told]
    if len(kinds) != 1 or set(told) - {*kinds, "says", "points"}:
        raise Unclear(f"{name!r} needs one of {KINDS}, perhaps says and points; not {list(told)}")
    try:
        make = {"change": changed, "define": redefined, "cell": whole}[kinds[0]]
        source = make(without_example(answer), told[kinds[0]])
    except Unclear as error:
        raise Unclear(f"{item}, {name!r}: {error}") from None
    return Mistake(name, item, source, told.get("says", ""), told.get("points", 0))


def without_example(answer: str) -> str:
    """Return a cell until the end of what a student writes."""
    before, marker, _ = answer.rpartition(END)
    return before + marker or answer


def changed(answer: str, pairs: tuple[str, str] | list[tuple[str, str]]) -> str:
    """Replace the old text of each pair by the new one."""
    places = []
    for old, new in pairs if isinstance(pairs, list) else [pairs]:
        if (count := answer.count(old)) != 1:
            raise Unclear(f"{old!r} must stand in the solution's cell once, not {count} times")
        places.append((answer.index(old), old, new))
    last = len(answer)
    for start, old, new in sorted(places, reverse=True):
        if start + len(old) > last:
            raise Unclear(f"{old!r} overlaps with what another pair replaces")
        answer, last = answer[:start] + new + answer[start + len(old) :], start
    return answer


def redefined(answer: str, source: str) -> str:
    """Replace functions and classes of the cell by those of the same name in `source`."""
    found = _definitions(answer)
    pairs = []
    for name, text in _definitions(source).items():
        if name not in found:
            raise Unclear(f"the solution's cell does not define {name}; it defines {list(found)}")
        pairs.append((found[name], text))
    if len(pairs) != len(ast.parse(source).body):
        raise Unclear("`define` holds functions and classes only, each once")
    return changed(answer, pairs)


def whole(_answer: str, source: str) -> str:
    return source.strip()


def _definitions(source: str) -> dict[str, str]:
    """Return the text of each function and class at the top of a cell, decorators and all."""
    lines, found = source.splitlines(), {}
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found
