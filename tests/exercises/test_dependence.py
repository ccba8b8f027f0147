import pytest
from dependence import Names, affected


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("x = y", {"y"}),
        ("x = x + 1", {"x"}),
        ("x += 1", {"x"}),
        ("x = 1\nz = x", set()),
        ("def f(a, *b, c=d, **e):\n    g = a\n    return g, b, c, e, h, f", {"d", "h"}),
        ("def f():\n    return later\nlater = 1", {"later"}),  # it may be called before
        ("def f():\n    global x\n    x += y", {"x", "y"}),
        ("f = lambda a, b=c: a + b + d", {"c", "d"}),
        ("class A(B):\n    x = y\n    def f(self):\n        return A, z", {"B", "y", "z", "A"}),
        ("[a + b for a in c if a != d]", {"b", "c", "d"}),
        ("for i in n:\n    x = i\nx", {"n", "x"}),  # the loop may not run
        ("if a:\n    x = 1\nx", {"a", "x"}),
        ("if a:\n    x = 1\nelse:\n    x = 2\nx", {"a"}),
        ("while a:\n    x = a\nx", {"a", "x"}),
        ("try:\n    x = f()\nexcept E:\n    pass\nx", {"f", "E", "x"}),
        ("try:\n    x = f()\nexcept E:\n    x = 1\nx", {"f", "E"}),
        ("with a as x:\n    pass\nx", {"a"}),
        ("import a.b as c, d.e\nfrom f import g\nc, d, g", set()),
        ("if (n := f()) > 1:\n    n", {"f"}),
        ("x.y = 1\nz[0] = 2", {"x", "z"}),
        ("f'{a} {b:{c}}'", {"a", "b", "c"}),
        ("!ls\n%timeit -n1 pass", {"get_ipython"}),
    ],
)
def test_what_a_cell_takes_from_before(source, taken):
    assert Names(source).taken == taken


def test_what_a_cell_leaves_behind():
    names = Names("import a\nx, y = 1, 2\ndef f(): z = 1\nclass B: w = 1\nfor i in x: j = i")
    assert names.left == {"a", "x", "y", "f", "B", "i", "j"}
    assert names.values == {"x", "y", "i", "j"}
    assert names.bound == {"a", "x", "y", "f", "B"}


CELLS = {
    "setup": "import torch\nshared = [1]\ndef helper(): return 1",
    "f": "def f(): return helper()",
    "test-f": "got = f()",
    "g": "def g(x): return x",
    "test-g": "got = g(2)\nassert got == 2",
    "data": "numbers = [1, 2]",
    "uses-f": "total = [f()]",
    "rebound": "f = None",
    "h": "def h(): return f",
    "later": "print(total, numbers)",
}


def seen(changed: str, instead: str | None = None) -> set[str]:
    names = list(CELLS)
    found = affected(list(CELLS.values()), names.index(changed), instead or CELLS[changed])
    return {names[number] for number in found}


def test_who_calls_a_function_notices_that_it_has_changed():
    assert {"test-f", "uses-f"} <= seen("f")
    assert seen("g") == {"test-g"}


def test_who_calls_it_by_way_of_another_does_too_and_brings_what_it_needs():
    assert seen("f") == {"test-f", "uses-f", "later", "data"}


def test_a_name_that_is_bound_anew_says_nothing_of_the_old_one():
    assert not seen("f") & {"h", "test-g"}


def test_a_value_from_before_may_have_been_changed_in_place():
    cells = [*CELLS.values(), "print(shared)", "print(helper())"]
    found = affected(cells, 1, "def f():\n    shared.append(2)")
    assert len(CELLS) in found
    assert len(CELLS) + 1 not in found


def test_what_the_mistake_alone_binds_counts():
    assert "later" in seen("g", "def g(x): return x\nprint = None") - seen("g")
