"""How a chapter reads: its claims are sentences, its questions ask, its code can be followed."""

import ast
import builtins
import re

import pytest

from .test_chapters import BOOK
from .test_chapters import CHAPTERS as PAGES

CHAPTERS = [path.stem for path in PAGES]
VERBS = re.compile(
    r"\b(is|are|was|were|be|has|have|had|does|do|did|can|cannot|could|may|might|must|will|would|"
    r"[a-z]+(?:s|ed|es)|fell|rose|grew|lost|kept|left|made|took|gave|went|came|saw|held|got|cost)\b"
)
LEANS = re.compile(
    r"^(So|It|This|That|They|These|Those|Here|And|But|Also)\b|\bso (?:do|does|did)\b"
)
NOT_DEFINED_HERE = set(dir(builtins)) | {"display", "get_ipython", "__name__"}


def code_cells(slug: str) -> list[tuple[str, bool]]:
    """The code of a chapter's cells, and whether it is folded."""
    text = (BOOK / f"{slug}.md").read_text("utf-8")
    cells = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", text, re.M | re.S)
    found = []
    for cell in cells:
        head = re.match(r"((?:---\n.*?\n---\n)|(?::[^\n]*\n)*)", cell, re.S)[0]
        hidden = re.search(r"(hide|remove)-(input|cell)", head) is not None
        found.append((cell[len(head) :], hidden))
    return found


def calls(slug: str, name: str) -> list[ast.Call]:
    """Every call of a function, by its plain name."""
    trees = [ast.parse(re.sub(r"^\s*[%!].*", "", code, flags=re.M)) for code, _ in code_cells(slug)]
    return [
        node
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
    ]


def given(call: ast.Call, name: str):
    """A keyword argument that is written as a constant; None when it is not given."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return getattr(keyword.value, "value", True)
    return None


def statements(slug: str) -> list[str]:
    """The statements of a chapter's claims, where they are written out."""
    first = [call.args[0] for call in calls(slug, "claim")]
    return [node.value for node in first if isinstance(node, ast.Constant)]


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_claim_is_a_sentence_that_can_be_read_alone(slug):
    poor = [
        statement
        for statement in statements(slug)
        if not (statement[0].isupper() or statement[0].isdigit())
        or not VERBS.search(statement)
        or LEANS.search(statement)
        or statement.endswith(".")
        or len(statement.split()) < 4
    ]
    assert poor == []


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_few_claims_are_the_headlines(slug):
    names = [given(call, "name") for call in calls(slug, "claim") if given(call, "headline")]
    assert 5 <= len(names) <= 8
    assert len(set(names)) == len(names)
    text = (BOOK / f"{slug}.md").read_text("utf-8")
    assert sorted(re.findall(r"\{claim\}`([^`]+)`", text)) == sorted(names)


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_reader_is_asked_first(slug):
    text = (BOOK / f"{slug}.md").read_text("utf-8")
    asked = re.findall(r"^`{3,}\{predict\}.*\n:name: (\S+)$", text, re.M)
    assert 1 <= len(asked) <= 3
    assert sorted(call.args[0].value for call in calls(slug, "predict")) == sorted(asked)


def test_the_book_asks_often():
    assert sum(len(calls(slug, "predict")) for slug in CHAPTERS) >= 24


@pytest.mark.parametrize("slug", CHAPTERS)
def test_few_beliefs_are_corrected_on_the_page(slug):
    text = (BOOK / f"{slug}.md").read_text("utf-8")
    assert text.count(":class: source-check") <= 3
    prose = re.sub(r"^```\{code-cell\}.*?^```$", "", text, flags=re.M | re.S)
    assert not re.findall(r"\b[Nn]otes? [A-D]\b", prose)


