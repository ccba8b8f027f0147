"""The grader's part of the kernel, in a shell of this process, entered as a kernel is."""

import random

import pytest
from IPython.core.interactiveshell import InteractiveShell

from grading import inside, integrity
from grading.notebook_run import ENTER, INSIDE

NAMES = ["math.isclose", "no_such_module.thing.part", "math.no_such_function"]


@pytest.fixture
def space():
    """The notebook's names, a few of which are not what they usually are."""
    space = InteractiveShell.instance().user_ns
    before = dict(space)
    for name in ("list", "type", "len", "str", "exec", "vars", "__import__", "json", "builtins"):
        space[name] = 5
    yield space
    space.clear()
    space.update(before)


def enter(space, function, *arguments):
    """Call a function of `inside` as `notebook_run.Client.call` does."""
    exec(ENTER.replace("enter", "_enter_n"), space)
    expression = f"_enter_n({INSIDE!r}, {function!r}, *{arguments!r})"
    return integrity.decode(repr(eval(expression, space)))


def test_it_needs_no_name_of_the_notebooks_and_leaves_none(space):
    before = set(space)
    fingerprint = integrity.parse_fingerprint(enter(space, "start", NAMES, "locker"))
    names = [name for name, _ in fingerprint]
    assert {"abs", "math.isclose", "InteractiveShell.run_cell", "truth"} <= set(names)
    assert not {"no_such_module.thing.part", "math.no_such_function"} & set(names)
    assert set(space) - {"__builtins__"} == before - {"__builtins__"}


def test_a_test_reports_and_nothing_of_the_recorder_stays(space):
    enter(space, "start", NAMES, "locker")
    before = set(space)
    enter(space, "begin_test", "n", 0, [], "locker")
    test = integrity.prepare("assert 1 + 1 == 2\n0.5", "n")
    exec(test.source, space)
    records, _ = enter(space, "end_test", "n", NAMES, "locker")
    records = integrity.parse_records(records)
    assert integrity.contradictions(test, records) == []
    assert integrity.result_of(records) == 0.5
    assert set(space) == before


def test_two_fingerprints_differ_by_what_was_replaced(space, monkeypatch):
    before = integrity.parse_fingerprint(enter(space, "start", NAMES, "locker"))
    assert integrity.replaced(before, enter(space, "fingerprint", NAMES, "locker")) == []
    monkeypatch.setattr("math.isclose", lambda *a: True)
    replaced = integrity.replaced(before, enter(space, "fingerprint", NAMES, "locker"))
    assert replaced == ["math.isclose", "math: isclose"]


def test_what_locked_cells_made_is_put_back(space):
    space["double"] = double = lambda x: 2 * x
    enter(space, "keep", ["double", "not_there"], "a locker")
    space["double"] = None
    fingerprint = dict(enter(space, "fingerprint", [], "a locker"))
    assert fingerprint["locked cells"] == ["double"]
    enter(space, "begin_test", "n", 0, [], "a locker")
    assert space["double"] is double


def test_seeds_are_set_though_a_generator_was_replaced(space, monkeypatch):
    enter(space, "seed", 7)
    first = random.random()
    monkeypatch.setattr("numpy.random.seed", None)
    enter(space, "seed", 7)
    assert random.random() == first


@pytest.mark.parametrize(
    ("name", "there"),
    [("math.isclose", True), ("os.path.join", True), ("nothing.__bool__", False)],
)
def test_dotted_names(name, there):
    _, last, value = inside.resolve(name)
    assert last == name.split(".")[-1]
    assert (value is not None) is there
