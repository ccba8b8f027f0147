"""What lies in grading/submitted: taken where there is no doubt, named where there is."""

import os
import unicodedata

import pytest
from classroom import write_course
from tiny_course import tiny_solution

from grading import status
from grading.course import Course
from grading.marks import marks
from grading.submitted import handed_in


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Put an empty file below grading/submitted; what is found then comes from `put.found()`."""
    write_course(tmp_path, "tiny", tiny_solution())
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "grading" / "submitted"
    root.mkdir(parents=True)

    def put(path):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()

    def found():
        result = handed_in(Course(tmp_path), "tiny")
        return {
            student: each.notebook.relative_to(root).as_posix()
            for student, each in result.of.items()
        }, result.remarks

    put.found = found
    return put


def test_where_it_should_lie_nothing_is_said(put):
    put("ann/tiny/tiny.ipynb")
    put("bob/tiny/data.csv")
    assert put.found() == ({"ann": "ann/tiny/tiny.ipynb", "bob": "bob/tiny/tiny.ipynb"}, [])


@pytest.mark.parametrize(
    "path",
    [
        "ann/tiny/tiny-1.ipynb",
        "ann/tiny/tiny (2).ipynb",
        "ann/tiny/tiny-Copy1.ipynb",
        "ann/tiny/Tiny.ipynb",
        "ann/tiny/tiny/tiny.ipynb",
        "ann/Tiny/tiny.ipynb",
        "ann/ tiny/tiny.ipynb",
        "ann/tiny.ipynb",
    ],
)
def test_without_doubt_it_is_taken_and_said(put, path):
    put(path)
    found, remarks = put.found()
    assert found == {"ann": path}
    assert len(remarks) == 1 and "was taken for tiny" in remarks[0]


@pytest.mark.parametrize(
    "paths",
    [
        ["ann/tiny/homework.ipynb"],
        ["ann/tiny/tiny-1.ipynb", "ann/tiny/tiny-2.ipynb"],
        ["ann/tiny/tiny2nd.ipynb"],
    ],
)
def test_with_doubt_nothing_is_taken(put, paths):
    for path in paths:
        put(path)
    assert put.found() == ({"ann": "ann/tiny/tiny.ipynb"}, [])  # where none is: grading says so


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("tiny.ipynb", "submitted/tiny.ipynb is passed over"),
        ("ann/Warmup/Warmup.ipynb", "submitted/ann/Warmup is passed over: no assignment"),
        ("Ann /tiny/tiny.ipynb", "'Ann ' and 'bob' look alike"),
    ],
)
def test_what_is_something_else_is_named_and_is_no_student(put, path, said):
    put("bob/tiny/tiny.ipynb")
    if "alike" in said:
        put("ann/tiny/tiny.ipynb")
        said = "'Ann ' and 'ann' look alike"
    put(path)
    found, remarks = put.found()
    assert "bob" in found and len(remarks) == 1 and said in remarks[0]


def test_what_programs_leave_is_not_worth_a_word(put):
    put("ann/tiny/tiny.ipynb")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX/x", "._ann", "ann/.DS_Store"):
        put(name)
    put("ann/.ipynb_checkpoints/tiny-checkpoint.ipynb")
    assert put.found() == ({"ann": "ann/tiny/tiny.ipynb"}, [])


def test_a_name_in_hangul_is_one_student_however_it_is_composed(put, tmp_path):
    spelled = unicodedata.normalize("NFD", "김철수")
    put(f"{spelled}/tiny/tiny.ipynb")
    (tmp_path / "grading" / "roster.csv").write_text("student_id\n김철수\n", "utf-8")
    (mark,) = marks(Course(tmp_path), "tiny")
    assert mark.student == "김철수" and mark.status == "not graded yet"


def test_links_are_not_followed(put, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "tiny.ipynb").touch()
    put("ann/tiny/data.csv")
    os.symlink(tmp_path / "elsewhere", tmp_path / "grading/submitted/ann/tiny/more")
    assert put.found() == ({"ann": "ann/tiny/tiny.ipynb"}, [])


def test_status_works_on_all_of_it(put, capsys):
    for path in ("loose.ipynb", "ann/Warmup/x.ipynb", "bob/tiny/tiny-1.ipynb", ".DS_Store"):
        put(path)
    assert status.main([]) == 0
    out, err = capsys.readouterr()
    assert "tiny: 1 not graded yet" in out
    assert "loose.ipynb is passed over" in err and "Warmup is passed over" in err
