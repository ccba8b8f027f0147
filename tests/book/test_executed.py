"""What a page says about its run."""

from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture
def executed(monkeypatch):
    monkeypatch.syspath_prepend(BOOK)
    from _ext import executed

    return executed


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (8.2, "a few seconds"),
        (31, "half a minute"),
        (52, "a minute"),
        (74, "a minute"),
        (89, "a minute and a half"),
        (115, "2 minutes"),
        (290, "5 minutes"),
    ],
)
def test_how_long_a_run_takes_is_said_in_words(executed, work, words):
    assert executed.duration({"metadata": {"course": {"work": work}}}) == words
