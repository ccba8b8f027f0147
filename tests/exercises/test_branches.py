"""Forks on a small notebook: what is kept, what is kept apart, what is noticed."""

import shutil
from pathlib import Path

import nbformat
import pytest
from branches import branches
from mistakes import ROOT, Mistake
from nbformat.v4 import new_code_cell, new_notebook
from test_wrong_submissions import wrong_about

pytestmark = pytest.mark.slow

SETUP = "import random\n\nknown = {'two': 2}\ndrawn = random.random()"
DOUBLE = "def double(x):\n    return known['two'] * x"
TEST_DOUBLE = """assert drawn == random.Random(0).random(), "What stands before the cell has gone."
assert double(3) == 6, "Two times three is six, so double(3) should be 6."
### BEGIN HIDDEN TESTS
assert double(5) == 10, "For five your double is not right either, though for three."
### END HIDDEN TESTS"""
FOUR = "def four():\n    return double(2)"
TEST_FOUR = """assert four() == 4, "Twice two is four, so four() should be 4 and no other."
assert known == {"two": 2}, "What was known before has been changed by somebody else."
0.5 if isinstance(four(), float) else 1"""
ALONE = "def alone():\n    return random.random() < 2"
TEST_ALONE = """assert alone(), "A random number is smaller than two, so alone() is true."
### BEGIN HIDDEN TESTS
assert alone(), "A random number is smaller than two, so alone() is true again."
### END HIDDEN TESTS"""
RIGHT = {"double": 2, "four": 1, "alone": 1}
SETTINGS = "[limits]\ncell = 2\ntotal = 60\n"


def cell(source: str, name: str, points: int = 0, *, answer: bool = False):
    flags = {"grade": bool(points), "solution": answer, "locked": not answer, "task": False}
    flags |= {"points": points} if points else {}
    nbgrader = {"grade_id": name, "schema_version": 3, **flags}
    return new_code_cell(source, id=name, metadata={"nbgrader": nbgrader})


def write_course(root: Path, setup: str = SETUP) -> Path:
    """Write a course of one small assignment, and return its folder."""
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "grading").mkdir()
    (root / "grading" / "class.toml").write_text(SETTINGS)
    cells = [cell(setup, "setup")]
    for name, answer, test in (
        ("double", DOUBLE, TEST_DOUBLE),
        ("four", FOUR, TEST_FOUR),
        ("alone", ALONE, TEST_ALONE),
    ):
        cells += [cell(answer, name, answer=True), cell(test, f"test-{name}", RIGHT[name])]
    path = root / "solutions" / "small" / "small.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(new_notebook(cells=cells), path)
    return root


@pytest.fixture(scope="module")
def grade(tmp_path_factory):
    """Grade mistakes, given as item, source and perhaps words of the message."""
    root = write_course(tmp_path_factory.mktemp("course"))

    def graded(*given):
        mistakes = [Mistake(str(number), *each) for number, each in enumerate(given)]
        outcomes = branches().run(root, "small", mistakes)
        assert outcomes[""].points == RIGHT
        assert not outcomes[""].messages and not outcomes[""].trouble
        return [(each, outcomes[each.name]) for each in mistakes]

    return graded


def test_a_mistake_costs_its_item_and_says_why(grade):
    ((mistake, outcome),) = grade(("four", "def four():\n    return 5"))
    assert outcome.points == {"double": 2, "four": 0}
    assert outcome.messages == {"four": "Twice two is four, so four() should be 4 and no other."}
    assert not wrong_about(mistake, outcome, RIGHT)


def test_a_mistake_in_a_hidden_test_too(grade):
    ((_, outcome),) = grade(("double", "def double(x):\n    return x + 3"))
    assert "For five" in outcome.messages["double"]


def test_items_that_notice_are_run_and_those_that_cannot_are_not(grade):
    ((mistake, outcome),) = grade(("double", "def double(x):\n    return 0"))
    assert outcome.points == {"double": 0, "four": 0}
    assert "not {'double': 0, 'four': 1}" in wrong_about(mistake, outcome, RIGHT)


def test_a_mistake_that_is_not_caught_is_found_out(grade):
    ((mistake, outcome),) = grade(("double", "def double(x):\n    return x + x"))
    assert "it gets {'double': 2.0, 'four': 1.0}" in wrong_about(mistake, outcome, RIGHT)


def test_a_message_that_says_something_else_is_found_out(grade):
    ((mistake, outcome),) = grade(("four", "def four():\n    return 5", "Three times"))
    assert "'Three times' is not in the message" in wrong_about(mistake, outcome, RIGHT)
    ((mistake, outcome),) = grade(("four", "def four():\n    raise KeyError"))
    assert not wrong_about(mistake, outcome, RIGHT)


def test_partial_points_count(grade):
    ((mistake, outcome),) = grade(("four", "def four():\n    return 4.0"))
    assert outcome.points["four"] == 0.5
    assert outcome.messages == {"four": "0.5 of 1 points."}


def test_what_one_changes_the_others_do_not_see(grade):
    spoils = "known['two'] = 3\ndef double(x):\n    return known['two'] * x"
    first, second = grade(("double", spoils), ("double", "def double(x):\n    return x"))
    assert "double(3)" in first[1].messages["double"]
    assert "somebody else" in first[1].messages["four"] or "Twice two" in first[1].messages["four"]
    assert second[1].points == {"double": 0, "four": 0}


def test_a_value_changed_in_place_is_noticed_by_an_item_that_uses_it(grade):
    ((_, outcome),) = grade(("double", "known['three'] = 3\ndef double(x):\n    return 2 * x"))
    assert outcome.points == {"double": 2, "four": 0}
    assert "somebody else" in outcome.messages["four"]


def test_a_loop_without_an_end_is_interrupted(grade):
    ((mistake, outcome),) = grade(("alone", "def alone():\n    while True: pass"))
    assert outcome.points["alone"] == 0
    assert "loop that never stops" in outcome.messages["alone"]
    assert "Too slow, and interrupted: test-alone" in wrong_about(mistake, outcome, RIGHT)


def test_a_process_that_ends_is_told(grade):
    ends = "import os\ndef alone():\n    os._exit(3)"
    (dead, outcome), (_, next_one) = grade(("alone", ends), ("alone", "def alone(): return 0"))
    assert "the process ended" in wrong_about(dead, outcome, RIGHT)
    assert next_one.points["alone"] == 0


def test_tampering_is_told(grade):
    cheat = """class Yes(int):
    def __eq__(self, other): return True
def four():
    return Yes(4)"""
    ((mistake, outcome),) = grade(("four", cheat))
    assert "comparisons of its own" in wrong_about(mistake, outcome, RIGHT)


def test_a_course_that_cannot_be_run_is_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="has no nbgrader_config"):
        branches().run(tmp_path, "small", [])


def test_a_cell_of_the_solution_that_raises_is_told(tmp_path):
    root = write_course(tmp_path, SETUP + "\n1 / 0")
    outcome = branches().run(root, "small", [])[""]
    assert outcome.points == RIGHT
    assert outcome.trouble == ["setup raises ZeroDivisionError: division by zero"]
