"""The visible tests of an exercise, run where there is no grading."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import check


def graded(grade_id: str, points: float, **flags) -> dict:
    flags = {"grade": True, "solution": False, "locked": True, "task": False} | flags
    return {"nbgrader": {"grade_id": grade_id, "schema_version": 3, "points": points, **flags}}


def test_cell(name: str, source: str, points: float = 2):
    return new_code_cell(source, id=name, metadata=graded(f"test-{name}", points))


test_cell.__test__ = False


@pytest.fixture
def exercise(tmp_path, monkeypatch):
    """Write an exercise with these cells; the course's folder is the current one."""
    monkeypatch.chdir(tmp_path)

    def write(*cells):
        path = tmp_path / "exercises" / "tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=list(cells)), path)
        return path

    return write


def why(source: str):
    return new_markdown_cell(source, id="why", metadata=graded("why", 1, solution=True))


@pytest.mark.slow
def test_points_and_messages_item_by_item(exercise, capsys):
    path = exercise(
        new_code_cell("import sys\nprint('a warning', file=sys.stderr)"),
        test_cell("right", "assert 1 + 1 == 2"),
        test_cell("wrong", "assert False, 'Two times two is four.'"),
        test_cell("broken", "1 / 0"),
        test_cell("half", "0.5"),
        # Announced as running before the kernel dies: a count alone is no proof that it ran.
        test_cell("ends", "import os, time; time.sleep(0.5); os._exit(1)"),
        test_cell("after", "pass"),
        why("YOUR ANSWER HERE"),
    )
    before = path.read_bytes()
    assert check.main(["tiny"]) == 0
    said = capsys.readouterr().out
    for line in (
        "right   2 / 2",
        "wrong   0 / 2\n    Two times two is four.",
        "broken  0 / 2\n    While the tests ran, your code raised ZeroDivisionError",
        "half    0.5 / 2\n    0.5 of 2 points.",
        "ends    0 / 2\n    This test did not run: the notebook ended before it.",
        "after   0 / 2\n    This test did not run: the notebook ended before it.",
        "why     - / 1\n    No answer yet.",
        "2.5 of 12 points by the tests that you can see. Hidden tests look at other cases: your "
        "instructor runs them, and judges the 1 points marked -.",
    ):
        assert line in said
    assert path.read_bytes() == before


@pytest.mark.slow
def test_a_loop_that_never_stops_costs_its_own_item_alone(exercise, capsys, monkeypatch):
    monkeypatch.setattr(check, "TIMEOUT", 5)
    exercise(test_cell("loop", "while True: pass"), test_cell("next", "pass"))
    assert check.main(["tiny"]) == 0
    said = capsys.readouterr().out
    assert "loop  0 / 2\n    The test did not end in time" in said and "next  2 / 2" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no notebook"),
        ("not a notebook", "is not a Jupyter notebook"),
        ('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "no graded items"),
    ],
)
def test_what_is_not_an_exercise_is_one_sentence(exercise, capsys, content, said):
    path = exercise(test_cell("a", "pass"))
    path.unlink()
    if content is not None:
        path.write_text(content)
    assert check.main(["tiny"]) == 1
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1


def test_a_byte_order_mark_is_no_damage(exercise):
    path = exercise(test_cell("a", "pass"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert check.read(path).cells


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("AssertionError", "Two times two\nis four."),
        ("AssertionError", ""),
        ("NotImplementedError", "Your code goes here: replace these two lines."),
        ("ValueError", "\x1b[31mred\x1b[0m"),
        ("KeyError", ""),
    ],
)
def test_the_words_are_those_of_the_grader(kind, text):
    from grading import verdict

    assert check.explain(kind, text) == verdict.explain(kind, text)


def test_a_loops_words_are_those_of_the_grader():
    from grading import verdict

    assert check.explain("KeyboardInterrupt", "") == verdict.explain(verdict.CELL_TIMEOUT, "")


def test_a_number_that_cannot_be_points_is_bounded():
    cell = test_cell("a", "7")
    cell.outputs = [new_output("execute_result", data={"text/plain": "7"}, execution_count=1)]
    cell.execution_count = 1
    assert check.items(new_notebook(cells=[cell]))[0].points == 2
