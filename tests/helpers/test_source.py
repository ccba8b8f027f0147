"""What the page shows is the code that the tests run."""

import inspect

import IPython.display
import pytest

from helpers import activations
from helpers.source import show_source


@pytest.fixture
def shown(monkeypatch):
    displayed = []
    monkeypatch.setattr(IPython.display, "display", displayed.append)
    return displayed


def test_shows_the_source_in_order(shown):
    show_source(activations.tanh, activations.relu)
    (code,) = shown
    assert isinstance(code, IPython.display.Code)
    first, second = (
        inspect.getsource(each).strip() for each in (activations.tanh, activations.relu)
    )
    assert code.data == f"{first}\n\n{second}"
    page = code._repr_html_()
    assert "highlight" in page and "expm1" in page


def test_something_without_source_is_an_error(shown):
    with pytest.raises(TypeError):
        show_source(len)
    assert not shown
