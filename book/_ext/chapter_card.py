"""`{chapter-card}`: what a chapter asks and gives, at its top.

    ```{chapter-card}
    :minutes: 35
    :needs: Matrix multiplication, variance.
    :mirrors: A 1 · D 5.1

    After this chapter you can ...
    ```

The body and `:needs:` are Markdown. Time and memory are those measured by the run, the
downloads are the notebooks of the chapter and of its exercise, where they exist.
"""

import os
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from . import executed
from .download import notebook_download
from .texts import _


class ChapterCard(SphinxDirective):
    """The card, as a table of facts between the goals and the links."""

    has_content = True
    option_spec = {
        "minutes": directives.positive_int,
        "needs": directives.unchanged_required,
        "mirrors": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """The card's nodes; the chapter is read again when one of its notebooks changes."""
        missing = [name for name in self.option_spec if name not in self.options]
        if missing:
            raise self.error(f"chapter-card: the option :{missing[0]}: is missing")
        self.assert_has_content()
        slug = self.env.docname
        notebook = executed.load(self.env, slug)
        self.env.note_dependency(str(executed.path(self.env, slug)))
        self.env.note_dependency(str(self._exercise(slug)))

        card = nodes.container(classes=["chapter-card"])
        goals = nodes.container(classes=["chapter-card-goals"])
        self.state.nested_parse(self.content, self.content_offset, goals)
        card += goals
        card += self._facts(notebook)
        card += self._doors(slug, notebook is not None)
        return [card]

    def _facts(self, notebook: dict | None) -> nodes.field_list:
        facts = nodes.field_list(classes=["chapter-card-facts"])
        minutes = _("about {n} minutes").format(n=self.options["minutes"])
        facts += _fact(_("To read"), nodes.Text(minutes))
        if notebook and executed.measured(notebook):
            cost = _("about {time}, with {memory} GB of memory").format(
                time=executed.duration(notebook),
                memory=f"{executed.measured(notebook)['peak_mib'] * 2**20 / 1e9:.1f}",
            )
            facts += _fact(_("To run"), nodes.Text(cost))
        needs, messages = self.parse_inline(self.options["needs"], lineno=self.lineno)
        facts += _fact(_("Needs"), *needs, *messages, source=self.get_source_info())
        facts += _fact(_("In the lecture notes"), nodes.Text(self.options["mirrors"]))
        return facts

    def _doors(self, slug: str, has_notebook: bool) -> nodes.Element:
        doors = nodes.container(classes=["chapter-card-doors"])
        links = nodes.paragraph(classes=["chapter-card-downloads"])
        if has_notebook:
            link = notebook_download(docname=slug)
            link += nodes.inline("", _("Chapter notebook"))
            links += link
        exercise = self._exercise(slug)
        if exercise.exists():
            links += self._download(exercise, _("Exercise notebook"))
            start = nodes.paragraph(classes=["chapter-card-start"])
            start += nodes.Text(_("To work:") + " ")
            start += nodes.literal("", "python course.py lab")
            start += nodes.Text(" · " + _("To check your work:") + " ")
            start += nodes.literal("", f"python course.py check {slug}")
            doors += [links, start]
        elif has_notebook:
            doors += links
        return doors

    def _exercise(self, slug: str) -> Path:
        return Path(self.env.srcdir).parent / "exercises" / slug / f"{slug}.ipynb"

    def _download(self, file: Path, text: str) -> addnodes.download_reference:
        # Sphinx copies the target into the site; an absolute target counts from the source folder
        target = "/" + Path(os.path.relpath(file, self.env.srcdir)).as_posix()
        link = addnodes.download_reference(refdoc=self.env.docname, reftarget=target)
        link += nodes.inline("", text)
        return link


def _fact(name: str, *body: nodes.Node, source: tuple = ()) -> nodes.field:
    paragraph = nodes.paragraph("", "", *body)
    if source:  # what has a source is extracted for translation
        paragraph.source, paragraph.line = source
        paragraph.rawsource = paragraph.astext()
    return nodes.field("", nodes.field_name("", name), nodes.field_body("", paragraph))


def setup(app: Sphinx) -> dict:
    """Add the directive."""
    app.add_directive("chapter-card", ChapterCard)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
