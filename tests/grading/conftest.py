import shutil
from pathlib import Path

import nbformat
import pytest
from classroom import write_course
from tiny_course import answered, tiny_solution

from grading.course import temporary_course
from grading.sandbox.bubblewrap import SandboxMissing, require


@pytest.fixture
def tiny(tmp_path, monkeypatch) -> Path:
    """The folder of a course with the one assignment `tiny`; it is the current one."""
    write_course(tmp_path, "tiny", tiny_solution())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def released(tmp_path_factory) -> Path:
    """The students' notebook of `tiny`."""
    root = tmp_path_factory.mktemp("released")
    write_course(root, "tiny", tiny_solution())
    with temporary_course(root, "tiny") as course:
        return shutil.copyfile(course.generate("tiny"), root / "tiny.ipynb")


@pytest.fixture
def submit(tiny, released):
    """Hand in a notebook of `tiny`, or any text, for a student."""

    def hand_in(student, double=None, name="tiny.ipynb", text=None, why=None, edit=None):
        path = tiny / "grading" / "submitted" / student / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            return path.write_text(text)
        nb = answered(released, double, why)
        if edit:
            edit(nb)
        return nbformat.write(nb, path)

    return hand_in


@pytest.fixture(scope="session")
def sandbox() -> None:
    """Skip where no sandbox is to be had: on macOS, or without user namespaces."""
    try:
        require()
    except SandboxMissing as error:
        pytest.skip(str(error))
