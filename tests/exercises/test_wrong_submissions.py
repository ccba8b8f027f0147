"""Each grader gives the solution everything, the stub nothing, and a classic mistake its price.

All mistakes of `wrong/<slug>.py`, in the format of mistakes.py, go the whole way: released, handed
in, autograded, given feedback and exported, by `make grade`. Those of `initialization` go it
through nbgrader's own commands, too, with the same marks. To add a chapter, add such a file.

A mistake must cost exactly its points: mistakes in different cells are shared out among a few
students, whose other cells hold the solution's answers, and every other item must get full points.
"""

import html
import re

import pytest
from grading_batch import SOLUTION, STUB, graded, students
from mistakes import chapters, mistakes, solution_of

pytestmark = pytest.mark.slow

CLASSES = [*((slug, "make grade") for slug in chapters()), ("initialization", "nbgrader")]
CASES = [
    pytest.param(slug, grader, wrong, id=f"{slug}, {grader}: {wrong.name}")
    for slug, grader in CLASSES
    for wrong in mistakes(slug)
]


def maxima(slug: str) -> dict[str, float]:
    """Return what each item can give, from the solution: name -> points."""
    return {
        cell.metadata.nbgrader.grade_id.removeprefix("test-"): cell.metadata.nbgrader.points
        for cell in solution_of(slug).cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }


def by_hand(slug: str) -> set[str]:
    """Return the items that a person marks: they wait at 0 points."""
    return {item.name for item in graded(slug, "make grade")[SOLUTION].items if item.manual}


@pytest.mark.parametrize(("slug", "grader"), CLASSES)
def test_solution_gets_every_point(slug, grader):
    result = graded(slug, grader)[SOLUTION]
    waiting = by_hand(slug)
    assert result.points == {n: 0 if n in waiting else p for n, p in maxima(slug).items()}
    assert all(item.answer for item in result.items if item.manual)
    assert not any(item.message for item in result.items)


@pytest.mark.parametrize(("slug", "grader"), CLASSES)
def test_stub_gets_no_point(slug, grader):
    result = graded(slug, grader)[STUB]
    assert result.points == dict.fromkeys(maxima(slug), 0)
    assert not any(item.answer for item in result.items), "the stub counts as an answer"
    assert all("Your code goes here" in i.message for i in result.items if not i.manual)


@pytest.mark.parametrize(("slug", "grader", "wrong"), CASES)
def test_mistake_costs_its_points(slug, grader, wrong):
    result = graded(slug, grader)[wrong.name]
    waiting = by_hand(slug)
    want = {n: 0 if n in waiting else p for n, p in maxima(slug).items()}
    group = next(group for group in students(slug) if wrong in group)
    want |= {each.item: each.points for each in group}
    assert result.points == want, f"together: {[each.name for each in group]}"


@pytest.mark.parametrize(("slug", "grader", "wrong"), CASES)
def test_mistake_is_named(slug, grader, wrong):
    for item in graded(slug, grader)[wrong.name].items:
        if item.name == wrong.item and not item.manual:
            assert len(item.message.split()) >= 5, f"{item.name} says only {item.message!r}"
            assert wrong.says in item.message


@pytest.mark.parametrize("slug", chapters())
def test_gradebook_says_what_the_verdict_says_which_check_prints(slug):
    """`check` prints the verdict's items (tests/grading/test_one_grader.py): so they are equal."""
    for name, result in graded(slug, "make grade").items():
        tested = {i.cell: (i.points, i.message) for i in result.items if not i.manual}
        assert tested == result.verdict, name


@pytest.mark.parametrize("slug", chapters())
def test_enough_mistakes_and_every_item_is_tried(slug):
    wrong = mistakes(slug)
    assert len(wrong) >= 8
    assert len({each.name for each in wrong}) == len(wrong)
    assert {each.item for each in wrong} == set(maxima(slug))


@pytest.mark.parametrize(("slug", "grader"), CLASSES)
def test_marks_are_exported(slug, grader):
    for name, result in graded(slug, grader).items():
        assert result.exported == sum(result.points.values()), name


@pytest.mark.parametrize(("slug", "grader"), CLASSES)
def test_feedback_shows_no_hidden_test(slug, grader):
    hidden, visible = test_lines(slug)
    for name, result in graded(slug, grader).items():
        page = text_of(result.feedback)
        # The comparison works: what is to be seen is found.
        seen = visible if grader == "nbgrader" else {squeeze(item.name) for item in result.items}
        assert all(line in page for line in seen), name
        assert not [line for line in hidden if line in page], name


def test_lines(slug: str) -> tuple[set[str], set[str]]:
    """Return the hidden and the visible lines of all test cells, without spaces.

    A hidden line that stands in the open elsewhere in the notebook is no secret.
    """
    hidden, visible, everywhere = set(), set(), ""
    for cell in solution_of(slug).cells:
        inside = False
        for line in cell.source.splitlines():
            if "HIDDEN TESTS" in line:
                inside = "BEGIN" in line
            elif inside:
                hidden.add(squeeze(line))
            else:
                everywhere += squeeze(line) + "\n"
                if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("test-"):
                    visible.add(squeeze(line))
    assert hidden, f"{slug} has no hidden test"
    return {line for line in hidden if line not in everywhere}, visible


test_lines.__test__ = False


def text_of(page: str) -> str:
    """Return the text of an HTML page, without spaces."""
    return squeeze(html.unescape(re.sub(r"<[^>]*>", "", page)))


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)
