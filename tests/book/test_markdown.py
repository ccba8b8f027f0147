"""Documents become plain Markdown, and what a reader sees stays the same."""

import pytest
from _ext import claims, predict
from _ext.markdown import CodeCell, UnknownNode, Writer
from docutils import nodes
from docutils.core import publish_doctree
from markdown_it import MarkdownIt
from myst_parser.docutils_ import Parser

SETTINGS = {
    "myst_enable_extensions": ["colon_fence", "deflist", "dollarmath"],
    "report_level": 5,
    "doctitle_xform": False,
}


class Page:
    """A page without figures, on a site with one other page."""

    macros = {"h": r"\mathbf{h}"}

    def number(self, node):
        return {"A chapter": "2", "a = b": "2.1"}.get(node.astext().strip(), "")

    def address(self, reference):
        target = reference.get("refuri", "")
        return target if "://" in target else None

    def is_title(self, text):
        return text == "Another chapter"


def read(source: str) -> nodes.document:
    return publish_doctree(source, parser=Parser(), settings_overrides=SETTINGS)


def written(source: str) -> str:
    return "\n".join(Writer(Page()).cells(read(source)))


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, *stressed* and **strong**.",
        "Code stays as it is: `{glue:text}` and `a|b` and `` `x` ``.",
        r"Formulas stay: $\{x_i\}$, $a * b * c$, and $\hat{y}_{i}$.",
        "- one\n- two",
        "1. one\n2. two",
        "3. three\n4. four",
        "- one\n  - nested\n- two",
        "- two paragraphs\n\n  in an item\n\n- and another",
        "> A quotation.\n>\n> Of two.",
        "```\nx = {'a': 1}  # ::: and {term}`x`\n```",
        "````\n```{note}\n```\n````",
        "# A page\n\n## A section\n\n### Below it",
        r"a_name and \_\_init\_\_",
        "[words](https://example.org/a_b)",
    ],
)
def test_plain_markdown_stays(text):
    assert written(text) == text


@pytest.mark.parametrize(
    "said",
    [
        "2 * 3 * 4",
        "*not stressed*",
        "_nor this_",
        "[0](1)",
        "a < b & c",
        "&lt; as it is",
        "costs $5 and $6",
        "a `tick",
        r"back\slash \*",
        "# no heading",
        "- no list",
        "1. no list",
        "12) no list",
        "> no quote",
        "~~kept~~",
        "<b>tag</b>",
    ],
)
def test_words_say_what_they_said(said):
    document = nodes.document("", "")
    document += nodes.paragraph("", "", nodes.Text(said))
    (text,) = Writer(Page()).cells(document)
    tokens = MarkdownIt("commonmark").enable("strikethrough").parse(text)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {child.type for child in tokens[1].children} <= {"text", "text_special"}
    assert "".join(child.content for child in tokens[1].children) == said


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("words\n\n(target)=\nmore", "words\n\nmore"),
        ("% a comment\n\nwords", "words"),
        ("# A chapter", "# 2. A chapter"),
        (r"$\h$ and $\{\h\}$", r"$\mathbf{h}$ and $\{\mathbf{h}\}$"),
        ("$$\na = b\n$$", "$$\na = b\n\\tag{2.1}\n$$"),
        ("$$\n\\h\n$$", "$$\n\\mathbf{h}\n$$"),
        ("```{math}\nx\n```", "$$\nx\n$$"),
        (
            ":::{admonition} A *title*\nwords\n\n- a\n- b\n:::",
            "> **A *title***\n>\n> words\n>\n> - a\n> - b",
        ),
        (":::{note}\nwords\n:::", "> **Note**\n>\n> words"),
        (
            "::::{admonition} Outer\n:::{admonition} Inner\nwords $\\h$\n:::\n::::",
            "> **Outer**\n>\n> > **Inner**\n> >\n> > words $\\mathbf{h}$",
        ),
        ("- item\n\n  :::{note}\n  words\n  :::", "- item\n\n  > **Note**\n  >\n  > words"),
        (
            "| a | b |\n|--:|---|\n| $\\h$ | `x` |\n| *y* | |",
            "| a | b |\n| --: | --- |\n| $\\mathbf{h}$ | `x` |\n| *y* |  |",
        ),
        (
            "| a |\n|---|\n| `x \\| y` |\n| words \\| |",
            "| a |\n| --- |\n| `x \\| y` |\n| words \\| |",
        ),
        ("Term\n: its meaning", "- **Term**: its meaning"),
        ("first  \nsecond\nthird", "first<br>second third"),
        ("words\n\n---\n\nmore", "words\n\n---\n\nmore"),
    ],
)
def test_markup_is_resolved(source, plain):
    assert written(source) == plain


def test_a_bar_in_a_formula_does_not_end_its_cell():
    table = read("| a |\n|---|\n| x |")
    for cell in table.findall(nodes.paragraph):
        cell[0] = nodes.math("", r"|x| = \|y\|")
    before = table.astext()
    last = Writer(Page()).cells(table)[0].splitlines()[2]
    assert last == r"| $\vert x\vert = \Vert y\Vert$ |"
    assert table.astext() == before, "the page itself has changed"


def test_a_link_without_an_address_is_its_words_and_a_title_is_in_italics():
    document = nodes.document("", "")
    for words in ("Figure 2.1", "Another chapter"):
        reference = nodes.reference("", "", nodes.inline("", words), refuri="other.html#x")
        document += nodes.paragraph("", "", nodes.Text("see "), reference)
    assert Writer(Page()).cells(document) == ["see Figure 2.1\n\nsee *Another chapter*"]


def test_code_cells_part_the_texts_and_captions_follow_them():
    figure = nodes.figure("", nodes.image(uri="x.svg", alt="A curve."), nodes.caption("", "Curve"))
    cell = nodes.container("", figure, nb_element="cell_code", cell_index=3)
    plain = nodes.container("", nb_element="cell_code", cell_index=4)
    section = nodes.section("", nodes.title("", "Section"), cell, plain, nodes.paragraph("", "end"))
    document = nodes.document("", "")
    document += section
    assert Writer(Page()).cells(document) == [
        "# Section",
        CodeCell(3, "A curve."),
        "Curve",
        CodeCell(4),
        "end",
    ]


def test_what_nobody_has_taught_it_is_an_error():
    document = nodes.document("", "")
    document += nodes.line_block("", nodes.line("", "what is this?"))
    with pytest.raises(UnknownNode, match="line_block.*what is this"):
        Writer(Page()).cells(document)
    with pytest.raises(UnknownNode, match="video"):
        written("words <video></video>")


def test_a_block_of_code_keeps_its_language():
    block = nodes.literal_block("", "x = 1", language="python")
    assert Writer(Page()).block(block) == "```python\nx = 1\n```"


def test_a_prediction_is_a_question_a_list_and_a_folded_answer():
    choices = nodes.container("", nodes.paragraph("", "How much?"), nodes.paragraph("", "Think."))
    choices += [predict.predict_choice("", words) for words in ("All.", "None.")]
    answer = nodes.container("", nodes.paragraph("", "None: it is gone."))
    assert Writer(Page()).block(predict.predict_form("", choices, answer)) == (
        "**Predict first:** How much?\n\nThink.\n\n1. All.\n2. None.\n\n"
        "<details>\n<summary>What the run says</summary>\n\nNone: it is gone.\n\n</details>"
    )


def test_a_checked_sentence_has_a_tick():
    paragraph = nodes.paragraph("", "It is gone. ", claims.claim_tick("", claim="gone"))
    assert Writer(Page()).block(paragraph) == "It is gone. ✓"
