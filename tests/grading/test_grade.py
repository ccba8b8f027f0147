import csv
import datetime
import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from classroom import mark_by_hand, marks, page, runs_of
from nbformat.v4 import new_code_cell, new_markdown_cell
from tiny_course import RIGHT, WRONG

from grading import diff, export, grade, regrade, report, status
from grading.course import Course
from grading.files import one_at_a_time
from grading.ledger import Ledger
from grading.marks import marks as all_marks
from grading.pool import Pool
from grading.records import Records
from grading.sandbox import bubblewrap

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.filterwarnings("ignore:Object of type"),
]


def edit_test(root, old, new):
    path = root / "solutions" / "tiny" / "tiny.ipynb"
    path.write_text(path.read_text().replace(old, new))


def test_a_class_with_every_bad_submission(tiny, submit, capsys):
    submit("ann", RIGHT, why="It is a sum.")
    submit("bob", text="{ this is no JSON")
    submit("cho", RIGHT, name="homework.ipynb")
    submit("dan", WRONG)
    submit("eve", text='{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    (tiny / "grading" / "submitted" / "fay" / "tiny").mkdir(parents=True)
    assert grade.main(["tiny"]) == 0
    out, err = capsys.readouterr()
    assert "tiny: 2 graded, 4 ungradable" in out
    assert "bob: ungradable. The file is not a notebook" in err
    assert "cho: ungradable. There is no tiny.ipynb. It holds homework.ipynb" in err
    assert "eve: ungradable. No answer cell" in err
    assert marks(tiny) == {"ann": 2, "dan": 0}
    feedback = (tiny / "grading" / "feedback" / "dan" / "tiny" / "tiny.html").read_text()
    assert "For 12345 your double is not right either." in feedback
    assert "secret_number" not in feedback and "24690" not in feedback


def test_marks_stay_where_the_grader_itself_fails(tiny, submit, capsys, monkeypatch):
    submit("ann", RIGHT)
    assert grade.main(["tiny"]) == 0
    submit("bob", RIGHT)
    submit("cho", WRONG)

    works = Pool.run

    def fails(pool, function, jobs):
        if any(name.startswith("solution") for name, _ in jobs):
            return works(pool, function, jobs)
        return ((name, OSError("no room left")) for name, _ in jobs)

    monkeypatch.setattr(Pool, "run", fails)
    assert grade.main(["tiny", "--force"]) == 1
    assert "ann: The grader itself failed on this notebook: no room left" in capsys.readouterr().err
    assert marks(tiny) == {"ann": 2}
    assert runs_of(tiny, "ann") == 1
    monkeypatch.undo()
    monkeypatch.chdir(tiny)
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 2, "bob": 2, "cho": 0}


def test_nothing_is_graded_twice_and_nothing_stale_is_left(tiny, submit, capsys):
    submit("ann", RIGHT, why="It is a sum.")
    assert grade.main(["tiny"]) == 0
    mark_by_hand(tiny, "ann", 1)
    assert grade.main(["tiny"]) == 0
    assert "1 of 1 are graded already" in capsys.readouterr().out
    assert marks(tiny) == {"ann": 3} and runs_of(tiny, "ann") == 1

    submit("ann", WRONG, why="It is a sum.")  # worse, and the hand-marked answer as it was
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 1}
    submit("ann", RIGHT, why="It is a product.")  # another answer than the one that was marked
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 2}
    entry = Ledger(tiny / "grading" / "ledger.jsonl").last()["ann"]
    assert entry["set_aside"] == {"why": 1} and entry["before"] == 1
    submit("ann", text="broken")
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {}
    submit("ann", RIGHT, why="It is a product.")
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 2}


