import csv

import nbformat
import pytest
from tiny_course import answered

from grading import grade
from grading.course import Course

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type")]

RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return 4"


@pytest.fixture
def submit(tiny, released):
    """Hand in a notebook, or any text, for a student."""

    def hand_in(student, double=None, name="tiny.ipynb", text=None, why=None, edit=None):
        path = tiny / "grading" / "submitted" / student / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            return path.write_text(text)
        nb = answered(released, double, why)
        if edit:
            edit(nb)
        return nbformat.write(nb, path)

    return hand_in


def marks(root):
    with (root / "grading" / "grades.csv").open() as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def test_a_class_with_every_bad_submission(tiny, submit, capsys):
    submit("ann", RIGHT, why="It is a sum.")
    submit("bob", text="{ this is no JSON")
    submit("cho", RIGHT, name="homework.ipynb")
    submit("dan", WRONG)
    submit("eve", text='{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    (tiny / "grading" / "submitted" / "fay" / "tiny").mkdir(parents=True)
    assert grade.main(["tiny"]) == 1
    out, err = capsys.readouterr()
    assert "[1/6] ann: 2 of 3, to be marked by hand: why" in out
    assert "[4/6] dan: 0 of 3" in out
    assert "tiny: 2 of 6 graded" in out
    assert "bob" in err and "is not a Jupyter notebook" in err
    assert "cho" in err and "homework.ipynb. Rename it" in err
    assert "eve" in err and "not the assignment" in err
    assert "it holds nothing" in err
    assert "Not graded, as said above: bob, cho, eve, fay." in err
    assert marks(tiny) == {"ann": 2, "dan": 0}
    feedback = (tiny / "grading" / "feedback" / "dan" / "tiny" / "tiny.html").read_text()
    assert "your double is not right either" in feedback
    assert "secret_number" not in feedback and "24690" not in feedback


def test_grading_again_is_idempotent_and_keeps_marks_by_hand(tiny, submit, capsys):
    submit("ann", RIGHT, why="It is a sum.")
    assert grade.main(["tiny"]) == 0
    course = Course(tiny)
    with course.api.gradebook as gradebook:
        by_hand = gradebook.find_grade("why", "tiny", "tiny", "ann")
        by_hand.manual_score, by_hand.needs_manual_grade = 1, False
        gradebook.db.commit()
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 3}
    submit("ann", text="broken")
    assert grade.main(["tiny"]) == 1
    assert marks(tiny) == {"ann": 3}, "a broken second version must not cost the first one's marks"
    submit("ann", WRONG, why="It is a sum.")
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 1}


def test_deleted_cells_cost_their_points_only(tiny, submit, capsys):
    def keep(*ids):
        def edit(nb):
            nb.cells = [cell for cell in nb.cells if cell.id in ids]

        return edit

    submit("ann", RIGHT, edit=keep("double", "why"))  # the test is gone, the answer is right
    submit("bob", RIGHT, why="It is a sum.", edit=keep("title", "why"))  # an item is gone
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 2, "bob": 0}
    assert "bob: 0 of 3, to be marked by hand: why" in capsys.readouterr().out


def test_changed_test_cell_is_put_right(tiny, submit):
    def cheat(nb):
        for cell in nb.cells:
            if cell.id == "test-double":
                cell.source = "pass"

    submit("ann", WRONG, edit=cheat)
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 0}


def test_endless_loop_costs_its_item_only(tiny, submit, capsys):
    with (tiny / "nbgrader_config.py").open("a") as file:
        file.write("\nc.Execute.timeout = 3\n")
    submit("ann", "def double(x):\n    while True:\n        pass", why="It is a sum.")
    submit("bob", RIGHT)
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 0, "bob": 2}


def test_exercises_are_left_alone(tiny, submit):
    submit("ann", RIGHT)
    assert grade.main(["tiny"]) == 0
    assert not (tiny / "exercises").exists()


def test_unknown_assignment(tiny, capsys):
    assert grade.main(["tine"]) == 1
    assert "There is no exercise 'tine'. There are: tiny." in capsys.readouterr().err


def test_no_submissions(tiny, capsys):
    assert grade.main(["tiny"]) == 1
    assert "There are no submissions of tiny" in capsys.readouterr().err
