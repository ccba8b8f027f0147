import zipfile

import nbformat
import pytest
from tiny_course import tiny_solution

from grading import release

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type")]

TINY = "exercises/tiny/tiny.ipynb"


def test_release_is_byte_identical_and_has_no_solution(tiny):
    assert release.main([]) == 0
    first = (tiny / TINY).read_bytes(), (tiny / release.ZIP).read_bytes()
    assert release.main([]) == 0
    assert first == ((tiny / TINY).read_bytes(), (tiny / release.ZIP).read_bytes())
    text = first[0].decode()
    assert "return x + x" not in text and "Because of the sum" not in text
    assert "secret_number" not in text and "Rubric" not in text
    assert "Your code goes here" in text and "Two times two" in text


def test_check_finds_exercises_in_step_then_not(tiny, capsys):
    release.main([])
    assert release.main(["--check"]) == 0
    nb = tiny_solution()
    nb.cells[2].source = nb.cells[2].source.replace("Two times two", "Twice two")
    nbformat.write(nb, tiny / "solutions" / "tiny" / "tiny.ipynb")
    assert release.main(["--check"]) == 1
    assert "tiny.ipynb: cell 'test-double' differs" in capsys.readouterr().err
    assert "Twice two" not in (tiny / TINY).read_text()


def test_check_without_exercises_fails(tiny, capsys):
    assert release.main(["--check"]) == 1
    assert f"{TINY} is missing" in capsys.readouterr().err


def test_students_work_is_not_overwritten_unless_forced(tiny, capsys, monkeypatch):
    release.main([])
    nb = nbformat.read(tiny / TINY, as_version=4)
    nb.cells[1].source = "def double(x):\n    return 2 * x"
    nbformat.write(nb, tiny / TINY)
    assert release.main([]) == 1
    assert "python course.py release --force" in capsys.readouterr().err
    assert "return 2 * x" in (tiny / TINY).read_text()
    with zipfile.ZipFile(tiny / release.ZIP) as archive:
        assert b"return 2 * x" not in archive.read(f"course/{TINY}")
    monkeypatch.setenv("FORCE", "1")
    assert release.main([]) == 0
    assert "return 2 * x" not in (tiny / TINY).read_text()


def test_zip_has_what_a_student_needs_and_no_solution(tiny):
    for name in ("README.md", "src/helpers/a.py", "src/grading/b.py", "tests/c.py", "book/d.md"):
        (tiny / name).parent.mkdir(parents=True, exist_ok=True)
        (tiny / name).write_text(name)
    for name in ("course.py", "Makefile", "pyproject.toml", "tools/door.py", "tools/bench.py"):
        (tiny / name).parent.mkdir(parents=True, exist_ok=True)
        (tiny / name).write_text(name)
    (tiny / "book" / "__pycache__").mkdir()
    (tiny / "book" / "__pycache__" / "e.pyc").write_text("")
    assert release.main([]) == 0
    with zipfile.ZipFile(tiny / release.ZIP) as archive:
        assert sorted(archive.namelist()) == [
            "course/README.md",
            "course/book/d.md",
            "course/course.py",
            f"course/{TINY}",
            "course/nbgrader_config.py",
            "course/src/helpers/a.py",
            "course/tools/door.py",
        ]
        readme = archive.read("course/README.md").decode()
    assert readme == release.README.read_text("utf-8") and readme != "README.md"


def test_outside_a_course(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert release.main([]) == 1
    assert "run this in the course's folder" in capsys.readouterr().err


def test_named_exercises_only(tiny, capsys):
    other = tiny / "solutions" / "other" / "other.ipynb"
    other.parent.mkdir()
    nbformat.write(tiny_solution(), other)
    assert release.main(["tiny"]) == 0
    assert (tiny / TINY).exists()
    assert not (tiny / "exercises" / "other").exists()
    assert not (tiny / release.ZIP).exists()
    assert release.main(["--check", "tiny"]) == 0
    assert release.main(["--check"]) == 1
    assert release.main(["tine"]) == 1
    assert "There are: other, tiny." in capsys.readouterr().err
