"""Where the course's files are, which pages it has, and what their notebooks hold."""

from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

from nbformat import NotebookNode

# nbclient's tags that change what a cell does; every other tag is about looks.
EXECUTION_TAGS = frozenset({"raises-exception", "skip-execution"})


class CourseError(Exception):
    """The sources are not as the build needs them; the message says what to do."""


@dataclass(frozen=True)
class Chapter:
    """One page with code cells.

    Attributes:
        slug: the page's name, `initialization`.
        path: its source, `book/initialization.md`.
        notebook: the source as myst-nb reads it, without outputs.
        budget: CPU seconds that executing it may take.
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
class Course:
    """A project root and the places in it."""

    root: Path

    def __post_init__(self):
        """Refuse a folder that is not a course."""
        for name in ("_config.yml", "_toc.yml", "book"):
            if not (self.root / name).exists():
                raise CourseError(f"{self.root} is not a course: it has no {name}")

    @property
    def book(self) -> Path:
        """Sphinx's source folder."""
        return self.root / "book"

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
            names = list(parse_toc_yaml(self.root / "_toc.yml"))
        except MalformedError as error:
            raise CourseError(f"_toc.yml cannot be read: {error}") from None
        paths = {name.removesuffix(".md"): self.book / name for name in names}
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
    def chapters(self) -> dict[str, Chapter]:
        """Every page with code cells."""
        return {
            slug: Chapter(slug, self.pages[slug], notebook, _budget(self.pages[slug], notebook))
            for slug, notebook in self.notebooks.items()
            if code_cells(notebook)
        }

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
            raise CourseError(f"{path}: {error}") from None


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that a kernel runs, in order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _budget(path: Path, notebook: NotebookNode) -> float:
    course = notebook.metadata.get("course")
    seconds = course.get("cpu_seconds") if isinstance(course, dict) else None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds <= 0:
        raise CourseError(
            f"{path}: the front matter gives no budget. Add `course: {{cpu_seconds: 30}}`, "
            "with the CPU seconds that executing the chapter should take."
        )
    return float(seconds)
