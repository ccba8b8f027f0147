"""What the page shows is the code that the tests run."""

import ast
import importlib
import inspect
import pkgutil
import textwrap

import IPython.display
import pytest

import helpers
from helpers import activations, attention, normalizers
from helpers.source import idea, show_source


@pytest.fixture
def shown(monkeypatch):
    displayed = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: displayed.append(data))
    return displayed


def test_shows_the_whole_source_in_order(shown):
    show_source(activations.tanh, activations.relu, whole=True)
    (code,) = shown
    first, second = (
        inspect.getsource(each).strip() for each in (activations.tanh, activations.relu)
    )
    assert code["text/plain"] == f"{first}\n\n\n{second}"
    assert code["text/markdown"] == f"```python\n{first}\n\n\n{second}\n```"


def test_something_without_source_is_an_error(shown):
    with pytest.raises(TypeError):
        show_source(len)
    assert not shown


SOURCE = '''
def mean(x: Tensor, axis: int = 0, *, eps: float = 1e-5, **rest: int) -> Tensor:
    """Return the mean of x.

    A second paragraph.

    Args:
        x: (batch, features).

    Raises:
        ValueError: nothing to average.
    """
    # too few
    if x.numel() == 0:
        raise ValueError("empty")
    _check_shape(x)
    total = x.sum(axis)  # (features)
    if axis:
        total = total + eps
    return total
'''

IDEA = '''
def mean(x, axis=0, *, eps=1e-05, **rest):
    """Return the mean of x.

    A second paragraph."""
    total = x.sum(axis)  # (features)
    if axis:
        total = total + eps
    return total
'''


def test_the_idea_has_no_hints_no_lists_and_no_checks():
    assert idea(SOURCE.strip()) == IDEA.strip()


def test_a_function_that_only_checks_stays_whole():
    source = "def check(x):\n    if not x:\n        raise ValueError(x)"
    assert idea(source) == source


def test_the_fields_of_a_dataclass_keep_their_types():
    source = "class Config:\n    width: int\n    heads: int = 4"
    assert idea(source) == source


def everything():
    for module in pkgutil.walk_packages(helpers.__path__, "helpers."):
        for name, member in vars(importlib.import_module(module.name)).items():
            own = getattr(member, "__module__", "") == module.name
            if own and (inspect.isfunction(member) or inspect.isclass(member)):
                yield f"{module.name}.{name}", member


def statements(source: str) -> int:
    return sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(source)))


def test_whatever_is_shown_is_python():
    found = 0
    for name, member in everything():
        source = textwrap.dedent(inspect.getsource(member)).rstrip()
        short = idea(source)
        try:
            assert 0 < statements(short) <= statements(source), name
        except SyntaxError as error:
            pytest.fail(f"{name}: {error}\n{short}")
        found += 1
    assert found > 300


@pytest.mark.parametrize("member", [normalizers.BatchNorm, attention.masked_softmax])
def test_what_is_shown_computes_the_same(member):
    """Only hints, checks and words are gone: every other statement is there."""
    source = textwrap.dedent(inspect.getsource(member)).rstrip()
    assert work(source) == work(idea(source))


def work(source: str) -> set[str]:
    return {
        ast.dump(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Return | ast.Assign)
    }