def bound(tree: ast.AST) -> set[str]:
    """The names that code gives a meaning, at its top and inside."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
    return names


def imported(tree: ast.AST) -> set[str]:
    """The names that code imports."""
    kinds = ast.Import | ast.ImportFrom
    return set().union(*(bound(node) for node in ast.walk(tree) if isinstance(node, kinds)), set())


@pytest.mark.parametrize("slug", CHAPTERS)
def test_visible_code_uses_no_name_that_only_folded_code_defines(slug):
    visible, folded, unknown = set(), set(), []
    for code, hidden in code_cells(slug):
        tree = ast.parse(re.sub(r"^\s*[%!].*", "", code, flags=re.M))
        visible |= imported(tree)
        if hidden:
            folded |= bound(tree)
            continue
        here = bound(tree)
        used = {
            node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        lost = (used & folded) - visible - here - NOT_DEFINED_HERE
        unknown += [f"{name} in: {code.strip().splitlines()[0]}" for name in sorted(lost)]
        visible |= here
    assert unknown == []


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_reference_that_names_its_kind_is_not_named_again(slug):
    """`{eq}` writes "Equation 2.1" itself, and `{numref}` "Figure 2.1"."""
    text = (BOOK / f"{slug}.md").read_text("utf-8")
    assert not re.findall(
        r"(?i)\b(?:equations?|figures?|tables?|chapters?)\s+\{(?:eq|numref)\}", text
    )


def test_a_label_is_given_once_in_the_book():
    """Sphinx takes labels from all pages together: of two alike, one reference goes astray."""
    places = {}
    for page in sorted(BOOK.glob("*.md")):
        text = page.read_text("utf-8")
        for label in re.findall(
            r"""\bfigure: \{[^}\n]*?\bname: *["']?([\w-]+)"""  # a figure that code draws
            r"|^:(?:name|label): *(fig-[\w-]+)"  # any other figure
            r"|^\(([\w-]+)\)=$"  # a section
            r"|^\$\$ \(([\w-]+)\)$",  # an equation
            text,
            re.M,
        ):
            places.setdefault("".join(label), []).append(page.name)
    assert len(places) > 200
    assert {label: pages for label, pages in places.items() if len(pages) > 1} == {}


@pytest.mark.parametrize("page", sorted(BOOK.glob("*.md")), ids=lambda path: path.stem)
def test_every_column_of_a_table_has_a_head(page):
    lines = page.read_text("utf-8").splitlines()
    heads = [a for a, b in zip(lines, lines[1:], strict=False) if re.fullmatch(r"\|[-:| ]+\|", b)]
    assert [head for head in heads if re.search(r"\|\s*\|", head)] == []


def rows_about_the_notes() -> list[tuple[str, list[str]]]:
    """What stands in each row of the source map's second table, and the chapters that it names."""
    text = (BOOK / "source-map.md").read_text("utf-8").partition("## What the notes get wrong")[2]
    rows = [line for line in text.splitlines() if line.startswith("| ") and "{doc}" in line]
    return [(row, re.findall(r"\{doc\}`([a-z-]+)`", row)) for row in rows]


@pytest.mark.parametrize(
    ("row", "slugs"),
    [pytest.param(*row, id=f"{i}") for i, row in enumerate(rows_about_the_notes())],
)
def test_the_source_map_quotes_claims_and_titles_as_they_stand(row, slugs):
    said = [statement for slug in slugs for statement in statements(slug)]
    quoted = re.findall(r"\b[Cc]laims? ((?:\"(?:[^\"])+\"(?:, | and |, and )?)+)", row)
    claims = [each for group in quoted for each in re.findall(r'"([^"]+)"', group)]
    for claim in claims:
        pattern = ".*".join(re.escape(part.strip()) for part in claim.split("..."))
        assert any(re.match(pattern, statement) for statement in said), claim
    where = row.rstrip("| ").rpartition("|")[2]
    titles = re.findall(r'"(.+?)"(?=$|,|;| and|: )', where)
    heads = "\n".join((BOOK / f"{slug}.md").read_text("utf-8") for slug in slugs)
    missing = [
        title for title in titles if f"# {title}\n" not in heads and title != "Further reading"
    ]
    assert missing == []
