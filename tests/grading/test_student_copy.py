import pytest
from nbformat.v4 import new_code_cell, new_output
from tiny_course import tiny_solution

from grading.preprocessors.student_copy import StudentCopy, fingerprint, is_edited


@pytest.fixture
def copy():
    nb, _ = StudentCopy().preprocess(tiny_solution(), {})
    return nb


def test_run_all_goes_on_after_an_unsolved_cell(copy):
    tags = {cell.id: cell.metadata.get("tags") for cell in copy.cells}
    assert tags["double"] == tags["test-double"] == ["raises-exception"]
    assert tags["title"] is None


def test_released_copy_is_not_edited(copy):
    assert not is_edited(copy)


def test_outputs_are_no_edit(copy):
    copy.cells[1].outputs = [new_output("stream", text="4")]
    copy.cells[1].execution_count = 3
    assert not is_edited(copy)


def test_answer_is_an_edit(copy):
    copy.cells[1].source += "\n    return 2 * x"
    assert is_edited(copy)


def test_new_cell_is_an_edit(copy):
    copy.cells.append(new_code_cell("print(1)"))
    assert is_edited(copy)


def test_notebook_without_fingerprint_counts_as_edited():
    assert is_edited(tiny_solution())


def test_fingerprint_sees_cell_types(copy):
    before = fingerprint(copy)
    copy.cells[0].cell_type = "raw"
    assert fingerprint(copy) != before
