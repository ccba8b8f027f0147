"""The book's own Sphinx extensions, one a module: `extensions: [_ext]` loads them all.

texts           the words that the extensions write, translatable
executed        the notebooks that the run has left, for the modules below
download        the notebook that a reader downloads, with `markdown` and `tex`
offline         nothing on the site comes from another host
claims          a claim in a chapter is a tick, or folded at the end of its section
predict         a question before the figure that answers it
claims_page     the tables of all claims and of what the run cost
folds           folded code says what it is
chapter_card    what a chapter asks and gives, at its top
editions        links to the same page in the other languages
reference_list  the references as a plain list
typography      lines that do not break inside a measure
parallel        pages are read by several processes
"""

from sphinx.application import Sphinx

EXTENSIONS = (
    "texts",
    "executed",
    "download",
    "offline",
    "claims",
    "predict",
    "folds",
    "claims_page",
    "chapter_card",
    "editions",
    "reference_list",
    "typography",
    "parallel",
)


def setup(app: Sphinx) -> dict:
    """Load every module; what one needs stands before it."""
    for name in EXTENSIONS:
        app.setup_extension(f"{__name__}.{name}")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
