"""The executed notebooks that `tools/execute.py` leaves in `_build/executed/`.

The extensions take measured time and memory, claims and the reader's download from them.
A page can be built without them: then what they would say is left out.
"""

import json
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError


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


def measured(notebook: dict) -> dict:
    """What the run cost: cpu_seconds, budget_cpu_seconds, peak_mib; {} when not measured."""
    return notebook["metadata"].get("course", {})


def chapters(env: BuildEnvironment) -> list[str]:
    """The pages of the table of contents whose front matter has `course`, in order."""
    pages = env.config.external_site_map
    return [name for name in pages if _is_chapter(env, name)]


def _is_chapter(env: BuildEnvironment, docname: str) -> bool:
    source = Path(env.doc2path(docname))
    if not source.exists():
        return False
    lines = source.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        return False
    return any(line.startswith("course:") for line in lines[1 : lines.index("---", 1)])


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
