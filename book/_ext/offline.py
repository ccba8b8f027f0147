"""Nothing on the site may come from another host, nor be loaded that a page does not need."""

from sphinx.application import Sphinx
from sphinx.config import Config

MATHJAX = "mathjax/tex-svg.js"


def load_math_where_needed(app: Sphinx, config: Config) -> None:
    """Take MathJax out of the scripts of every page.

    Jupyter Book adds each script below `_static` to every page. Sphinx's math extension
    adds MathJax to the pages with equations, after its configuration, which is what we want.
    """
    config.html_js_files = [file for file in config.html_js_files if file != MATHJAX]


def setup(app: Sphinx) -> dict:
    """Run before Sphinx reads the list of scripts."""
    # Jupyter Book always sets this value; its owner, sphinx_comments, is not loaded
    app.add_config_value("comments_config", {}, "")
    app.connect("config-inited", load_math_where_needed, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
