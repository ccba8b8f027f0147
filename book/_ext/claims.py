"""Claims in a chapter: the structured output of `helpers.claims.claim`, where a reader wants it.

A headline claim is a tick behind the sentence that it proves, where the page says

    The gradient is gone after ten layers. {claim}`vanished`

and opens to what was measured. All other claims, with the folded cells that made them, are one
line at the end of their section. Each has an anchor, `#<chapter>-claim-<number>`, and its words
can be translated.
"""

from docutils import nodes
from myst_nb.core import render
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from .texts import _

MIME = "application/vnd.course.claim+json"
log = logging.getLogger(__name__)


class claim_badge(nodes.container):  # noqa: N801 (docutils names its nodes so)
    """A claim in full; with `popover` it shows only when its tick is pressed."""


class claim_tick(nodes.inline):  # noqa: N801
    """The button behind a sentence; `claim` is the name of the claim that proves it."""


class claims_fold(nodes.container):  # noqa: N801
    """The claims of a section that the reader need not see; `summary` is what is seen."""


def label(docname: str, number: int) -> str:
    """The reference target of the `number`-th claim of a chapter, counted from 1."""
    return f"{docname}-claim-{number}"


class ClaimRenderer:
    """Renders the claims of a notebook's outputs (MyST-NB's plugin interface)."""

    @staticmethod
    def handle_mime(renderer, data, inline: bool) -> list[nodes.Element] | None:
        """A badge for a claim; None for every other output."""
        if data.mime_type != MIME or inline:
            return None
        myst = renderer.renderer
        env, document = myst.sphinx_env, myst.document
        count = env.temp_data["claims"] = env.temp_data.get("claims", 0) + 1
        badge = _badge(data.content)
        badge["names"].append(label(env.docname, count))
        document.note_explicit_target(badge)
        return [badge]


class ClaimRole(SphinxRole):
    """{claim}`name`: the tick of a headline claim."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """A tick that `PlaceClaims` joins with its claim."""
        tick = claim_tick("", claim=self.text)
        self.set_source_info(tick)
        return [tick], []


def _badge(claim: dict) -> claim_badge:
    holds = claim["holds"]
    badge = claim_badge(classes=["claim", "claim-holds" if holds else "claim-fails"])
    badge["headline"] = claim["name"] if claim.get("headline") else ""
    sentence = nodes.paragraph(classes=["claim-statement"], translatable=False)
    # for those who do not see the tick
    sentence += nodes.inline("", _("Claim:") + " ", classes=["visually-hidden"])
    sentence += nodes.Text(_(claim["statement"]))
    badge += sentence

    details = nodes.paragraph(classes=["claim-measured"], translatable=False)
    details += nodes.Text(_("measured") + " ")
    details += nodes.strong("", claim["shown"])
    details += nodes.Text(", " + _("required") + " " + claim["range"])
    if claim["source"]:
        details += nodes.Text(" · " + claim["source"])
    badge += details

    if claim["contradicts"]:
        against = _("The source says otherwise:") + " " + _(claim["contradicts"])
        badge += nodes.paragraph("", against, classes=["claim-contradicts"], translatable=False)
    return badge


class PlaceClaims(SphinxPostTransform):
    """Puts each claim where it belongs; runs between MyST-NB's choice of outputs and its folds."""

    default_priority = 150
    formats = ("html",)

    def run(self, **_options) -> None:
        """Join ticks and claims, then fold what is left."""
        badges = list(self.document.findall(claim_badge))
        if not badges:  # a page without a run has nothing to show
            for tick in list(self.document.findall(claim_tick)):
                tick.parent.remove(tick)
            return
        headlines = {badge["headline"]: badge for badge in badges if badge["headline"]}
        for tick in list(self.document.findall(claim_tick)):
            badge = headlines.pop(tick["claim"], None)
            if badge is None:
                known = ", ".join(sorted(headlines)) or "none left"
                log.warning(
                    "{claim}`%s`: no headline claim of this page has this name, or it was used "
                    "before; there are: %s",
                    tick["claim"],
                    known,
                    location=tick,
                )
                tick.parent.remove(tick)
            else:
                _join(tick, badge)
        for name in headlines:
            log.warning(
                "the headline claim %r has no tick: write {claim}`%s` behind the sentence that it "
                "proves",
                name,
                name,
                location=self.env.docname,
            )
        self._fold([badge for badge in badges if not badge["headline"]])

    def _fold(self, badges: list[claim_badge]) -> None:
        """Gather the badges of each section, and the folded cells that only made them."""
        by_section: dict[nodes.Element, list[claim_badge]] = {}
        for badge in badges:
            by_section.setdefault(_section_of(badge), []).append(badge)
        for section, members in by_section.items():
            fold = claims_fold(classes=["claims-fold"], summary=_summary(members))
            cells = []
            for badge in members:
                cell = _cell_of(badge)
                badge.parent.remove(badge)
                fold += badge
                if cell is not None and _is_used_up(cell) and cell not in cells:
                    cells.append(cell)
            if cells:
                fold += _code_of(cells)
            _end_of(section, fold)
        for cell in list(self.document.findall(_is_cell)):
            _drop_empty_output(cell)


