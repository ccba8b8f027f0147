"""The list of references as a plain list, in the order of its authors.

docutils writes citations with the role doc-biblioentry, which ARIA has deprecated, and with
labels that nobody refers to, because we cite by author and year.
"""

from itertools import groupby

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class ReferenceList(SphinxPostTransform):
    """Turns neighbouring citations into one bullet list; runs after sphinxcontrib-bibtex (5)."""

    default_priority = 8
    formats = ("html",)

    def run(self, **_options) -> None:
        """Replace the citations of the document, keeping the anchors that references lead to."""
        citations = list(self.document.findall(nodes.citation))
        for parent, neighbours in groupby(citations, key=lambda citation: citation.parent):
            first, *others = neighbours
            items = [_item(citation) for citation in (first, *others)]
            parent.replace(first, nodes.bullet_list("", *items, classes=["reference-list"]))
            for citation in others:
                parent.remove(citation)


def _item(citation: nodes.citation) -> nodes.list_item:
    body = [child for child in citation.children if not isinstance(child, nodes.label)]
    return nodes.list_item("", *body, ids=citation["ids"])


def setup(app: Sphinx) -> dict:
    """Add the transform."""
    app.add_post_transform(ReferenceList)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
