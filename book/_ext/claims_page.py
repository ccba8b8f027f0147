"""`{claims-table}` and `{run-statistics}`: tables made from the executed notebooks."""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from . import executed
from .claims import MIME, label
from .texts import _


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
        notebooks = [(slug, executed.load(self.env, slug)) for slug in executed.chapters(self.env)]
        return self.render([(slug, notebook) for slug, notebook in notebooks if notebook])

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
    """Every claim: the sentence, what was measured, what was asked, where."""

    classes = ("claims-table",)

    def columns(self) -> list[str]:
        """The words of the head row."""
        return [_("Claim"), _("Measured"), _("Asked"), _("Source"), _("Chapter")]

    def render(self, notebooks: list[tuple[str, dict]]) -> list[nodes.Node]:
        """A sentence with the counts, then the table."""
        claims = [
            (slug, position, claim)
            for slug, notebook in notebooks
            for position, claim in enumerate(claims_of(notebook), start=1)
        ]
        counts = _("Claims: {claims}. Chapters: {chapters}. Against the source: {against}.")
        counts = counts.format(
            claims=len(claims),
            chapters=len(notebooks),
            against=sum(bool(claim["contradicts"]) for _slug, _position, claim in claims),
        )
        summary = nodes.paragraph("", counts, classes=["claims-count"])
        return [summary, self.table([self._cells(*claim) for claim in claims])]

    def _cells(self, slug: str, position: int, claim: dict) -> list[nodes.Node]:
        target = label(slug, position)
        sentence = nodes.inline("", "", self.link(_(claim["statement"]), target, "ref"))
        if claim["contradicts"]:
            against = _("Against the source, which says:") + " " + _(claim["contradicts"])
            sentence += nodes.inline("", " ")
            sentence += nodes.inline("", against, classes=["claim-contradicts"])
        return [
            sentence,
            nodes.inline("", claim["shown"]),
            nodes.Text(claim["range"]),
            nodes.Text(claim["source"]),
            self.link(None, f"/{slug}", "doc"),
        ]


class RunStatistics(GeneratedTable):
    """What each chapter's run cost."""

    classes = ("run-statistics",)

    def columns(self) -> list[str]:
        """The words of the head row."""
        return [_("Chapter"), _("CPU seconds"), _("Budget"), _("Peak memory (MiB)")]

    def render(self, notebooks: list[tuple[str, dict]]) -> list[nodes.Node]:
        """One row for each chapter that was measured."""
        runs = [(slug, executed.measured(notebook)) for slug, notebook in notebooks]
        return [self.table([self._cells(slug, run) for slug, run in runs if run])]

    def _cells(self, slug: str, run: dict) -> list[nodes.Node]:
        return [
            self.link(None, f"/{slug}", "doc"),
            nodes.Text(f"{run['cpu_seconds']:.1f}"),
            nodes.Text(f"{run['budget_cpu_seconds']:.0f}"),
            nodes.Text(f"{run['peak_mib']:.0f}"),
        ]


def claims_of(notebook: dict) -> list[dict]:
    """The claims among a notebook's outputs, in order."""
    return [
        output["data"][MIME]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells])


def setup(app: Sphinx) -> dict:
    """Add the two directives."""
    app.add_directive("claims-table", ClaimsTable)
    app.add_directive("run-statistics", RunStatistics)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
