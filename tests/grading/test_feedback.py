import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tiny_course import nbgrader

from grading.preprocessors.hide_tests import LEAK, HideTests, failure

HIDDEN = "assert answer(17) == 289, 'the square of 17'"
SOURCE = f"""assert answer(2) == 4
### BEGIN HIDDEN TESTS
{HIDDEN}
### END HIDDEN TESTS"""


def error(name="AssertionError", value="the square of 17", frames=()):
    return new_output("error", ename=name, evalue=value, traceback=[*frames, f"{name}: {value}"])


def notebook(*outputs, extra=()):
    test = new_code_cell(
        SOURCE,
        outputs=list(outputs),
        execution_count=2,
        metadata=nbgrader("test-answer", grade=True, locked=True, points=1),
    )
    answer = new_code_cell(
        "def answer(x): ...", execution_count=1, metadata=nbgrader("answer", solution=True)
    )
    return new_notebook(cells=[answer, test, *extra])


def hide(nb):
    return HideTests().preprocess(nb, {})[0]


def test_hidden_region_goes_and_visible_part_stays():
    assert hide(notebook()).cells[1].source == "assert answer(2) == 4"


def test_traceback_of_a_failed_hidden_test_is_reduced_to_its_message():
    frame = f"Cell In[2], line 3\n      2 ...\n----> 3 {HIDDEN}"
    nb = hide(notebook(error(frames=["-----", frame])))
    assert nb.cells[1].outputs[0].traceback == ["the square of 17"]
    assert "answer(17)" not in nbformat.writes(nb)


def test_frames_in_the_students_own_cells_stay():
    own = "\x1b[36mCell\x1b[39m \x1b[32mIn[1]\x1b[39m, line 7, in answer(x)\n--> 7 1 / 0"
    test = f"Cell In[2], line 3\n----> 3 {HIDDEN}"
    nb = hide(notebook(error("ZeroDivisionError", "division by zero", [test, own])))
    assert nb.cells[1].outputs[0].traceback == [
        own,
        "While the tests ran, your code raised ZeroDivisionError: division by zero",
    ]


def test_what_a_test_prints_is_dropped():
    nb = hide(notebook(new_output("stream", text="called with 17"), error()))
    assert "called with" not in nbformat.writes(nb)


@pytest.mark.parametrize(
    "leak",
    [
        new_output("stream", text=SOURCE),
        new_output("stream", text=repr([SOURCE])),  # print(In)
        new_output("execute_result", data={"text/plain": repr(SOURCE)}),
        new_output(
            "display_data",
            data={
                "text/html": "<b>assert</b> answer(<i>17</i>) == 289, &#39;the square of 17&#39;"
            },
        ),
        error("ValueError", SOURCE),
    ],
    ids=["text", "history", "result", "html", "error"],
)
def test_any_output_that_repeats_a_hidden_line_is_replaced(leak):
    spy = new_code_cell("print(In)", execution_count=3, outputs=[leak])
    nb = hide(notebook(extra=[spy]))
    assert [output.get("text") for output in nb.cells[2].outputs] == [LEAK]


def test_other_outputs_stay():
    own = new_output("stream", text="assert answer(2) == 4 holds")
    nb = hide(notebook(extra=[new_code_cell("", execution_count=3, outputs=[own])]))
    assert nb.cells[2].outputs == [own]


def test_partial_credit_stays():
    partial = new_output("execute_result", data={"text/plain": "0.5"})
    assert hide(notebook(partial)).cells[1].outputs == [partial]


def test_students_own_marker_is_no_test():
    cell = new_code_cell("### BEGIN HIDDEN TESTS", execution_count=3)
    assert hide(notebook(extra=[cell])).cells[2].source == "### BEGIN HIDDEN TESTS"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (error(value="\x1b[31mtwice two is four\x1b[0m"), "twice two is four"),
        (error("NotImplementedError", "Your code goes here."), "Your code goes here."),
        (error("AssertionError", ""), "your code raised AssertionError"),
        (error("NameError", "name 'x' is not defined"), "raised NameError: name 'x'"),
        (error("CellTimeoutError", ""), "loop that never stops"),
        (new_output("stream", name="stderr", text="oh dear"), "stderr, which nbgrader"),
    ],
)
def test_failure_says_why(output, words):
    assert words in failure(notebook(output).cells[1])


def test_passed_test_has_no_failure():
    assert failure(notebook(new_output("stream", text="fine")).cells[1]) == ""
