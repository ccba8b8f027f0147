"""Folded code says what it is: "Show the plot code", not "Show the source"."""

import ast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from .texts import _


class NameFolds(SphinxPostTransform):
    """Gives every folded cell its words, before MyST-NB makes the folds (199)."""

    default_priority = 190
    formats = ("html",)

    def run(self, **_options) -> None:
        """Look at what each cell computes and shows."""
        for cell in self.document.findall(nodes.container):
            if cell.get("hide_mode"):
                cell["prompt_show"], cell["prompt_hide"] = prompts(_source(cell), _plots(cell))


def prompts(source: str, plots: bool) -> tuple[str, str]:
    """What the closed and the open fold of a cell say.

    Args:
        source: the cell's code.
        plots: whether its output is a figure.
    """
    if plots:
        return _("Show the plot code"), _("Hide the plot code")
    if _imports(source):
        return _("Show the imports"), _("Hide the imports")
    return _("Show the code"), _("Hide the code")


def _imports(source: str) -> bool:
    """Whether a cell imports, and does little else than set up."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return False
    imports = sum(isinstance(each, ast.Import | ast.ImportFrom) for each in statements)
    return imports > 0 and imports >= len(statements) - 2


def _source(cell: nodes.container) -> str:
    block = next(iter(cell.findall(nodes.literal_block)), None)
    return block.astext() if block is not None else ""


def _plots(cell: nodes.container) -> bool:
    return next(iter(cell.findall(nodes.image)), None) is not None


def setup(app: Sphinx) -> dict:
    """Add the transform."""
    app.add_post_transform(NameFolds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