def test_a_fixed_test_is_regraded_for_all_and_says_whose_marks_change(tiny, submit, capsys):
    edit_test(tiny, "== 24690", "== 24691")
    edit_test(tiny, "return x + x", "return x + x + (x == 12345)")
    submit("ann", RIGHT, why="It is a sum.")
    submit("bob", WRONG)
    assert grade.main(["tiny"]) == 0
    mark_by_hand(tiny, "ann", 1)
    assert marks(tiny) == {"ann": 0, "bob": 0}
    edit_test(tiny, "== 24691", "== 24690")
    edit_test(tiny, " + (x == 12345)", "")
    capsys.readouterr()

    assert regrade.main(["tiny", "--item", "double", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert (
        "ann: test-double 0 -> 2 (another test; For 12345" in out
        and "Marks that would change: 1." in out
    )
    assert runs_of(tiny, "ann") == 1
    assert regrade.main(["tiny", "--item", "double"]) == 0
    assert "Marks that have changed: 1." in capsys.readouterr().out
    assert marks(tiny) == {"ann": 3, "bob": 0}
    assert diff.main(["tiny"]) == 0
    assert "ann: test-double 0 -> 2" in capsys.readouterr().out
    assert regrade.main(["tiny", "--item", "triple"]) == 1
    assert "It has: test-double" in capsys.readouterr().err


def test_a_solution_that_fails_grades_nobody(tiny, submit, capsys):
    edit_test(tiny, "== 24690", "== 24691")
    submit("ann", RIGHT)
    assert grade.main(["tiny"]) == 1
    assert "test-double gives 0 of 2: For 12345" in capsys.readouterr().err
    assert runs_of(tiny, "ann") == 0


def test_a_solution_whose_setup_fails_is_told_so_and_not_what_follows_from_it(tiny, submit, capsys):
    edit_test(tiny, "return x + x", "return half(x) * 4")
    path = tiny / "solutions" / "tiny" / "tiny.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells.insert(1, new_code_cell("from no_such_module import half", id="setup"))
    nbformat.write(nb, path)
    submit("ann", RIGHT)
    assert grade.main(["tiny"]) == 1
    said = capsys.readouterr().err
    assert "raised ModuleNotFoundError: No module named 'no_such_module'" in said
    assert said.index("ModuleNotFoundError") < said.index("test-double gives 0 of 2")


def test_partial_credits_that_sum_to_full_marks_are_full_marks(tiny, submit):
    edit_test(tiny, "### END HIDDEN TESTS", "### END HIDDEN TESTS\\n(0.1 + 0.2) * 20 / 3")
    submit("ann", RIGHT)
    assert (0.1 + 0.2) * 20 / 3 != 2
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 2}


def test_an_answer_without_its_cell_waits_for_a_person(tiny, submit):
    """It may have been retyped into a cell of the student's own: nobody gets 0 for our repair."""

    def retyped(nb):
        nb.cells = [cell for cell in nb.cells if cell.id != "why"]
        nb.cells.append(new_markdown_cell("It is a sum, of course."))

    submit("ann", RIGHT, edit=retyped)
    submit("bob", RIGHT)
    assert grade.main(["tiny"]) == 0
    by_name = {mark.student: mark for mark in all_marks(Course(tiny), "tiny")}
    assert by_name["ann"].waiting == ["why"] and by_name["ann"].items["why"] is None
    assert by_name["bob"].waiting == [] and by_name["bob"].items["why"] == 0


def test_killed_at_any_point_the_next_run_finishes(tiny, submit):
    for number in range(12):
        submit(f"s{number:02}", RIGHT)
    command = [sys.executable, "-m", "grading.grade", "tiny", "--workers", "2"]
    process = subprocess.Popen(command, cwd=tiny, stderr=subprocess.DEVNULL)
    while not runs_of(tiny, "s00") and process.poll() is None:
        time.sleep(0.05)
    started = psutil.Process(process.pid).children(recursive=True)
    assert len(started) > 2, "no workers, no sandboxes?"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, left = psutil.wait_procs(started, timeout=30)
    assert not left, "the workers outlive their run"
    with (tiny / "grading" / "ledger.jsonl").open("a") as file:
        file.write('{"student": "s1')
    assert grade.main(["tiny", "--workers", "2"]) == 0
    assert marks(tiny) == {f"s{number:02}": 2 for number in range(12)}
    assert [runs_of(tiny, f"s{number:02}") for number in range(12)] == [1] * 12


def test_a_class_is_graded_by_one_process_at_a_time(tiny, submit, capsys):
    submit("ann", RIGHT)
    with one_at_a_time(tiny / "grading" / "running.lock"):
        assert grade.main(["tiny"]) == 1
    assert "being graded already" in capsys.readouterr().err
    assert grade.main(["tiny"]) == 0


def test_a_folder_whose_name_is_no_text_is_named(tiny, submit, capsys):
    submit("ann", RIGHT)
    os.makedirs(os.fsencode(tiny) + b"/grading/submitted/zo\xff/tiny")
    assert grade.main(["tiny"]) == 0
    assert "must be UTF-8; rename 'zo\\udcff'" in capsys.readouterr().err
    assert marks(tiny) == {"ann": 2}


def test_marks_that_cannot_be_entered_stop_nobody_else(tiny, submit, capsys, monkeypatch):
    for name in ("ann", "bob"):
        submit(name, RIGHT)
    save = Records.save

    def fails(records, student, *rest):
        if student == "ann":
            raise ValueError("half a character")
        return save(records, student, *rest)

    monkeypatch.setattr(Records, "save", fails)
    assert grade.main(["tiny"]) == 1
    assert "ann: the marks could not be entered" in capsys.readouterr().err
    assert marks(tiny) == {"bob": 2}
    monkeypatch.setattr(Records, "save", save)
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 2, "bob": 2}


