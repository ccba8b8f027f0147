"""Pages are read by several processes: for that, every extension must say that it may be so."""

from sphinx.application import Sphinx

# Loaded by Jupyter Book, silent on the matter. It numbers the sections once all pages are read.
NUMBERING = "sphinx_multitoc_numbering"


def declare_safe(app: Sphinx, env, docnames: list[str]) -> None:
    """Say so for the extension that does not."""
    if NUMBERING in app.extensions:
        app.extensions[NUMBERING].parallel_read_safe = True


def setup(app: Sphinx) -> dict:
    """Speak before the first page is read."""
    app.connect("env-before-read-docs", declare_safe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
