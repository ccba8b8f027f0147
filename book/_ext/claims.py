"""Claims in a chapter: the structured output of `helpers.claims.claim` becomes a badge.

The badge has an anchor, `#<chapter>-claim-<number>`, and its words can be translated.
"""

from docutils import nodes
from myst_nb.core import render
from sphinx.application import Sphinx

from .texts import _

MIME = "application/vnd.course.claim+json"


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
        name = label(env.docname, count)
        badge = _badge(data.content)
        badge["names"].append(name)
        document.note_explicit_target(badge)
        return [badge]


def _badge(claim: dict) -> nodes.container:
    holds = claim["holds"]
    badge = nodes.container(classes=["claim", "claim-holds" if holds else "claim-fails"])
    sentence = nodes.paragraph(classes=["claim-statement"], translatable=False)
    # for those who do not see the tick
    sentence += nodes.inline("", _("Claim:") + " ", classes=["visually-hidden"])
    sentence += nodes.Text(_(claim["statement"]))
    badge += sentence

    details = nodes.paragraph(classes=["claim-measured"], translatable=False)
    details += nodes.Text(_("measured") + " ")
    details += nodes.strong("", claim["shown"])
    details += nodes.Text(", " + _("asked") + " " + claim["range"])
    if claim["source"]:
        details += nodes.Text(" · " + claim["source"])
    badge += details

    if claim["contradicts"]:
        against = _("The source says otherwise:") + " " + _(claim["contradicts"])
        badge += nodes.paragraph("", against, classes=["claim-contradicts"], translatable=False)
    return badge


def setup(app: Sphinx) -> dict:
    """Add the renderer to those that MyST-NB finds."""
    # MyST-NB looks for renderers among the entry points of installed packages only. This one
    # lives with the book, so it joins the list here.
    installed = render.load_mime_renders()
    if ClaimRenderer not in installed:
        installed.append(ClaimRenderer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
