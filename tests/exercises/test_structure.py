"""Every solution notebook is a well-made exercise."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from dependence import Names

ROOT = Path(__file__).parents[2]
PATHS = sorted(ROOT.glob("solutions/*/*.ipynb"))
STATED = re.compile(r"\*Difficulty ([123]) · (\d+) minutes · (\d+) points?\*")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def nb(request) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def flags(cell) -> dict:
    return cell.metadata.get("nbgrader", {})


def graded(nb) -> list:
    return [cell for cell in nb.cells if flags(cell).get("grade")]


def autograded(nb) -> list:
    return [cell for cell in graded(nb) if not flags(cell)["solution"]]


def manual(nb) -> list:
    return [cell for cell in graded(nb) if flags(cell)["solution"]]


def hidden_and_visible(source: str) -> tuple[str, str]:
    found = re.search(r"### BEGIN HIDDEN TESTS\n(.*?)### END HIDDEN TESTS", source, re.DOTALL)
    assert found, "a test cell without hidden tests"
    return found[1], source.replace(found[0], "")


def test_there_are_exercises_each_in_its_folder_and_with_wrong_submissions():
    assert PATHS
    for path in PATHS:
        assert path.stem == path.parent.name
        assert (ROOT / "tests" / "exercises" / "wrong" / f"{path.stem}.py").exists()


def test_ten_points_in_four_to_six_items(nb):
    assert sum(flags(cell)["points"] for cell in graded(nb)) == 10
    assert 4 <= len(graded(nb)) <= 6
    assert manual(nb) and autograded(nb)


def test_ids_are_unique_and_readable(nb):
    ids = [flags(cell)["grade_id"] for cell in nb.cells if flags(cell)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each) for each in ids)
    assert len({cell.id for cell in nb.cells}) == len(nb.cells)
    # A student's own copy is compared by cell ids, so they must not be random.
    assert all(cell.id == flags(cell)["grade_id"] for cell in nb.cells if flags(cell))


def test_each_test_follows_its_answer(nb):
    ids = [flags(cell).get("grade_id") for cell in nb.cells]
    for cell in autograded(nb):
        name = flags(cell)["grade_id"]
        assert name.startswith("test-")
        assert ids[ids.index(name) - 1] == name.removeprefix("test-")
        assert flags(cell)["locked"]


def test_each_item_states_difficulty_minutes_and_points(nb):
    minutes, stated = 0, None
    for cell in nb.cells:
        found = STATED.search(cell.source) if not flags(cell) else None
        if found:
            assert stated is None, f"{cell.id} opens an item before the last one is graded"
            stated = int(found[3])
            minutes += int(found[2])
        if flags(cell).get("grade"):
            assert flags(cell)["points"] == stated, flags(cell)["grade_id"]
            stated = None
    assert 30 <= minutes <= 120


def test_hidden_and_visible_tests_speak(nb):
    for cell in autograded(nb):
        for part in hidden_and_visible(cell.source):
            asserts = [node for node in ast.walk(ast.parse(part)) if isinstance(node, ast.Assert)]
            assert asserts
            assert all(node.msg for node in asserts), f"{cell.id}: an assert without a message"


def test_tests_leave_no_name_behind_that_a_student_may_have_chosen(nb):
    """A student's own helper keeps its meaning: what a test binds begins with an underscore."""
    for cell in autograded(nb):
        left = Names(cell.source).left
        assert not {name for name in left if not name.startswith("_")}, cell.id


def test_manual_items_have_a_rubric_that_adds_up(nb):
    for cell in manual(nb):
        rubric = cell.source.partition("#### Rubric")[2]
        parts = [float(points) for points in re.findall(r"^- \*\*([\d.]+)\*\* ", rubric, re.M)]
        assert len(parts) >= 2
        assert sum(parts) == flags(cell)["points"]


def test_hints_fold_away(nb):
    text = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    assert text.count("<details><summary>") == text.count("</details>") >= 3


def test_no_outputs_and_the_usual_kernel(nb):
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert nb.metadata.kernelspec.name == "python3"
    assert set(nb.metadata) == {"kernelspec", "language_info"}


def test_metadata_is_of_schema_3(nb):
    for cell in nb.cells:
        assert not flags(cell) or flags(cell)["schema_version"] == 3


@pytest.mark.slow
def test_release_is_in_step():
    command = [sys.executable, "-m", "grading.release", "--check"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert result.returncode == 0, result.stdout + result.stderr
