import json
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from tiny_course import answered

from grading import check

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type")]


@pytest.fixture
def mine(tiny, released):
    """A released copy to work in."""
    path = tiny / "exercises" / "tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    return shutil.copyfile(released, path)


def test_stub_gets_nothing_and_sees_no_rubric(mine, capsys):
    assert check.main(["tiny"]) == 0
    said = capsys.readouterr().out
    assert "0 of 2 points, and 1 more for you to judge." in said
    assert "Your code goes here" in said
    assert "equal terms" not in said


def test_wrong_answer_gets_the_hidden_message_but_not_its_code(mine, capsys):
    nb = answered(mine, "def double(x):\n    return 4", why="It is a sum.")
    nbformat.write(nb, mine)
    before = mine.read_bytes()
    assert check.main(["tiny"]) == 0
    said = capsys.readouterr().out
    assert "For 12345 your double is not right either." in said
    assert "secret_number" not in said and "24690" not in said
    assert "A sum of two equal terms." in said, "an answer was given: show the rubric"
    assert mine.read_bytes() == before
    assert not list(mine.parents[2].glob("grading/*")), "the class's folder was touched"


def test_right_answer_in_another_file(mine, capsys, tmp_path):
    nbformat.write(answered(mine, "double = lambda x: 2 * x"), tmp_path / "other.ipynb")
    assert check.main(["tiny", "--notebook", "other.ipynb"]) == 0
    assert "2 of 2 points" in capsys.readouterr().out


def test_unknown_exercise_lists_the_known(tiny, capsys):
    assert check.main(["tine"]) == 1
    assert "There is no exercise 'tine'. There are: tiny." in capsys.readouterr().err


def test_missing_notebook(tiny, capsys):
    assert check.main(["tiny"]) == 1
    assert "There is no notebook" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{", "not JSON", json.dumps({"a": 1}), "[]"])
def test_not_a_notebook(tiny, capsys, text):
    (tiny / "mine.ipynb").write_text(text)
    assert check.main(["tiny", "--notebook", "mine.ipynb"]) == 1
    said = capsys.readouterr().err
    assert "mine.ipynb cannot be graded. The file is" in said and "Open it in JupyterLab" in said


def test_what_was_put_right_is_told(mine, capsys):
    nb = answered(mine, "double = lambda x: 2 * x")
    nb.cells = [cell for cell in nb.cells if cell.id != "test-double"]
    nbformat.write(nb, mine)
    assert check.main(["tiny"]) == 0
    said = capsys.readouterr().out
    assert "2 of 2 points" in said
    assert "Put right before it ran: the cell test-double had been deleted" in said


def test_whoever_changes_the_tests_is_told(mine, capsys):
    nbformat.write(answered(mine, "import builtins\nbuiltins.abs = None\ndouble = int"), mine)
    assert check.main(["tiny"]) == 0
    said = capsys.readouterr().out
    assert "changes how it is tested" in said and "what tests rely on was replaced: abs" in said
    assert "0 of 2 points" in said


def test_ctrl_c_ends_it_at_once_with_a_sentence(mine):
    nbformat.write(answered(mine, "print(1)\nimport time\ntime.sleep(50)"), mine)
    command = [sys.executable, "-m", "grading.check", "tiny"]
    process = subprocess.Popen(
        command, cwd=mine.parents[2], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert "Grading" in process.stdout.readline()
    time.sleep(3)  # it reads the solution, or it runs the notebook: either way it must end
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=40)
    assert process.returncode == 130
    assert said.strip() == "Interrupted."
