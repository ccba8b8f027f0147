"""The pages beside the chapters."""

import re
from pathlib import Path

import pytest

from tools.book import Book

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
COURSE_BOOK = Book(ROOT)


def test_every_page_is_in_the_table_of_contents():
    assert sorted(COURSE_BOOK.pages) == sorted(path.stem for path in BOOK.glob("*.md"))


def test_the_map_names_sixteen_chapters_and_links_those_that_exist():
    index = (BOOK / "index.md").read_text("utf-8")
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", index, re.M)]
    assert numbers == list(range(1, 17))
    for slug in COURSE_BOOK.budgets:
        assert f"{{doc}}`{slug}`" in index, f"the map does not link {slug}"


def test_the_glossary_is_sorted_and_has_the_korean_terms():
    text = (BOOK / "glossary.md").read_text("utf-8")
    block = re.search(r"```\{glossary\}\n(.*?)\n```", text, re.S).group(1)
    entries = re.findall(r"^(\S.*)\n  (.+)$", block, re.M)
    terms = [term for term, _definition in entries]
    assert len(terms) == len(re.findall(r"^\S", block, re.M)), "an entry has no definition"
    assert [term.lower() for term in terms] == sorted(term.lower() for term in terms)
    for term, definition in entries:
        assert re.match(r"\([^)]*[가-힣][^)]*\) \S", definition), f"{term} has no Korean term"


def test_our_styles_and_templates_name_no_other_host():
    ours = [*(BOOK / "_static").glob("*.*"), *(BOOK / "_templates").glob("*.html")]
    texts = [path for path in ours if path.suffix in (".css", ".js", ".html")]
    assert texts
    for path in texts:
        assert not re.search(r"https?:|url\(|@import|src=.//", path.read_text("utf-8")), path


@pytest.mark.parametrize("page", sorted(BOOK.glob("*.md")), ids=lambda path: path.stem)
def test_no_character_is_there_that_nobody_sees(page):
    """A tab where a backslash and a t were meant turns a formula into words."""
    hidden = {char for char in page.read_text("utf-8") if char < " " and char != "\n"}
    assert not hidden
