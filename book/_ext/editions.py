"""The editions of the book: one folder a language, the same page at the same address in each.

`course_editions` lists the languages of this build (`["en", "ko"]`); the header then links
each page to the same page of the other editions. `html_baseurl`, where the site is published, is
the address of the folder of all editions.
"""

from sphinx.application import Sphinx
from sphinx.config import Config

from .texts import _

NAMES = {"en": "English", "ko": "한국어"}


def add_links(app: Sphinx, pagename, templatename, context, doctree) -> None:
    """Give the templates the links to the other editions, and the words of the course."""
    here = app.config.language
    context["course_text"] = _
    context["course_editions"] = [
        {
            "code": code,
            "name": NAMES.get(code, code),
            "here": code == here,
            "url": f"{context['content_root']}../{code}/{pagename}.html",
        }
        for code in app.config.course_editions
        if len(app.config.course_editions) > 1
    ]


def address_the_edition(app: Sphinx, config: Config) -> None:
    """Make the published address that of this edition, as Sphinx means it."""
    if config.html_baseurl:
        config.html_baseurl = f"{config.html_baseurl.rstrip('/')}/{config.language}/"


def setup(app: Sphinx) -> dict:
    """Add the configuration value and the hooks."""
    app.add_config_value("course_editions", ["en"], "html", [list])
    app.connect("config-inited", address_the_edition)
    app.connect("html-page-context", add_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
