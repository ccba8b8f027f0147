"""One nbgrader course folder, driven through nbgrader's own API.

A course folder has an `nbgrader_config.py` and `solutions/`. What nbgrader does there is what
its commands would do: same configuration, same database, same files.
"""

from __future__ import annotations

import json
import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import nbgrader.api
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from nbgrader.utils import temp_attrs
from sqlalchemy.exc import OperationalError, SAWarning
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from grading.assignment import Assignment, modules_of
from grading.errors import CourseError

CONFIG = "nbgrader_config.py"

# nbgrader starts a process to ask for its one version of the database, for every new gradebook.
nbgrader.api.get_alembic_version = cache(nbgrader.api.get_alembic_version)


class StepFailed(CourseError):
    """nbgrader could not do one step; `log` has all that it said."""

    def __init__(self, message: str, log: str):
        """Say `message`, keep `log`."""
        super().__init__(message, log)  # both are its args, so that it survives a process pool
        self.log = log

    def __str__(self) -> str:
        return self.args[0]


class GradebookError(OSError):
    """The database does not answer, or has no room left: nothing more can be entered."""


@contextmanager
def gradebook_calls() -> Iterator[None]:
    """Call nbgrader's gradebook.

    nbgrader 0.9.6 on SQLAlchemy 2 warns about its own queries, at every submission.

    Raises:
        GradebookError: the database failed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        try:
            yield
        except OperationalError as error:
            raise GradebookError(f"the gradebook cannot be used: {error.orig}") from error


class Course:
    """A course folder."""

    def __init__(self, root: Path):
        """Open the course in `root`.

        Raises:
            CourseError: there is no `nbgrader_config.py` in it.
        """
        self.root = Path(root).resolve()
        if not (self.root / CONFIG).exists():
            raise CourseError(f"{self.root} has no {CONFIG}: run this in the course's folder.")

    @cached_property
    def config(self) -> Config:
        """What nbgrader's own commands would read here."""
        return PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()

    @cached_property
    def api(self) -> NbGraderAPI:
        """nbgrader's interface to this course."""
        return NbGraderAPI(config=self.config)

    def slugs(self) -> list[str]:
        """Return the assignments that have a solution, in alphabetical order."""
        return sorted(path.parent.name for path in self.root.glob("solutions/*/*.ipynb"))

    def solution(self, slug: str) -> Path:
        """Return the path of the solution notebook.

        Raises:
            CourseError: there is none; the message lists those that exist.
        """
        path = self.root / "solutions" / slug / f"{slug}.ipynb"
        if slug not in self.slugs() or not path.exists():
            known = ", ".join(self.slugs()) or "none: this copy of the course has no solutions/"
            raise CourseError(f"There is no exercise {slug!r}. There are: {known}.")
        return path

    def assignment(self, slug: str) -> Assignment:
        """Read the solution of `slug` as what submissions are graded by.

        Raises:
            CourseError: there is none.
        """
        nb = read_notebook(self.solution(slug))
        full, _ = ClearSolutions(config=self.config).preprocess(_copy(nb), {})
        shown, _ = ClearHiddenTests(config=self.config).preprocess(_copy(full), {})
        return Assignment.of(slug, full, shown, modules_of(nb))

    def files(self, slug: str) -> dict[str, bytes]:
        """Return what the assignment comes with besides its notebook: path -> content."""
        folder = self.solution(slug).parent
        left_out = {".ipynb_checkpoints", "__pycache__"}
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".ipynb" and not left_out & set(path.parts)
        }

    def folder(self, kind: str, student: str, slug: str) -> Path:
        """Return where a student's notebook lies: `kind` is submitted, autograded or feedback."""
        return self.root / "grading" / kind / student / slug

    def generate(self, slug: str) -> Path:
        """Write the students' notebook, whatever lies there, and return its path.

        The assignment is entered in the gradebook as well.
        """
        with gradebook_calls():
            result = self.api.generate_assignment(slug)
        self._check(result, f"generate the students' copy of {slug}")
        return self.root / "exercises" / slug / f"{slug}.ipynb"

    def register(self, slug: str) -> None:
        """Enter the assignment, as the solution has it now, in the gradebook; write no notebook."""
        with (
            TemporaryDirectory(prefix="release-") as elsewhere,
            temp_attrs(self.api.coursedir, release_directory=elsewhere),
            gradebook_calls(),
        ):
            result = self.api.generate_assignment(slug)
        self._check(result, f"enter {slug} in the gradebook")

    def submit(self, slug: str, student: str, notebook: Path) -> None:
        """Hand in `notebook` for `student`; the file itself is not touched."""
        folder = self.folder("submitted", student, slug)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(notebook, folder / f"{slug}.ipynb")

    @staticmethod
    def _check(result: dict, what: str) -> None:
        """Raise what nbgrader swallowed."""
        if not result["success"]:
            log = result.get("log", "") + result.get("error", "")
            raise StepFailed(f"nbgrader could not {what}: {_cause(log)}", log)


@contextmanager
def temporary_course(root: Path, slug: str) -> Iterator[Course]:
    """Open a course of the one assignment `slug` in a temporary folder, as `root` has it."""
    solution = Course(root).solution(slug)
    with TemporaryDirectory(prefix="course-") as folder:
        shutil.copyfile(Path(root) / CONFIG, Path(folder) / CONFIG)
        ignore = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
        shutil.copytree(solution.parent, Path(folder) / "solutions" / slug, ignore=ignore)
        yield Course(Path(folder))


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read and validate a notebook.

    Raises:
        CourseError: no such file, or it is not a notebook.
    """
    if not path.is_file():
        raise CourseError(f"There is no notebook {path}.")
    try:
        nb = nbformat.read(path, as_version=4)
        nbformat.validate(nb)
    except Exception as error:  # nbformat raises a different type for each way to be broken
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CourseError(f"{path} is not a Jupyter notebook ({reason}).") from None
    return nb


def _copy(nb: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.from_dict(json.loads(json.dumps(nb)))


def _cause(log: str) -> str:
    """Return the line of nbgrader's log that names the first exception."""
    named = re.search(r"^\s*([\w.]+(?:Error|Exception)\b.*)", log, re.MULTILINE)
    return named[1] if named else "its log does not say why"