def test_names_of_all_kinds(tiny, submit):
    names = ['a b, "c"', "-x", "=1+1", "한국 학생", "new\nline"]
    for name in names:
        submit(name, RIGHT)
    assert grade.main(["tiny"]) == 0
    written = {f"'{name}" if name[0] in "-=" else name for name in names}
    assert marks(tiny) == dict.fromkeys(written, 2)  # nothing that a spreadsheet would compute


def test_who_was_not_regraded_in_full_is_graded_again(tiny, submit, capsys):
    submit("ann", RIGHT)
    assert grade.main(["tiny"]) == 0
    (tiny / "solutions" / "tiny" / "data.txt").write_text("another file of the assignment")
    assert grade.main(["tiny"]) == 0
    assert runs_of(tiny, "ann") == 2
    assert grade.main(["tiny"]) == 0
    assert runs_of(tiny, "ann") == 2


DUE = datetime.datetime(2027, 3, 1, tzinfo=datetime.UTC)
LATE = f"[due]\ntiny = {DUE.isoformat()}\n[late]\npolicy = 'per-day'\nper_day = 0.5\n"


def handed_in(tiny, student, when):
    folder = tiny / "grading" / "submitted" / student / "tiny"
    (folder / "timestamp.txt").write_text(when)


def test_lateness_is_computed_where_it_is_read(tiny, submit):
    """A person's mark, an extension, another time: all count without a run of the notebook."""
    (tiny / "grading").mkdir(exist_ok=True)
    (tiny / "grading" / "class.toml").write_text(LATE)
    for student in ("ann", "bob"):
        submit(student, RIGHT, why="It is a sum.")
        handed_in(tiny, student, "2027-03-01 12:00:00 UTC")
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 1, "bob": 1}
    assert "1 day begun: 1 point is taken off" in page(tiny, "ann")
    mark_by_hand(tiny, "ann", 1)
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 1.5, "bob": 1}  # half of all three points
    assert "1.5 of 3 points." in page(tiny, "ann")
    extension = f"[extensions.ann]\ntiny = {(DUE + datetime.timedelta(days=2)).isoformat()}\n"
    (tiny / "grading" / "class.toml").write_text(LATE + extension)
    handed_in(tiny, "bob", "2027-02-28T23:59:59+00:00")
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 3, "bob": 2}
    assert "taken off" not in page(tiny, "ann") + page(tiny, "bob")
    assert runs_of(tiny, "ann") == runs_of(tiny, "bob") == 1


def test_a_persons_comment_reaches_the_page_and_others_pages_stay(tiny, submit):
    for student in ("ann", "bob"):
        submit(student, RIGHT, why="It is a sum.")
    assert grade.main(["tiny"]) == 0
    other = (tiny / "grading" / "feedback" / "bob" / "tiny" / "tiny.html").stat().st_mtime_ns
    with Course(tiny).api.gradebook as gradebook:
        comment = gradebook.find_comment("why", "tiny", "tiny", "ann")
        comment.manual_comment = "Of <equal> terms."
        gradebook.db.commit()
    mark_by_hand(tiny, "ann", 0.5)
    assert export.main(["tiny", "--format", "canvas"]) == 0
    assert "Of &lt;equal&gt; terms." in page(tiny, "ann") and "2.5 of 3" in page(tiny, "ann")
    now = (tiny / "grading" / "feedback" / "bob" / "tiny" / "tiny.html").stat().st_mtime_ns
    assert now == other


