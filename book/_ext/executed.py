"""The executed notebooks that `tools.execute` leaves in `_build/executed/`.

The extensions take measured time and memory, claims and the reader's download from them.
A page can be built without them: then what they would say is left out.
"""

import json
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from .texts import _


def path(env: BuildEnvironment, docname: str) -> Path:
    """Where the executed notebook of a chapter is, or would be."""
    folder = Path(env.srcdir, env.config.course_executed)
    return (folder / f"{docname}.ipynb").resolve()


def load(env: BuildEnvironment, docname: str) -> dict | None:
    """The executed notebook of a chapter as a dict, None when there is none.

    Raises:
        ExtensionError: the file is not a notebook.
    """
    file = path(env, docname)
    if not file.exists():
        return None
    try:
        notebook = json.loads(file.read_text(encoding="utf-8"))
        notebook["cells"], notebook["metadata"]  # noqa: B018 (what a notebook must have)
    except (ValueError, TypeError, KeyError) as error:
        raise ExtensionError(
            f"{file} is not a readable notebook ({error}). "
            "Delete it, then type `python course.py book` again."
        ) from error
    return notebook


def records(notebook: dict, mime: str) -> list[dict]:
    """What the run has left as data of a kind (claims, predictions), in order."""
    return [
        output["data"][mime]
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        if mime in output.get("data", {})
    ]


def measured(notebook: dict) -> dict:
    """What the run took: work, peak_mib; {} when not measured."""
    return notebook["metadata"].get("course", {})


def duration(notebook: dict) -> str:
    """How long the measured run takes, in words.

    A unit of work takes about a second, so the words are the same whoever builds the book.
    """
    halves = round(measured(notebook)["work"] / 30)
    short = (_("a few seconds"), _("half a minute"), _("a minute"), _("a minute and a half"))
    return short[halves] if halves < len(short) else _("{n} minutes").format(n=round(halves / 2))


def notebooks(env: BuildEnvironment) -> list[tuple[str, dict]]:
    """Slug and executed notebook of every chapter that has run, in the order of the book."""
    found = [(name, load(env, name)) for name in env.config.external_site_map]
    return [(name, notebook) for name, notebook in found if notebook]


def _depend_on_run(app: Sphinx, docname: str, source: list[str]) -> None:
    """Have a page read again when its executed notebook changes, as when a helper does."""
    file = path(app.env, docname)
    if file.exists():
        app.env.note_dependency(str(file))


def setup(app: Sphinx) -> dict:
    """Add the folder of the executed notebooks, relative to the source folder."""
    app.connect("source-read", _depend_on_run)
    app.add_config_value("course_executed", "../_build/executed", "env", [str])
    return {"parallel_read_safe": True, "parallel_write_safe": True}
