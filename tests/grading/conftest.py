import shutil
from pathlib import Path

import nbformat
import pytest
from tiny_course import tiny_solution

from grading.course import temporary_course
from grading.sandbox.bubblewrap import SandboxMissing, require

ROOT = Path(__file__).parents[2]


def write_course(root: Path) -> None:
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    path = root / "solutions" / "tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(tiny_solution(), path)


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Path:
    """The folder of a course with the one assignment `tiny`; it is the current one."""
    write_course(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def released(tmp_path_factory) -> Path:
    """The students' notebook of `tiny`."""
    root = tmp_path_factory.mktemp("released")
    write_course(root)
    with temporary_course(root, "tiny") as course:
        return shutil.copyfile(course.generate("tiny"), root / "tiny.ipynb")


@pytest.fixture(scope="session")
def sandbox() -> None:
    """Skip where no sandbox is to be had: on macOS, or without user namespaces."""
    try:
        require()
    except SandboxMissing as error:
        pytest.skip(str(error))
