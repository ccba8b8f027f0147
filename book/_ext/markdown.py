"""A page that Sphinx has resolved, as Markdown that any notebook program shows.

The numbers of figures, the labels of citations, the values of the run and the translated
sentences are then those of the site. What is written is CommonMark with tables, `$` and `$$`
for formulas and `<details>` for what is folded: no directive, no role, no label.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from docutils import nodes

from . import tex
from .texts import _

_INLINE_MARKS = {"emphasis": "*", "strong": "**", "title_reference": "*"}
_NEEDS_ESCAPE = re.compile(
    r"[`*$<]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word an underscore is itself
    r"|~(?=~)"
    r"|\\(?=[!-/:-@\[-`{-~])"
    r"|&(?=#?\w+;)"
    r"|(?<=\])\("
)
_ENTITIES = {"<": "&lt;", "&": "&amp;", "\\": "&#92;", "(": "&#40;"}
_LINE_START = re.compile(r"^(?:(\d+)(?=[.)]\s)|(?=#{1,6}\s|[-+]\s|>))")


class Page(Protocol):
    """What a document does not say by itself."""

    macros: tex.Macros

    def number(self, node: nodes.Element) -> str:
        """The number of a title, a figure or an equation, as the site shows it; "" for none."""

    def address(self, reference: nodes.reference) -> str | None:
        """Where a reference leads outside of the notebook; None for nowhere."""

    def is_title(self, text: str) -> bool:
        """Whether the text is the title of a page."""


@dataclass(frozen=True)
class CodeCell:
    """The place of a code cell between the texts.

    Attributes:
        index: its position among all cells of the source.
        alt: what its figure shows, in words; "" when it has none.
    """

    index: int
    alt: str = ""


class UnknownNode(Exception):
    """The document has something that nobody has taught this module to write."""


class Writer:
    """Writes the nodes of one page."""

    def __init__(self, page: Page):
        self.page = page
        self._in_cell = False

    def cells(self, document: nodes.document) -> list[str | CodeCell]:
        """The texts and code cells of a document, in order.

        Raises:
            UnknownNode: a node has no counterpart in Markdown here.
        """
        cells: list[str | CodeCell] = []
        texts: list[str] = []
        for part in self._parts(document, level=0):
            if isinstance(part, CodeCell):
                cells += ["\n\n".join(texts)] if texts else []
                cells.append(part)
                texts = []
            elif part:
                texts.append(part)
        return cells + (["\n\n".join(texts)] if texts else [])

    def _parts(self, node: nodes.Element, level: int) -> Iterator[str | CodeCell]:
        for child in node.children:
            if isinstance(child, nodes.section):
                yield from self._parts(child, level + 1)
            elif isinstance(child, nodes.title):
                number = self.page.number(child)
                text = f"{number}. {self.inline(child)}" if number else self.inline(child)
                yield f"{'#' * max(level, 1)} {text}"
            elif child.get("nb_element") == "cell_code":
                images = child.findall(nodes.image)
                alts = [image["alt"] for image in images if image.get("alt")]
                yield CodeCell(child["cell_index"], alts[0] if alts else "")
                yield from map(self._caption, child.findall(nodes.figure))
            else:
                yield self.block(child)

    def _caption(self, figure: nodes.figure) -> str:
        number = self.page.number(figure)
        captions = [self.inline(caption) for caption in figure.findall(nodes.caption)]
        return " ".join(([f"**{number}.**"] if number else []) + captions)

    # Blocks

    def block(self, node: nodes.Node) -> str:
        """One block of a page; "" for what does not show."""
        return self._write("block", node)

    def blocks(self, children: Iterable[nodes.Node], between: str = "\n\n") -> str:
        """Several blocks, one below the other."""
        return between.join(filter(None, map(self.block, children)))

    def block_paragraph(self, node: nodes.Element) -> str:
        """A paragraph in one line; words at its start do not begin a list."""
        text = self.inline(node)
        words_first = bool(node.children) and isinstance(node.children[0], nodes.Text)
        return _LINE_START.sub(r"\1\\", text) if words_first else text

    def block_invisible(self, node: nodes.Element) -> str:
        """Labels, comments and what only the site needs."""
        return ""

    # Claims stand among the outputs of the cells that made them.
    block_claims_fold = block_claim_badge = block_invisible
    block_comment = block_target = block_index = block_substitution_definition = block_invisible

    def block_container(self, node: nodes.Element) -> str:
        """What stands in a box of the page; the card is a quote without its links."""
        if "chapter-card-doors" in node["classes"]:
            return ""
        if "chapter-card" in node["classes"]:
            facts = [child for child in node if isinstance(child, nodes.field_list)]
            rest = [child for child in node if child not in facts]
            return quote(self.blocks([*facts, *rest]))
        return self.blocks(node.children)

    block_compound = block_tabular_col_spec = block_container

    def block_field_list(self, node: nodes.Element) -> str:
        """Names and what they are, in one line."""
        pairs = [(self.inline(field[0]), self.blocks(field[1].children, " ")) for field in node]
        return " · ".join(f"**{name}:** {body}" for name, body in pairs)

    def block_rubric(self, node: nodes.Element) -> str:
        """A heading outside of the outline."""
        return f"**{self.inline(node)}**"

    def block_transition(self, node: nodes.Element) -> str:
        """A rule across the page."""
        return "---"

    def block_bullet_list(self, node: nodes.Element) -> str:
        """A list with points."""
        return self._items(node, ("-" for _item in node))

    def block_enumerated_list(self, node: nodes.Element) -> str:
        """A list with numbers."""
        start = node.get("start", 1)
        return self._items(node, (f"{start + place}." for place in range(len(node))))

    def block_definition_list(self, node: nodes.Element) -> str:
        """Terms in bold, each with its definition below it."""
        return "\n".join(map(self._definition, node.children))

    def _definition(self, item: nodes.Element) -> str:
        terms = [self.inline(child) for child in item if isinstance(child, nodes.term)]
        bodies = [child for child in item if isinstance(child, nodes.definition)]
        text = "\n\n".join(self.blocks(body.children) for body in bodies)
        return indented(f"**{', '.join(terms)}**: {text}", "- ")

    def _items(self, node: nodes.Element, marks: Iterable[str]) -> str:
        tight = all(_is_tight(item) for item in node)
        items = [self.blocks(item.children, "\n" if tight else "\n\n") for item in node]
        lines = [indented(item, f"{mark} ") for item, mark in zip(items, marks, strict=True)]
        return ("\n" if tight else "\n\n").join(lines)

    def block_block_quote(self, node: nodes.Element) -> str:
        """A quotation."""
        return quote(self.blocks(node.children))

    def block_Admonition(self, node: nodes.Element) -> str:
        """A box: a quote with its title in bold."""
        title, *body = node.children
        if not isinstance(title, nodes.title):  # `{note}` and its like: the theme names them
            title, body = nodes.title("", _(node.tagname.capitalize())), node.children
        return quote(f"**{self.inline(title)}**\n\n{self.blocks(body)}")

    def block_dropdown_main(self, node: nodes.Element) -> str:
        """A folded box: its title in bold, and the rest behind a word to press."""
        title, *body = node.children
        parts = [
            f"**{self.inline(title).strip()}**",
            f"<details>\n<summary>{_('Answer')}</summary>",
            self.blocks(body),
            "</details>",
        ]
        return "\n\n".join(filter(None, parts))

    def block_predict_form(self, node: nodes.Element) -> str:
        """A question with its choices, and the answer behind a word to press."""
        choices, answer = node.children
        question, *rest = choices.children
        before = [child for child in rest if child.tagname != "predict_choice"]
        offered = [self.inline(child) for child in rest if child.tagname == "predict_choice"]
        parts = [
            f"**{_('Predict first:')}** {self.inline(question)}",
            self.blocks(before),
            "\n".join(f"{number}. {choice}" for number, choice in enumerate(offered, 1)),
            f"<details>\n<summary>{_('What the run says')}</summary>",
            self.blocks(answer.children),
            "</details>",
        ]
        return "\n\n".join(filter(None, parts))

    def block_literal_block(self, node: nodes.Element) -> str:
        """Code or output that is not run."""
        return fenced(node.astext(), node.get("language", ""))

    def block_math_block(self, node: nodes.Element) -> str:
        """A formula of its own, with the number that the site gives it."""
        number = self.page.number(node)
        return tex.display(tex.expand(node.astext(), self.page.macros), number)

    def block_figure(self, node: nodes.Element) -> str:
        """A picture of the page, with its caption."""
        images = [self.inline_image(image) for image in node.findall(nodes.image)]
        return "\n\n".join(filter(None, [*images, self._caption(node)]))

    def block_image(self, node: nodes.Element) -> str:
        """A picture without a caption."""
        return self.inline_image(node)

    def block_table(self, node: nodes.Element) -> str:
        """A table with one head row, empty where the page has none."""
        rows = [[self._cell(entry) for entry in row] for row in node.findall(nodes.row)]
        head = next(node.findall(nodes.thead), None)
        if head is None:
            rows.insert(0, [""] * len(rows[0]))
        columns = next(node.findall(nodes.row)).children
        rows.insert(1, [_alignment(entry) for entry in columns])
        titles = [f"**{self.inline(title)}**\n\n" for title in node if _is_title(title)]
        return "".join(titles) + "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def _cell(self, entry: nodes.Element) -> str:
        self._in_cell = True
        text = self.blocks(entry.children, "<br>").replace("\n", " ")
        self._in_cell = False
        return text.replace("|", r"\|")

    # Within a line

    def inline(self, node: nodes.Element) -> str:
        """What a text element says, in one line."""
        return "".join(self._write("inline", child) for child in node.children)

    def inline_Text(self, node: nodes.Text) -> str:
        """Words, with nothing in them that Markdown would take for its own."""
        text = str(node).replace("\n", " ")
        return _NEEDS_ESCAPE.sub(lambda m: _ENTITIES.get(m[0], f"\\{m[0]}"), text)

    def inline_inline(self, node: nodes.Element) -> str:
        """What has a look on the site, but no meaning of its own."""
        return self.inline(node)

    inline_abbreviation = inline_compact_paragraph = inline_pending_xref = inline_inline
    inline_download_reference = inline_number_reference = inline_inline

    def inline_emphasis(self, node: nodes.Element) -> str:
        """Emphasis; the blanks at its ends stand outside of the marks."""
        mark = _INLINE_MARKS[node.tagname]
        text = self.inline(node)
        inner = text.strip()
        return text.replace(inner, f"{mark}{inner}{mark}", 1) if inner else text

    inline_strong = inline_title_reference = inline_emphasis

    def inline_literal(self, node: nodes.Element) -> str:
        """Code within a line."""
        text = node.astext().replace("\n", " ")
        fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
        pad = " " if text.startswith("`") or text.endswith("`") else ""
        return f"{fence}{pad}{text}{pad}{fence}"

    def inline_math(self, node: nodes.Element) -> str:
        """A formula within a line."""
        text = tex.expand(node.astext(), self.page.macros)
        if self._in_cell:  # a bar would end the cell
            text = text.replace(r"\|", r"\Vert ").replace("|", r"\vert ")
        return f"${' '.join(text.split())}$"

    def inline_reference(self, node: nodes.reference) -> str:
        """A link where there is somewhere to go; else its words, in italics for a title."""
        text = self.inline(node)
        address = self.page.address(node)
        if address:
            return f"[{text}]({address})"
        return f"*{text}*" if self.page.is_title(node.astext()) else text

    def inline_claim_tick(self, node: nodes.Element) -> str:
        """The sign that the run has checked a sentence."""
        return "✓"

    def inline_subscript(self, node: nodes.Element) -> str:
        """An index."""
        return f"<sub>{self.inline(node)}</sub>"

    def inline_superscript(self, node: nodes.Element) -> str:
        """A raised text."""
        return f"<sup>{self.inline(node)}</sup>"

    def inline_image(self, node: nodes.Element) -> str:
        """A picture, where the notebook can reach it; else what it shows, in words."""
        address = node["uri"] if "://" in node["uri"] else None
        alt = self.inline_Text(nodes.Text(node.get("alt", "")))
        return f"![{alt}]({address})" if address else f"*{alt}*" if alt else ""

    def inline_raw(self, node: nodes.Element) -> str:
        """A line break; no other HTML of a page is known to show everywhere."""
        text = node.astext().strip()
        if "html" not in node["format"].split():
            return ""
        if text in {"<br />", "<br>"}:
            return "<br>"
        if text.startswith("<!--") or "<svg" in text:  # a remark, or the icon of a folded box
            return ""
        raise UnknownNode(f"raw HTML: {text[:60]!r}")

    def inline_target(self, node: nodes.Element) -> str:
        """A label: its words, if it has some."""
        return self.inline(node)

    inline_index = block_invisible

    def _write(self, kind: str, node: nodes.Node) -> str:
        for each in type(node).__mro__:
            if write := getattr(self, f"{kind}_{each.__name__}", None):
                return write(node)
        if kind == "block":
            return self._write("inline", node)
        raise UnknownNode(f"{type(node).__name__}: {node.astext()[:60]!r}")


def quote(text: str) -> str:
    """The text as a block quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def indented(text: str, mark: str) -> str:
    """The text as the item of a list that `mark` begins."""
    lines = text.split("\n")
    blank = " " * len(mark)
    return "\n".join([mark + lines[0], *(blank + line if line else "" for line in lines[1:])])


def fenced(text: str, language: str = "") -> str:
    """The text as a block of code."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    language = "" if language in {"none", "default"} else language
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _is_tight(item: nodes.Element) -> bool:
    """Whether the item of a list is one paragraph, with nothing but lists below it."""
    below = item.children[1:]
    return all(isinstance(child, nodes.bullet_list | nodes.enumerated_list) for child in below)


def _is_title(node: nodes.Node) -> bool:
    return isinstance(node, nodes.title)


def _alignment(entry: nodes.Element) -> str:
    classes = entry.get("classes", [])
    return next((rule for name, rule in _ALIGNMENTS.items() if f"text-{name}" in classes), "---")


_ALIGNMENTS = {"left": ":--", "center": ":-:", "right": "--:"}
