"""The site is built from the run, and a complaint of Sphinx fails the build every time."""

import pytest

from tools.build import languages
from tools.course import Course


def fails_twice(small, *words: str) -> None:
    for _ in range(2):
        run = small.run("build")
        assert run.returncode == 1, run.stdout + run.stderr
        for word in words:
            assert word in run.stderr


def test_a_language_is_built_once_it_has_a_translated_sentence(small):
    catalogue = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n\nmsgid "A"\nmsgstr ""\n'
    )
    name = "book/locales/ko/LC_MESSAGES/alpha.po"
    small.write(name, catalogue)
    assert languages(Course(small.root)) == ["en"]
    small.edit(name, 'msgid "A"\nmsgstr ""', 'msgid "A"\nmsgstr "가"')
    assert languages(Course(small.root)) == ["en", "ko"]


@pytest.mark.slow
def test_the_site_shows_the_run_and_says_where_it_is(executed):

    run = executed.run("build")
    assert run.returncode == 0, run.stdout + run.stderr
    page = executed.root / "_build" / "html" / "en" / "index.html"
    assert page.exists() and page.as_uri() in run.stdout
    assert "value 1" in executed.page("alpha")

    # a second time with nothing to do; then prose: no chapter runs, the page is new
    assert executed.run("build").returncode == 0
    executed.edit("book/alpha.md", "Some prose", "Other prose")
    assert executed.run("build").returncode == 0
    assert "Other prose" in executed.page("alpha")
    assert executed.runs() == ["alpha", "beta"]

    # a helper: its chapter runs and its page is new, though its source is not
    executed.write("src/helpers/used.py", "VALUE = 2\n")
    assert executed.run("build").returncode == 0
    assert "value 2" in executed.page("alpha")
    assert executed.runs() == ["alpha", "alpha", "beta"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("See {ref}`nowhere`.", "nowhere"),
        ("See [](#nowhere).", "nowhere"),
        ("See {doc}`nowhere`.", "nowhere"),
        ("See {cite}`nobody1900`.", "nobody1900"),
        ("#### A heading three levels down", "header level"),
        ("```{nonsense}\n```", "nonsense"),
    ],
)
def test_a_warning_of_sphinx_fails_twice(executed, text, complaint):
    executed.edit("book/alpha.md", "Some prose", f"{text}\n\nSome prose")
    fails_twice(executed, "alpha.md", complaint, "not built")


@pytest.mark.slow
def test_a_failed_build_is_mended_by_mending_the_page(executed):

    executed.edit("book/alpha.md", "Some prose", "See {ref}`nowhere`.")
    assert executed.run("build").returncode == 1
    executed.edit("book/alpha.md", "See {ref}`nowhere`.", "Some prose")
    assert executed.run("build").returncode == 0


@pytest.mark.slow
def test_a_failing_chapter_keeps_sphinx_from_running(small):
    small.chapter("alpha", "1 / 0")
    fails_twice(small, "alpha.md", "ZeroDivisionError", "not built")
    assert not (small.root / "_build" / "html").exists()
