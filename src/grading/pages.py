"""The HTML pages that grading writes: templates/, filled in."""

from functools import cache

from jinja2 import Environment, PackageLoader
from pygments.formatters import HtmlFormatter

HIGHLIGHTED = HtmlFormatter(nobackground=True)  # how code looks


def fill(template: str, **values: object) -> str:
    """Return a page of templates/: what is not marked as HTML in the template is escaped."""
    return _templates().get_template(template).render(**values)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("grading"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    templates.globals["code_style"] = HIGHLIGHTED.get_style_defs("pre")
    return templates
