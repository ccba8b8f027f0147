"""Lines that do not break inside a measure: "100 %", "7 ms", "B 3, 1-8".

The sources have plain spaces and hyphens, so that they can be typed, searched and translated.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

UNIT = re.compile(r"(?:(?<=\d)|^) (?=(?:%|ms|s|nats|[KMGT]i?B)(?!\w))")
NOTE = re.compile(r"\b[A-D] \d+(?:-\d+)?(?:, \d+-\d+)?")  # a section of the lecture notes
AS_WRITTEN = (nodes.literal, nodes.math, nodes.math_block, nodes.FixedTextElement)
JOINED = str.maketrans({" ": "\u00a0", "-": "\u2011"})


def join(text: str) -> str:
    """Return the text with no-break spaces and hyphens inside its measures.

    A unit at the beginning belongs to the number before the text: the run has put it there.
    """
    text = UNIT.sub("\u00a0", text)
    return NOTE.sub(lambda note: note[0].translate(JOINED), text)


class JoinMeasures(SphinxPostTransform):
    """Joins the measures of a page, outside code and formulas."""

    default_priority = 900

    def run(self, **kwargs) -> None:
        """Replace the texts that have a measure."""
        for text in list(self.document.findall(nodes.Text)):
            if not isinstance(text.parent, AS_WRITTEN) and (joined := join(text)) != text:
                text.parent.replace(text, nodes.Text(joined))


def setup(app: Sphinx) -> dict:
    """Add the transform."""
    app.add_post_transform(JoinMeasures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