def test_a_time_that_can_be_read_in_two_ways_costs_nothing_and_is_named(tiny, submit, capsys):
    (tiny / "grading").mkdir(exist_ok=True)
    (tiny / "grading" / "class.toml").write_text(LATE)
    submit("ann", RIGHT)
    handed_in(tiny, "ann", "2027-03-01 12:00:00 KST")
    assert grade.main(["tiny"]) == 0
    assert "submitted/ann/tiny/timestamp.txt does not hold a time with its zone" in (
        capsys.readouterr().err
    )
    assert marks(tiny) == {"ann": 2}


def test_exports_reports_and_status(tiny, submit, capsys):
    submit("ann", RIGHT, why="It is a sum.")
    submit("bob", WRONG)
    submit("cho", text="{")
    (tiny / "grading" / "roster.csv").write_text(
        "student_id,last_name,first_name,email,sis_user_id\n"
        'ann,"O\'Neil, ""A""",Ann,ann@example.org,17\ndan,Park,Dan,dan@example.org,18\n'
    )
    grade.main(["tiny"])
    for name in ("plain", "canvas", "moodle"):
        assert export.main(["tiny", "--format", name]) == 0
    folder = tiny / "grading" / "exports"
    with (folder / "tiny-canvas.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "tiny"]
    assert rows[1][0].strip() == "Points Possible" and rows[1][-1] == "3"
    assert ['O\'Neil, "A", Ann', "", "17", "ann", "", "2"] in rows
    assert len(rows) == 4, "who has no mark is not there: Canvas would take one away"
    with (folder / "tiny-moodle.csv").open(newline="", encoding="utf-8-sig") as file:
        moodle = {row["Username"]: row for row in csv.DictReader(file)}
    assert moodle["bob"]["tiny"] == "0" and set(moodle) == {"ann", "bob"}
    assert "Without a mark, so not in the file: cho, dan." in capsys.readouterr().out
    capsys.readouterr()
    assert status.main([]) == 0
    out = capsys.readouterr().out
    assert "2 graded" in out and "1 missing" in out and "waiting for a person, why: 1" in out
    assert report.main(["tiny"]) == 0
    page = (tiny / "grading" / "reports" / "tiny.html").read_text()
    assert page.count("<svg") == 2 and "1 time: For 12345 your double is not" in page
    assert "<td>double</td>" in page and "<td>50%</td>" in page


def test_without_a_sandbox_it_refuses_and_says_why(tiny, submit, capsys, monkeypatch):
    submit("ann", RIGHT)
    bubblewrap.require.cache_clear()
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: None)
    assert grade.main(["tiny"]) == 1
    assert "apt install bubblewrap" in capsys.readouterr().err
    assert grade.main(["tiny", "--no-sandbox"]) == 0
    assert marks(tiny) == {"ann": 2}
    bubblewrap.require.cache_clear()


def test_files_of_the_assignment_are_there(tiny, submit):
    (tiny / "solutions" / "tiny" / "data").mkdir()
    (tiny / "solutions" / "tiny" / "data" / "two.txt").write_text("2")
    submit("ann", "def double(x):\n    return int(open('data/two.txt').read()) * x")
    assert grade.main(["tiny"]) == 0
    assert marks(tiny) == {"ann": 2}


def test_exercises_are_left_alone(tiny, submit):
    submit("ann", RIGHT)
    assert grade.main(["tiny"]) == 0
    assert not (tiny / "exercises").exists()


def test_unknown_assignment(tiny, capsys):
    assert grade.main(["tine"]) == 1
    assert "There is no exercise 'tine'. There are: tiny." in capsys.readouterr().err


def test_no_submissions(tiny, capsys):
    assert grade.main(["tiny"]) == 1
    assert "There are no submissions of tiny" in capsys.readouterr().err
    assert grade.main(["tiny", "--student", "zoe"]) == 1
    assert "No submission of tiny by zoe" in capsys.readouterr().err
