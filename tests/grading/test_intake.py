import json
import pickle

import nbformat
import pytest
from attacks import (
    DOUBLE_TEST,
    SLUG,
    STRUCTURE,
    changed,
    drop,
    dumped,
    notebook,
    put,
    solution,
    twice,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.course import Course
from grading.intake import Ungradable, received, repair
from grading.sandbox.limits import Limits


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    path = root / "solutions" / SLUG / f"{SLUG}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(solution(), path)
    return Course(root).assignment(SLUG)


def names(nb):
    return [cell.metadata.nbgrader.grade_id for cell in nb.cells if "nbgrader" in cell.metadata]


ALL = ["double", "test-double", "mean", "test-mean", "why"]


def test_an_assignment_knows_its_cells_and_survives_a_pool(assignment):
    assert [cell.name for cell in assignment.cells] == ALL
    assert [cell.name for cell in assignment.tests] == ["test-double", "test-mean"]
    assert assignment.cells[1].source == DOUBLE_TEST
    assert "HIDDEN" not in assignment.cells[1].shown
    assert "math" in assignment.modules
    again = pickle.loads(pickle.dumps(assignment))
    assert again == assignment and again.hash == assignment.hash


def test_an_untouched_notebook_needs_no_repair(assignment):
    intake = repair(dumped(), assignment)
    assert intake.repairs == []
    assert names(intake.notebook) == ALL
    assert intake.notebook.cells[2].source == DOUBLE_TEST
    nbformat.validate(intake.notebook)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("test-double", source="pass"), "test-double had been changed"),
        (drop("test-double"), "test-double had been deleted"),
        (twice("test-double"), "a second copy of the cell test-double"),
        (lambda nb, _: nb["cells"].reverse(), "the assignment's order"),
        (put("mean", cell_type="markdown"), "mean is a code cell again"),
    ],
)
def test_repairs_are_told(assignment, change, said):
    intake = repair(changed(change), assignment)
    assert any(said in each for each in intake.repairs)
    assert names(intake.notebook) == ALL


def test_own_cells_stay_where_they_were(assignment):
    def change(nb, by):
        nb["cells"].insert(nb["cells"].index(by["mean"]), {"cell_type": "code", "source": "x = 1"})

    nb = repair(changed(change), assignment).notebook
    sources = [cell.source for cell in nb.cells]
    assert sources.index("x = 1") == sources.index(DOUBLE_TEST) + 1


def test_the_copy_with_an_answer_is_the_answer(assignment):
    stub = assignment.cells[0].shown

    def change(nb, by):
        nb["cells"].insert(0, {**by["double"], "source": stub})

    nb = repair(changed(change, double="def double(x):\n    return 2 * x"), assignment).notebook
    cell = next(cell for cell in nb.cells if cell.get("id") == "double")
    assert cell.source == "def double(x):\n    return 2 * x"


@pytest.mark.parametrize(
    "name", [n for n, (content, status, *_) in STRUCTURE.items() if status == "ungradable"]
)
def test_what_cannot_be_graded_says_what_to_do(assignment, tmp_path, name):
    folder = tmp_path / "handed-in"
    folder.mkdir()
    content = STRUCTURE[name][0]
    if callable(content):
        content(folder)
    else:
        (folder / f"{SLUG}.ipynb").write_bytes(content)
    with pytest.raises(Ungradable) as error:
        repair(
            received(folder / f"{SLUG}.ipynb", folder.parent.parent, Limits(notebook=1_000_000)),
            assignment,
        )
    assert str(error.value).endswith(".") and len(str(error.value)) > 30


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
cell_changes = st.dictionaries(
    st.sampled_from(["cell_type", "source", "metadata", "id", "outputs", "execution_count"]),
    json_values | st.sampled_from(["code", "markdown", "raw", "test-double", "double"]),
    max_size=3,
)


@settings(max_examples=150, deadline=None)
@given(
    order=st.permutations(range(6)),
    copies=st.lists(st.integers(0, 5), max_size=4),
    dropped=st.sets(st.integers(0, 5), max_size=3),
    changes=st.dictionaries(st.integers(0, 5), cell_changes, max_size=4),
    extra=st.lists(json_values, max_size=2),
    top=st.dictionaries(st.sampled_from(["metadata", "nbformat", "nbformat_minor"]), json_values),
)
def test_any_mangled_notebook_is_repaired_or_refused(
    assignment, order, copies, dropped, changes, extra, top
):
    nb = notebook()
    for index, change in changes.items():
        nb["cells"][index].update(change)
    kept = [i for i in [*order, *copies] if i not in dropped]
    mangled = {**nb, **top, "cells": [*(nb["cells"][i] for i in kept), *extra]}
    try:
        intake = repair(json.dumps(mangled).encode(), assignment)
    except Ungradable:
        return
    nbformat.validate(intake.notebook)
    found = names(intake.notebook)
    assert [name for name in found if name != "double" and name != "mean"] == [
        "test-double",
        "test-mean",
        "why",
    ]
    tests = {c.id: c for c in intake.notebook.cells if c.get("id", "").startswith("test-")}
    assert tests["test-double"].source == DOUBLE_TEST
    assert tests["test-double"].metadata.nbgrader.points == 2


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_sentence(assignment, content):
    with pytest.raises(Ungradable):
        repair(content, assignment)


def test_of_two_answers_the_last_is_taken_and_that_is_said(assignment):
    draft_first = changed(twice("double"), double="def double(x):\n    return 2 * x")
    nb = json.loads(draft_first)
    copies = [cell for cell in nb["cells"] if "def double" in "".join(cell["source"])]
    copies[0]["source"] = "def double(x):\n    return 0  # a draft"
    intake = repair(json.dumps(nb).encode(), assignment)
    (answer,) = (cell for cell in intake.notebook.cells if cell.id == "double")
    assert "return 2 * x" in answer.source
    assert any("several cells double" in sentence for sentence in intake.repairs)


def test_an_answer_that_was_put_back_is_not_taken_for_an_empty_one(assignment):
    assert repair(dumped(), assignment).unsure == frozenset()
    assert repair(changed(drop("why")), assignment).unsure == {"why"}
