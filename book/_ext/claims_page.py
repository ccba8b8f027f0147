"""`{claims-table}` and `{run-statistics}`: tables made from the executed notebooks."""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from . import executed
from .claims import MIME, claims_fold, label
from .texts import _


class claims_chapter(nodes.Element):  # noqa: N801 (docutils names its nodes so)
    """All claims of one chapter; `slug` is its name, `title` its heading."""


class claims_heading(nodes.TextElement):  # noqa: N801
    """The heading of a chapter's claims."""


class claims_filter(nodes.Element):  # noqa: N801
    """What narrows the list: a chapter, beliefs that did not hold. Works with JavaScript only."""


class GeneratedTable(SphinxDirective):
    """A table with one row for each finding in the executed notebooks."""

    classes: tuple[str, ...] = ()

    def columns(self) -> list[str]:
        """The words of the head row."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """The table; its page is read again in every build, for any chapter may have changed."""
        self.env.note_reread()
        if self.env.app.builder.format != "html":
            return []  # catalogues are extracted without a run
        return self.render(executed.notebooks(self.env))

    def render(self, notebooks: list[tuple[str, dict]]) -> list[nodes.Node]:
        """What to show for the (chapter, executed notebook) pairs."""
        raise NotImplementedError

    def table(self, rows: list[list[nodes.Node]]) -> nodes.table:
        """A docutils table of the given cells under `columns`."""
        head = [nodes.Text(column) for column in self.columns()]
        group = nodes.tgroup(cols=len(head))
        group += [nodes.colspec(colwidth=1) for _cell in head]
        group += nodes.thead("", _row(head))
        group += nodes.tbody("", *[_row(cells) for cells in rows])
        return nodes.table("", group, classes=list(self.classes))

    def link(self, text: str | None, target: str, kind: str) -> nodes.Node:
        """A reference that Sphinx resolves, and that fails the build when it cannot."""
        link = addnodes.pending_xref(
            refdomain="std",
            reftype=kind,
            reftarget=target,
            refdoc=self.env.docname,
            refexplicit=text is not None,
            refwarn=True,
        )
        return link.__class__("", nodes.inline("", text or target), **link.attributes)


class ClaimsTable(GeneratedTable):
    """Every claim by chapter: the sentence, what was measured, what was required, the source."""

    classes = ("claims-table",)

    def columns(self) -> list[str]:
        """The words of the head row."""
        return [_("Claim"), _("Measured"), _("Required"), _("Source")]

    def render(self, notebooks: list[tuple[str, dict]]) -> list[nodes.Node]:
        """A sentence with the counts, the filter, then the chapters."""
        claims = {slug: executed.records(notebook, MIME) for slug, notebook in notebooks}
        everything = [claim for found in claims.values() for claim in found]
        counts = _("Claims: {claims}. Chapters: {chapters}. Against a common belief: {against}.")
        counts = counts.format(
            claims=len(everything),
            chapters=len(claims),
            against=sum(bool(claim["contradicts"]) for claim in everything),
        )
        summary = nodes.paragraph("", counts, classes=["claims-count"])
        chapters = [self._chapter(slug, found) for slug, found in claims.items() if found]
        return [summary, claims_filter(), *chapters]

    def _chapter(self, slug: str, claims: list[dict]) -> claims_chapter:
        """The headline claims, and the others in a fold."""
        chapter = claims_chapter(slug=slug)
        chapter += claims_heading("", "", self.link(None, f"/{slug}", "doc"))
        rows = [
            (claim, self._cells(slug, position, claim))
            for position, claim in enumerate(claims, start=1)
        ]
        first = [row for row in rows if row[0].get("headline")]
        rest = [row for row in rows if not row[0].get("headline")]
        if first:
            chapter += self._marked(first)
        if rest:
            words = _("{n} more checks") if first else _("{n} checks")
            fold = claims_fold(classes=["claims-fold"], summary=words.format(n=len(rest)))
            fold += self._marked(rest)
            chapter += fold
        return chapter

    def _marked(self, rows: list[tuple[dict, list[nodes.Node]]]) -> nodes.table:
        """A table in which the filter can tell what stands against a belief."""
        table = self.table([cells for _claim, cells in rows])
        for (claim, _cells), row in zip(rows, table.findall(_is_body_row), strict=True):
            if claim["contradicts"]:
                row["classes"].append("against")
        return table

    def _cells(self, slug: str, position: int, claim: dict) -> list[nodes.Node]:
        target = label(slug, position)
        sentence = nodes.inline("", "", self.link(_(claim["statement"]), target, "ref"))
        if claim["contradicts"]:
            against = _("Against the belief:") + " " + _(claim["contradicts"])
            sentence += nodes.inline("", " ")
            sentence += nodes.inline("", against, classes=["claim-contradicts"])
        return [
            sentence,
            nodes.inline("", claim["shown"]),
            nodes.Text(claim["range"]),
            nodes.Text(claim["source"]),
        ]


class RunStatistics(GeneratedTable):
    """What each chapter's run cost."""

    classes = ("run-statistics",)

    def columns(self) -> list[str]:
        """The words of the head row."""
        return [_("Chapter"), _("Runs in about"), _("Peak memory (MiB)")]

    def render(self, notebooks: list[tuple[str, dict]]) -> list[nodes.Node]:
        """One row for each chapter that was measured."""
        return [self.table([self._cells(*run) for run in notebooks if executed.measured(run[1])])]

    def _cells(self, slug: str, notebook: dict) -> list[nodes.Node]:
        return [
            self.link(None, f"/{slug}", "doc"),
            nodes.Text(executed.duration(notebook)),
            nodes.Text(f"{executed.measured(notebook)['peak_mib']:.0f}"),
        ]


def _is_body_row(node: nodes.Node) -> bool:
    return isinstance(node, nodes.row) and isinstance(node.parent, nodes.tbody)


def _visit_chapter(self, node: claims_chapter) -> None:
    self.body.append(f'<section class="claims-chapter" data-chapter="{node["slug"]}">\n')


def _depart_chapter(self, _node) -> None:
    self.body.append("</section>\n")


def _visit_heading(self, _node) -> None:
    self.body.append("<h2>")


def _depart_heading(self, _node) -> None:
    self.body.append("</h2>\n")


def _visit_filter(self, _node) -> None:
    chapter, every = self.encode(_("Chapter")), self.encode(_("all"))
    against = self.encode(_("Only what stands against a common belief"))
    self.body.append(
        f'<form class="claims-filter" hidden><label>{chapter} <select name="chapter">'
        f'<option value="">{every}</option></select></label> '
        f'<label><input type="checkbox" name="against"> {against}</label> '
        "<output></output></form>\n"
    )
    raise nodes.SkipNode


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells])


def setup(app: Sphinx) -> dict:
    """Add the two directives."""
    app.add_node(claims_chapter, html=(_visit_chapter, _depart_chapter))
    app.add_node(claims_heading, html=(_visit_heading, _depart_heading))
    app.add_node(claims_filter, html=(_visit_filter, None))
    app.add_directive("claims-table", ClaimsTable)
    app.add_directive("run-statistics", RunStatistics)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