def _join(tick: claim_tick, badge: claim_badge) -> None:
    """Make the badge what the tick's button opens: it stands right behind the tick's block."""
    (anchor,) = badge["ids"][:1]
    tick["ids"], badge["ids"] = [anchor], [f"{anchor}-details"]
    tick["opens"], badge["popover"] = f"{anchor}-details", True
    tick["says"] = badge.astext().splitlines()[0]
    cell = _cell_of(badge)
    badge.parent.remove(badge)
    block = tick
    while isinstance(block, nodes.Inline | nodes.TextElement):
        inner, block = block, block.parent
    block.insert(block.index(inner) + 1, badge)
    if cell is not None:
        _drop_empty_output(cell)


def _section_of(node: nodes.Element) -> nodes.Element:
    """The section of the second level that a node is in; the page's own above the first one."""
    above = [each for each in _ancestors(node) if isinstance(each, nodes.section)]
    return above[-2] if len(above) > 1 else above[-1]


def _ancestors(node: nodes.Element):
    while node.parent is not None:
        node = node.parent
        yield node


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _cell_of(node: nodes.Element) -> nodes.container | None:
    return next(filter(_is_cell, _ancestors(node)), None)


def _output_of(cell: nodes.container) -> nodes.container | None:
    last = cell.children[-1] if cell.children else None
    found = isinstance(last, nodes.Element) and last.get("nb_element") == "cell_code_output"
    return last if found else None


def _drop_empty_output(cell: nodes.container) -> None:
    output = _output_of(cell)
    if output is not None and not output.children:
        cell.remove(output)


def _is_used_up(cell: nodes.container) -> bool:
    """Whether a cell with folded code has nothing left to show."""
    output = _output_of(cell)
    return cell.get("hide_mode") == "input" and (output is None or not output.children)


def _code_of(cells: list[nodes.container]) -> HideCodeCellNode:
    """Take the cells out of the text, into one fold of their own."""
    fold = HideCodeCellNode(
        prompt_show=_("Show the check code"), prompt_hide=_("Hide the check code")
    )
    fold["classes"].append("above-input")
    for cell in cells:
        _drop_empty_output(cell)
        cell.parent.remove(cell)
        del cell["hide_mode"]
        fold += cell
    return fold


def _end_of(section: nodes.Element, fold: claims_fold) -> None:
    """Insert the fold behind what the section says itself; behind its parts below the title."""
    top = not isinstance(section.parent, nodes.section)
    parts = [i for i, each in enumerate(section.children) if isinstance(each, nodes.section)]
    section.insert(parts[0] if top and parts else len(section.children), fold)


def _summary(badges: list[claim_badge]) -> str:
    count = len(badges)
    failed = sum("claim-fails" in badge["classes"] for badge in badges)
    if failed:
        return _("{failed} of {count} more checks fail").format(failed=failed, count=count)
    return (_("One more check holds") if count == 1 else _("{n} more checks hold")).format(n=count)


def _visit_badge(self, node: claim_badge) -> None:
    popover = {"popover": "auto"} if node.get("popover") else {}
    self.body.append(self.starttag(node, "div", CLASS="docutils", **popover))


def _depart_div(self, _node: nodes.Element) -> None:
    self.body.append("</div>\n")


def _visit_tick(self, node: claim_tick) -> None:
    says = self.attval(node["says"])
    self.body.append(
        f'<button type="button" class="claim-tick" id="{node["ids"][0]}" '
        f'popovertarget="{node["opens"]}" title="{says}">'
        f'<span class="visually-hidden">{self.encode(_("Checked"))}</span></button>'
    )
    raise nodes.SkipNode


def _visit_fold(self, node: claims_fold) -> None:
    self.body.append(
        f'<details class="claims-fold"><summary>{self.encode(node["summary"])}</summary>\n'
    )


def _depart_fold(self, _node: claims_fold) -> None:
    self.body.append("</details>\n")


def _skip(_translator, _node) -> None:
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    """Add the renderer to those that MyST-NB finds, the role, and the transform."""
    app.add_node(claim_badge, html=(_visit_badge, _depart_div), override=True)
    app.add_node(claim_tick, html=(_visit_tick, None), gettext=(_skip, None))
    app.add_node(claims_fold, html=(_visit_fold, _depart_fold))
    app.add_role("claim", ClaimRole())
    app.add_post_transform(PlaceClaims)
    # MyST-NB looks for renderers among the entry points of installed packages only. This one
    # lives with the book, so it joins the list here.
    installed = render.load_mime_renders()
    if ClaimRenderer not in installed:
        installed.append(ClaimRenderer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
