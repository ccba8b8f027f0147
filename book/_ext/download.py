"""The notebook that a reader downloads: the chapter as it was run, without MyST's own markup.

Each page that has been run leaves `_downloads/<page>.ipynb` in the site. Its texts come from the
resolved page (`markdown`), its code and its outputs from the run. Plots get a PNG beside their
SVG, which untrusted notebooks do not show.
"""

import base64
import posixpath
from copy import deepcopy
from pathlib import Path
from urllib.parse import quote, urljoin

import nbformat
import resvg_py
from docutils import nodes
from pybtex.plugin import find_plugin
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator
from sphinxcontrib.bibtex.transforms import node_text_transform

from . import executed
from .markdown import CodeCell, UnknownNode, Writer
from .texts import _

DPI = 144  # one and a half times a CSS pixel: sharp on most screens, at the size of the SVG
LOGGER = logging.getLogger(__name__)


def compose(run: dict, texts: list[str | CodeCell]) -> dict:
    """The download: the code cells of a run, in their order, between the given texts.

    Args:
        run: the executed notebook.
        texts: Markdown cells and places of code cells. Code cells that the page leaves out
            are kept, for those below need them.

    Raises:
        ExtensionError: the page has other code cells than the run.
    """
    cells, waiting = (
        [],
        [(index, cell) for index, cell in enumerate(run["cells"]) if cell["cell_type"] == "code"],
    )
    for part in texts:
        if isinstance(part, str):
            cells.append({"cell_type": "markdown", "metadata": {}, "source": part})
            continue
        while waiting and waiting[0][0] < part.index:
            cells.append(_code(waiting.pop(0)[1], ""))
        if not waiting or waiting[0][0] != part.index:
            raise ExtensionError(f"cell {part.index} of the page is not a code cell of its run")
        cells.append(_code(waiting.pop(0)[1], part.alt))
    cells += [_code(cell, "") for _index, cell in waiting]
    cells = [{"id": f"cell-{index}", **cell} for index, cell in enumerate(cells)]
    kept = {
        name: run["metadata"][name]
        for name in ("kernelspec", "language_info", "widgets")
        if name in run["metadata"]
    }
    return {"cells": cells, "metadata": kept, "nbformat": 4, "nbformat_minor": 5}


def _code(cell: dict, alt: str) -> dict:
    """A cell of the run, with outputs that any program shows."""
    tags = cell["metadata"].get("tags", [])
    hidden = {"source_hidden": True} if "hide-input" in tags or "remove-input" in tags else {}
    metadata = ({"jupyter": hidden} if hidden else {}) | ({"tags": tags} if tags else {})
    outputs = [deepcopy(output) for output in cell["outputs"] if not _is_record(output)]
    for output in outputs:
        if "image/svg+xml" in output.get("data", {}):
            add_png(output, alt)
    return {
        "cell_type": "code",
        "execution_count": cell["execution_count"],
        "metadata": metadata,
        "outputs": outputs,
        "source": cell["source"],
    }


def _is_record(output: dict) -> bool:
    """Whether an output is a value for the text alone (`glue(..., display=False)`)."""
    kinds = output.get("data", {})
    return bool(kinds) and all(kind.startswith("application/papermill") for kind in kinds)


def add_png(output: dict, alt: str) -> None:
    """Give an SVG output the same picture as PNG, on a white ground and at the same size."""
    svg = "".join(output["data"]["image/svg+xml"])
    png = bytes(resvg_py.svg_to_bytes(svg, background="white", dpi=DPI, skip_system_fonts=True))
    output["data"]["image/png"] = base64.b64encode(png).decode("ascii")
    width = int.from_bytes(png[16:20], "big") * 96 // DPI
    described = {"alt": alt} if alt else {}
    output["metadata"]["image/png"] = {"width": width, **described}
    if alt:
        output["metadata"]["image/svg+xml"] = described


def preface(title: str, address: str | None) -> str:
    """What stands before the chapter: how to get what its code imports."""
    lines = [
        _(
            "**Before you run this notebook.** It is a chapter of *{title}*, with the results of "
            "its run. Its code imports `helpers`, the package of this course."
        ),
        _(
            "With the course's folder (the unpacked zip, or the clone): put this file into the "
            "folder `exercises` and start `python course.py lab`."
        ),
        _(
            "In another environment (Colab, VS Code): `pip install FOLDER myst-nb`, where FOLDER "
            "is the course's folder; and PyTorch, matplotlib and scikit-learn if they are missing."
        ),
        _("Do not `pip install helpers`: the package of that name on PyPI is a stranger's."),
    ]
    first, *ways = (line.format(title=title) for line in lines)
    link = [_("[This chapter on the site]({address})").format(address=address)] if address else []
    return "\n".join([f"> {first}", ">", *(f"> - {way}" for way in [*ways, *link])])


