import pytest
from IPython.core.interactiveshell import InteractiveShell

from grading import inside, integrity
from grading.integrity import PreparedTest, contradictions, prepare


def run(source, namespace=None, expected=()):
    """Run a prepared test here, with the recorder that a kernel would have."""
    test = prepare(source, "n")
    space = namespace if namespace is not None else {}
    recorder = inside.recorder(expected)
    space |= {f"_{name}_n": value for name, value in recorder.items()}
    error = None
    try:
        exec(test.source, space)
    except Exception as raised:
        error = raised
    return test, recorder["records"], error


def test_conditions_report_and_lines_stay():
    source = "x = 2\nassert (\n    x == 2 and\n    abs(x) > 1\n), 'no'\n"
    source += "for i in range(3):\n    assert i < 3"
    test, records, error = run(source)
    assert error is None
    assert len(test.source.splitlines()) == len(source.splitlines())
    assert len(test.conditions) == 2 and len(test.required) == 1
    assert [held for _, held, _ in records] == [True] * 4
    assert contradictions(test, records) == []


@pytest.mark.parametrize(
    "source",
    [
        "assert f(g(1), [1, 2][0]) == {'a': 1}['a'] != 3, f'{1}'",
        "assert (y := 1) == 1",
        "assert all(len(s) == 1 for s in 'abc'), 'é'",
        "assert not isinstance(1, str); assert 'é' == 'é'",
        "assert 1 < 2 <= 2, (\n 'two lines')",
        "if True:\n    assert max(1, 2) == 2\nelse:\n    assert False",
        "with open('/dev/null') as file:\n    assert file.read() == ''",
        "def inner(a):\n    assert a.real == 1\ninner(1)",
        "%time x = 1\nassert x == 1",
    ],
)
def test_any_assertion_can_be_wrapped(source):
    shell = InteractiveShell(user_ns={"f": lambda a, b: b, "g": lambda x: x})
    test, records, error = run(source, shell.user_ns | {"get_ipython": lambda: shell})
    assert error is None and contradictions(test, records) == []


def test_a_failed_condition_is_known_though_its_error_is_caught():
    test, records, _ = run("try:\n    assert 1 == 2\nexcept AssertionError:\n    pass")
    assert contradictions(test, records) == ["an assertion failed, yet no error was reported"]


def test_missing_and_invented_reports_are_found():
    test = prepare("assert 1\nassert 2", "n")
    assert "[1, 2]" in contradictions(test, [])[0]
    numbers = [(number, True, False) for number in test.conditions]
    assert contradictions(test, numbers) == []
    assert contradictions(test, [*numbers, ("made up", True, False)]) != []


class Sly:
    __module__ = "builtins"
    __qualname__ = "int"

    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize("forged", [True, False])
def test_objects_with_comparisons_of_their_own_are_found(forged):
    test, records, _ = run("assert value == 3", {"value": Sly() if forged else 3})
    assert bool(integrity.forged(records)) is forged
    assert contradictions(test, records) == []


def test_fingerprints_may_grow_but_not_change():
    assert integrity.replaced([("abs", 1)], [("abs", 1), ("torch.allclose", 2)]) == []
    assert integrity.replaced([("abs", 1), ("sum", 2)], [("abs", 3)]) == ["abs", "sum"]


def test_names_that_tests_use():
    imports = "import torch, numpy as np\nfrom torch.nn import functional as F"
    test = "assert torch.allclose(a, F.relu(b)), np.linalg.norm(c)"
    found = integrity.names_used([imports, test])
    assert {"torch.allclose", "torch.nn.functional.relu", "numpy.linalg.norm"} <= set(found)


@pytest.mark.parametrize("shadow", ["abs", "isinstance", "sum"])
def test_built_in_functions_are_meant_whatever_the_notebook_calls_so(shadow):
    source = "assert abs(-1) == sum([1]) and isinstance(1, int)"
    _, records, error = run(source, {shadow: lambda *a: "mine"})
    assert error is None and not integrity.forged(records)


def test_a_name_that_the_test_binds_is_its_own():
    _, records, error = run("def sum(x):\n    return 7\nassert sum([1]) == 7")
    assert error is None and records[-1][1] is True


class Close(float):
    def fits(self):
        return True


@pytest.mark.parametrize(
    "source",
    [
        "assert abs(value() - 3) < 1",
        "error = abs(value() - 3)\nassert error < 1",
        "first, second = value(), 2\nassert second == 2",
        "assert -x < 0",
        "assert max(1, 2, default=x) == 2 or True",
    ],
)
def test_numbers_of_a_class_of_the_notebook_are_found_wherever_they_enter(source):
    space = {"value": lambda: Close(3), "x": Close(3), "__name__": "__main__"}
    Close.__module__ = "__main__"
    _, records, _ = run(source, space)
    assert integrity.forged(records)


def test_nothing_of_the_library_is_taken_for_the_notebooks():
    source = "for key, value in {'a': None}.items():\n    assert value is None and key == 'a'"
    _, records, error = run(source)
    assert error is None and not integrity.forged(records)


def test_a_function_that_is_replaced_while_the_test_runs_is_seen():
    _, records, _ = run("assert abs(1) == 1", expected=[["math.isclose", [0, 0]]])
    assert integrity.forged(records)


def test_partial_credit_is_what_the_last_line_gives():
    assert integrity.result_of(run("0.5 + 1")[1]) == 1.5
    assert integrity.result_of(run("'text'")[1]) is None


def test_names_that_a_cell_binds():
    source = "import torch.nn as nn, os.path\nfrom math import pi\ndef f(): x = 1\na, (b, c) = g"
    assert integrity.names_bound(source) == {"nn", "os", "pi", "f", "a", "b", "c"}


@pytest.mark.parametrize("text", ["", "'no hex'", "'5b315d'", "'7b7d'[", "None", "'5b" * 10_000])
def test_what_is_not_an_answer_is_seen(text):
    with pytest.raises(ValueError):
        integrity.parse_records(integrity.decode(text))


def test_an_answer_is_read():
    answer = repr(b'[["a", true, false]]'.hex())
    assert integrity.parse_records(integrity.decode(answer)) == [("a", True, False)]
    assert isinstance(prepare("assert 1", "n"), PreparedTest)
