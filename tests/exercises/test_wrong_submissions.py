"""The graders give the solution everything, the stub nothing, and a classic mistake its price.

The mistakes are in `wrong/<slug>.py`, in the format that mistakes.py explains; to add a chapter,
add such a file. A mistake must cost exactly its points, and say why.

Every mistake is graded by the grader's own loop in a fork of one run of the solution's notebook,
together with the items that can notice it (branches.py). Of every exercise the stub and one
student with mistakes in every other item go the whole way, released, handed in, graded in the
sandbox, given feedback and exported by `make grade`, and must get there what the forks say; before
them `make grade` itself grades the solution. Of `attention` the solution and all mistakes do so.
"""

import html
import re
from functools import cache

import pytest
from branches import Outcome, branches
from grading_batch import SOLUTION, STUB, WHOLE, graded, is_tested, students
from mistakes import ROOT, Mistake, chapters, maxima, mistakes, other_styles, solution_of

pytestmark = pytest.mark.slow

FORKED = [
    pytest.param(slug, mistake, id=f"{slug}: {mistake.name}")
    for slug in chapters()
    for mistake in mistakes(slug)
    if is_tested(slug, mistake.item)
]
STYLES = [
    pytest.param(slug, style, id=f"{slug}: {style.name}")
    for slug in chapters()
    for style in other_styles(slug)
]
GROUPS = [
    pytest.param(slug, group, id=f"{slug}: {i}")
    for slug in chapters()
    for i, group in enumerate(students(slug))
]


def without_help(slug: str) -> dict[str, float]:
    """Return what a right notebook gets before a person marks it: the other items wait at 0."""
    return {n: p if is_tested(slug, n) else 0 for n, p in maxima(slug).items()}


@cache
def forked(slug: str) -> dict[str, Outcome]:
    """Grade an exercise's mistakes and other styles in forks; under "", what the solution got."""
    told = [*mistakes(slug), *other_styles(slug)]
    return branches().run(ROOT, slug, [each for each in told if is_tested(slug, each.item)])


def wrong_about(mistake: Mistake, outcome: Outcome, right: dict[str, float]) -> str:
    """Say what is not as it should be when `mistake` is graded; "" when all is."""
    message = outcome.messages.get(mistake.item, "")
    want = {item: right[item] for item in outcome.points} | {mistake.item: mistake.points}
    if outcome.trouble:
        return f"trouble: {outcome.trouble}"
    if outcome.points != want:
        return f"it gets {outcome.points}, not {want}"
    if len(message.split()) < 5:
        return f"the message says only {message!r}"
    if mistake.says not in message:
        return f"{mistake.says!r} is not in the message {message!r}"
    return ""


@pytest.mark.parametrize("slug", chapters())
def test_solution_gets_every_point_where_it_is_forked(slug):
    solution = forked(slug)[""]
    assert solution.points == {n: p for n, p in maxima(slug).items() if is_tested(slug, n)}
    assert not solution.messages
    assert not solution.trouble


@pytest.mark.parametrize(("slug", "mistake"), FORKED)
def test_mistake_costs_its_points_and_is_named(slug, mistake):
    assert not wrong_about(mistake, forked(slug)[mistake.name], maxima(slug))


@pytest.mark.parametrize(("slug", "style"), STYLES)
def test_right_answer_in_another_style_gets_every_point(slug, style):
    outcome = forked(slug)[style.name]
    assert not outcome.messages
    assert outcome.points[style.item] == style.points
    assert outcome.points == {item: maxima(slug)[item] for item in outcome.points}
    assert not outcome.trouble


def of_people(slug: str) -> set[str]:
    """The items that a person marks."""
    return {item for item in maxima(slug) if not is_tested(slug, item)}


@pytest.mark.parametrize("slug", WHOLE)
def test_solution_gets_every_point(slug):
    result = graded(slug)[SOLUTION]
    assert result.points == without_help(slug)
    assert result.waiting == of_people(slug)
    assert not result.messages


@pytest.mark.parametrize("slug", chapters())
def test_stub_gets_no_point(slug):
    result = graded(slug)[STUB]
    assert result.points == dict.fromkeys(maxima(slug), 0)
    assert not result.waiting, "the stub counts as an answer"
    assert set(result.messages) == set(maxima(slug)) - of_people(slug)
    assert all("Your code goes here" in message for message in result.messages.values())


@pytest.mark.parametrize(("slug", "group"), GROUPS)
def test_whole_notebook_gets_what_the_forks_say(slug, group):
    result = graded(slug)[group[0].name]
    says = {each.item: each for each in group if is_tested(slug, each.item)}
    assert result.points == without_help(slug) | {each.item: each.points for each in group}
    assert result.messages == {
        item: forked(slug)[mistake.name].messages[item] for item, mistake in says.items()
    }


@pytest.mark.parametrize("slug", chapters())
def test_gradebook_says_what_the_verdict_says_which_check_prints(slug):
    """`check` prints the verdict's items (tests/grading/test_one_grader.py): so they are equal."""
    for name, result in graded(slug).items():
        tested = {item: points for item, points in result.points.items() if is_tested(slug, item)}
        assert tested == result.verdict, name


@pytest.mark.parametrize("slug", chapters())
def test_enough_mistakes_and_every_item_is_tried(slug):
    wrong, told = mistakes(slug), [*mistakes(slug), *other_styles(slug)]
    assert len(wrong) >= 8
    assert len({each.name for each in told}) == len(told)
    assert {each.item for each in wrong} == set(maxima(slug))
    assert {each.name for each in told if is_tested(slug, each.item)} == set(forked(slug)) - {""}


@pytest.mark.parametrize("slug", chapters())
def test_marks_are_exported(slug):
    for name, result in graded(slug).items():
        assert result.exported == sum(result.points.values()), name


@pytest.mark.parametrize("slug", chapters())
def test_feedback_shows_no_hidden_test(slug):
    hidden = hidden_lines(slug)
    for name, result in graded(slug).items():
        page = text_of(result.feedback)
        # The comparison works: what is to be seen is found.
        assert all(squeeze(item) in page for item in result.points), name
        assert not [line for line in hidden if line in page], name


def hidden_lines(slug: str) -> set[str]:
    """Return the hidden lines of all test cells, without spaces.

    A hidden line that stands in the open elsewhere in the notebook is no secret.
    """
    hidden, everywhere = set(), ""
    for cell in solution_of(slug).cells:
        inside = False
        for line in cell.source.splitlines():
            if "HIDDEN TESTS" in line:
                inside = "BEGIN" in line
            elif inside:
                hidden.add(squeeze(line))
            else:
                everywhere += squeeze(line) + "\n"
    assert hidden, f"{slug} has no hidden test"
    return {line for line in hidden if line not in everywhere}


def text_of(page: str) -> str:
    """Return the text of an HTML page, without spaces."""
    return squeeze(html.unescape(re.sub(r"<[^>]*>", "", page)))


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)
