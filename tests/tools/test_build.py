"""The site is built from the run, and a complaint of Sphinx fails the build every time."""

import re

import pytest
import yaml

from tools.book import Book
from tools.build import Stages, chapter_site, languages


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
    assert languages(Book(small.root)) == ["en"]
    small.edit(name, 'msgid "A"\nmsgstr ""', 'msgid "A"\nmsgstr "가"')
    assert languages(Book(small.root)) == ["en", "ko"]


def test_the_stages_begin_with_what_the_installation_says(monkeypatch):
    monkeypatch.setenv("COURSE_INSTALL_SECONDS", "212.4")
    stages = Stages()
    with stages.time("execute"):
        pass
    assert str(stages) == "install 212 s, execute 0 s"


def test_the_contents_of_one_chapter_leave_out_the_others_and_what_is_empty(small):
    small.write(
        "_toc.yml",
        "format: jb-book\nroot: index\nparts:\n- caption: One\n  chapters:\n  - file: alpha\n"
        "- caption: Two\n  chapters:\n  - file: beta\n  - url: https://example.org\n",
    )
    toc = yaml.safe_load(chapter_site(small.book(), "beta").toc.read_text())
    assert toc["root"] == "index"
    (part,) = toc["parts"]
    assert part["caption"] == "Two"
    assert [entry.get("file") for entry in part["chapters"]] == ["beta", None]


@pytest.mark.slow
def test_one_chapter_is_a_page_and_the_whole_book_is_whole_afterwards(small):
    small.edit("book/beta.md", "Some prose", "After {doc}`alpha`, and {ref}`nowhere`, some prose")
    run = small.run("build", "--chapter", "beta")
    assert run.returncode == 0, run.stdout + run.stderr
    page = small.root / "_build" / "chapter" / "en" / "beta.html"
    assert page.as_uri() in run.stdout
    assert "one is positive" in page.read_text() and "After" in page.read_text()
    assert small.runs() == ["beta"]

    fails_twice(small, "beta.md", "nowhere")  # where the whole book is built, it is a mistake
    small.edit("book/beta.md", ", and {ref}`nowhere`,", "")
    run = small.run("build")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "execute " in run.stdout and "Sphinx " in run.stdout
    assert 'href="alpha.html"' in small.page("beta") and "value 1" in small.page("alpha")
    assert small.runs() == ["alpha", "beta"]


@pytest.mark.slow
def test_pages_are_read_by_several_processes(executed, monkeypatch):
    """Sphinx does so from six pages on, and warns of an extension that is not made for it."""
    plain = [f"page{number}" for number in range(4)]
    for name in plain:
        executed.write(f"book/{name}.md", f"# {name}\n\nSee {{doc}}`alpha`.\n")
    chapters = "".join(f"  - file: {name}\n" for name in ["alpha", "beta", *plain])
    executed.write(
        "_toc.yml",
        "format: jb-book\nroot: index\nparts:\n- caption: All\n  numbered: 1\n  chapters:\n"
        + chapters,
    )
    monkeypatch.setenv("JOBS", "2")
    run = executed.run("build")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "serial" not in run.stdout
    assert "value 1" in executed.page("alpha") and 'href="alpha.html"' in executed.page("page3")


@pytest.mark.slow
def test_the_site_shows_the_run_and_says_where_it_is(executed):

    run = executed.run("build")
    assert run.returncode == 0, run.stdout + run.stderr
    page = executed.root / "_build" / "html" / "en" / "index.html"
    assert page.exists() and page.as_uri() in run.stdout
    assert "value 1" in executed.page("alpha")
    assert not re.search(r'<(script|link rel="stylesheet")[^>]*(src|href)="http', page.read_text())

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
