"""Where the course's files are, which pages it has, and what their notebooks hold."""

import re
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

import yaml
from nbformat import NotebookNode

from .keys import Package

NO_BUDGET = (
    "the front matter gives no budget. Add `course: {work: 30}`, with the CPU seconds that "
    "executing the chapter should take on a quiet machine."
)


class BookError(Exception):
    """The sources are not as the build needs them; the message says what to do."""


@dataclass(frozen=True)
class Chapter:
    """One page with code cells.

    Attributes:
        slug: the page's name, `initialization`.
        path: its source, `book/initialization.md`.
        notebook: the source as myst-nb reads it, without outputs.
        budget: the work that executing it should take, in the units of `tools.work`.
    """

    slug: str
    path: Path
    notebook: NotebookNode = field(repr=False)
    budget: float

    @property
    def code_cells(self) -> list[NotebookNode]:
        """The cells that a kernel runs, in order."""
        return code_cells(self.notebook)

    def line(self, cell_index: int) -> int:
        """The line of the source at which a cell's code begins (1-based)."""
        return self.notebook.metadata.source_map[cell_index] + 1


@dataclass(frozen=True)
class Book:
    """A project root and the places in it."""

    root: Path

    def __post_init__(self):
        """Refuse a folder that is not a course."""
        for name in ("_config.yml", "_toc.yml", "book"):
            if not (self.root / name).exists():
                raise BookError(f"{self.root} is not a course: it has no {name}")

    @property
    def source(self) -> Path:
        """Sphinx's source folder."""
        return self.root / "book"

    @property
    def toc(self) -> Path:
        """The table of contents."""
        return self.root / "_toc.yml"

    @property
    def helpers(self) -> Path:
        """The package that chapters import."""
        return self.root / "src" / "helpers"

    @property
    def executed(self) -> Path:
        """Folder of the executed notebooks that readers download."""
        return self.root / "_build" / "executed"

    @property
    def jupyter_cache(self) -> Path:
        """The cache in which Sphinx finds every chapter's outputs."""
        return self.root / "_build" / ".jupyter_cache"

    @cached_property
    def pages(self) -> dict[str, Path]:
        """Name and source of every Markdown page in `_toc.yml`, in its order."""
        from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

        try:
            names = list(parse_toc_yaml(self.toc))
        except MalformedError as error:
            raise BookError(f"_toc.yml cannot be read: {error}") from None
        paths = {name.removesuffix(".md"): self.source / name for name in names}
        paths = {slug: path.with_name(f"{Path(slug).name}.md") for slug, path in paths.items()}
        return {slug: path for slug, path in paths.items() if path.is_file()}

    @cached_property
    def notebooks(self) -> dict[str, NotebookNode]:
        """Every page that is a notebook, as myst-nb reads it; with or without code."""
        from myst_nb.core.read import is_myst_markdown_notebook

        texts = {slug: path.read_text("utf-8") for slug, path in self.pages.items()}
        return {
            slug: self._read(slug, text)
            for slug, text in texts.items()
            if is_myst_markdown_notebook(text)
        }

    @cached_property
    def budgets(self) -> dict[str, float]:
        """The work that each chapter may take, in units: a chapter is a page that has one."""
        front = {slug: front_matter(path) for slug, path in self.pages.items()}
        return {
            slug: _budget(self.pages[slug], values["course"])
            for slug, values in front.items()
            if "course" in values
        }

    @cached_property
    def chapters(self) -> dict[str, Chapter]:
        """Every chapter; no other page may have code."""
        for slug, notebook in self.notebooks.items():
            if slug not in self.budgets and code_cells(notebook):
                raise BookError(f"{self.pages[slug]}: {NO_BUDGET}")
        return {
            slug: Chapter(slug, self.pages[slug], self.notebooks[slug], budget)
            for slug, budget in self.budgets.items()
        }

    @cached_property
    def package(self) -> Package:
        """The package that chapters import, to be asked what depends on what."""
        return Package(self.helpers)

    @cached_property
    def sphinx_config(self) -> dict:
        """The Sphinx configuration that Jupyter Book makes of `_config.yml`."""
        from jupyter_book.config import get_final_config

        config, _ = get_final_config(
            user_yaml=self.root / "_config.yml",
            cli_config={"latex_individualpages": False},
            validate=False,
        )
        return config

    def _read(self, slug: str, text: str) -> NotebookNode:
        # The same reader with the same syntax extensions as Sphinx will use: jupyter-cache
        # finds a chapter's outputs by a hash of its code cells.
        from myst_nb.core.read import MystMetadataParsingError, read_myst_markdown_notebook
        from myst_parser.config.main import MdParserConfig

        known = {f"myst_{each.name}": each.name for each in fields(MdParserConfig)}
        options = {known[key]: value for key, value in self.sphinx_config.items() if key in known}
        path = self.pages[slug]
        try:
            return read_myst_markdown_notebook(
                text, config=MdParserConfig(**options), add_source_map=True, path=path
            )
        except MystMetadataParsingError as error:
            raise BookError(f"{path}: {error}") from None


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that a kernel runs, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def front_matter(path: Path) -> dict:
    """The YAML between the dashes at the top of a page; {} when it has none.

    Raises:
        BookError: it is not YAML.
    """
    found = re.match(r"---\n(.*?\n)---\n", path.read_text("utf-8"), re.DOTALL)
    try:
        return (yaml.safe_load(found[1]) or {}) if found else {}
    except yaml.YAMLError as error:
        raise BookError(f"{path}: the front matter cannot be read: {error}") from None


def _budget(path: Path, course: object) -> float:
    work = course.get("work") if isinstance(course, dict) else None
    if not isinstance(work, int | float) or isinstance(work, bool) or work <= 0:
        raise BookError(f"{path}: {NO_BUDGET}")
    return float(work)