class SitePage:
    """What Sphinx knows of a page and its document does not say (`markdown.Page`)."""

    def __init__(self, env: BuildEnvironment, docname: str):
        self.env, self.docname = env, docname
        self.macros = (env.config.mathjax3_config or {}).get("tex", {}).get("macros", {})
        self._uri = env.app.builder.get_target_uri(docname)
        self._figures = env.toc_fignumbers.get(docname, {})
        self._titles = {title.astext() for title in env.titles.values()}

    def number(self, node: nodes.Element) -> str:
        """ "2" for the page's title, "Figure 2.3" for a figure, "2.1" for an equation."""
        if isinstance(node, nodes.title):
            is_page = isinstance(node.parent.parent, nodes.document)
            number = self.env.toc_secnumbers.get(self.docname, {}).get("") if is_page else None
            return ".".join(map(str, number or ()))
        kind = "displaymath" if isinstance(node, nodes.math_block) else "figure"
        numbers = [self._figures.get(kind, {}).get(name) for name in node["ids"]]
        number = next((".".join(map(str, each)) for each in numbers if each), "")
        form = self.env.config.numfig_format["figure"] if kind == "figure" else "%s"
        return form % number if number else ""

    def address(self, reference: nodes.reference | None = None) -> str | None:
        """Where a reference leads on another page or host; None where the site has no address."""
        target = reference.get("refuri", "") if reference else ""
        if "://" in target:
            return target
        base = self.env.config.html_baseurl
        if not base or (reference and (not target or target.startswith("#"))):
            return None
        return urljoin(urljoin(base, self._uri), target)

    def is_title(self, text: str) -> bool:
        """Whether the text is the title of a page."""
        return text in self._titles


def references(env: BuildEnvironment, docname: str, writer: Writer) -> str:
    """The list of what a page cites, in the order and the words of the site's list."""
    domain = env.get_domain("cite")
    cited = {
        target.key
        for reference in domain.citation_refs
        if reference.docname == docname
        for target in reference.targets
    }
    backend = find_plugin("pybtex.backends", "docutils")()
    items = []
    for citation in domain.citations:
        if citation.key in cited:
            entry = backend.paragraph(citation.formatted_entry)
            node_text_transform(entry)  # addresses become links
            items.append(f"- {writer.block(entry)}")
    return f"## {_('References')}\n\n" + "\n".join(items) if items else ""


def write_download(
    app: Sphinx, docname: str, _template: str, _context: dict, doctree: nodes.document | None
) -> None:
    """Write the download of a page that has been run, in the process that writes the page."""
    run = executed.load(app.env, docname) if doctree is not None else None
    if run is None:
        return
    page = SitePage(app.env, docname)
    writer = Writer(page)
    try:
        texts = writer.cells(doctree)
        listed = references(app.env, docname, writer)
    except (UnknownNode, ValueError) as error:
        LOGGER.warning("the download of %s cannot be written: %s", docname, error)
        return
    first = preface(app.config.html_title, page.address())
    notebook = compose(run, [first, *texts, *filter(None, [listed])])
    target = path(app, docname)
    target.parent.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(nbformat.from_dict(notebook))
    target.write_text(f"{text}\n", encoding="utf-8")


def path(app: Sphinx, docname: str) -> Path:
    """Where the download of a page is in the site."""
    return Path(app.outdir, "_downloads", f"{docname}.ipynb")


class notebook_download(nodes.reference):  # noqa: N801 (docutils' names are lower case)
    """A link to a page's download, which is written after the page has been read."""


def _visit(self: HTML5Translator, node: notebook_download) -> None:
    file = posixpath.join(self.builder.dlpath, quote(f"{node['docname']}.ipynb"))
    classes = "reference download internal"
    self.body.append(self.starttag(node, "a", "", CLASS=classes, href=file, download=""))


def _depart(self: HTML5Translator, _node: notebook_download) -> None:
    self.body.append("</a>")


def setup(app: Sphinx) -> dict:
    """Write a download for every page that has been run; add the link to it."""
    app.add_node(notebook_download, html=(_visit, _depart))
    app.connect("html-page-context", write_download)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
