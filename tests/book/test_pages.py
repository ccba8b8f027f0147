"""The pages beside the chapters, and the configuration that they are built with."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))


def toc_files() -> list[str]:
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    return [toc["root"], *(each["file"] for part in toc["parts"] for each in part["chapters"])]


def test_every_page_is_in_the_table_of_contents():
    assert sorted(toc_files()) == sorted(path.stem for path in BOOK.glob("*.md"))


def test_the_map_names_sixteen_chapters_and_links_those_that_exist():
    index = (BOOK / "index.md").read_text("utf-8")
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", index, re.M)]
    assert numbers == list(range(1, 17))
    chapters = [path for path in BOOK.glob("*.md") if "\ncourse:" in path.read_text("utf-8")]
    for path in chapters:
        assert f"{{doc}}`{path.stem}`" in index, f"the map does not link {path.stem}"


def test_the_glossary_is_sorted_and_has_the_korean_terms():
    text = (BOOK / "glossary.md").read_text("utf-8")
    block = re.search(r"```\{glossary\}\n(.*?)\n```", text, re.S).group(1)
    entries = re.findall(r"^(\S.*)\n  (.+)$", block, re.M)
    terms = [term for term, _definition in entries]
    assert len(terms) == len(re.findall(r"^\S", block, re.M)), "an entry has no definition"
    assert [term.lower() for term in terms] == sorted(term.lower() for term in terms)
    for term, definition in entries:
        assert re.match(r"\([^)]*[가-힣][^)]*\) \S", definition), f"{term} has no Korean term"


@pytest.mark.parametrize(
    "setting",
    ["nitpicky", "nb_execution_raise_on_error", "numfig"],
)
def test_the_build_is_strict(setting):
    assert CONFIG["sphinx"]["config"][setting] is True


def test_no_error_of_a_cell_is_let_through():
    assert CONFIG["execute"]["allow_errors"] is False
    assert CONFIG["execute"]["stderr_output"] == "error"


def test_no_extension_that_reaches_for_other_hosts():
    extensions = CONFIG["sphinx"]["config"]["extensions"]
    assert not {"sphinx_thebe", "sphinx_comments", "sphinx.ext.intersphinx"} & set(extensions)
    assert "suppress_warnings" not in CONFIG["sphinx"]["config"]


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
