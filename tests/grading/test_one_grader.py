"""`check` gives exactly what `grade` gives: points, messages and status, item by item."""

import pytest
from attacks import ATTACKS, SLUG, changed, solution
from classroom import hand_in, write_course

from grading import check, grade, submission
from grading.course import Course
from grading.ledger import Ledger
from grading.marks import marks
from grading.pool import Pool
from grading.sandbox import bubblewrap
from grading.verdict import Item, Status, Verdict

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.filterwarnings("ignore:Object of type"),
]
HONEST = ("right", "wrong", "no syntax", "warns", "test edited", "answer deleted", "format 3")
SAMPLE = (*HONEST, "byte order mark", "sys.exit", "os._exit", "strips assertions", "equal to all")
HANDED_IN = {name: ATTACKS[name][0] for name in SAMPLE} | {
    "format 4.2 with ids": changed(lambda nb, _: nb.update(nbformat_minor=2)),
    "endless cell": ATTACKS["endless cell"][0],
    "broken JSON": ATTACKS["broken JSON"][0],
}


@pytest.fixture(scope="module")
def graded(sandbox, tmp_path_factory):
    """A class, graded: its course, the newest log entries, the marks."""
    root = tmp_path_factory.mktemp("class")
    write_course(root, SLUG, solution())
    (root / "grading").mkdir()
    (root / "grading" / "class.toml").write_text("[limits]\ncell = 3\n")
    for name, content in HANDED_IN.items():
        hand_in(root, SLUG, name, content)
    course = Course(root)
    grade.Grading(course, SLUG, grade.Options(workers=2)).run()
    return course, Ledger.of(course).last(slug=SLUG), {m.student: m for m in marks(course, SLUG)}


def compare(graded, name):
    course, entries, everyone = graded
    path = course.folder("submitted", name, SLUG) / f"{SLUG}.ipynb"
    verdict = check.examine(course, SLUG, path)
    entry, mark = entries[name], everyone[name]
    assert (verdict.status, verdict.sentence) == (entry["status"], entry["sentence"])
    assert {cell: item.points for cell, item in verdict.tests.items()} == entry["items"]
    messages = {cell: item.message for cell, item in verdict.tests.items() if item.message}
    assert messages == entry["messages"]
    assert list(verdict.evidence) == entry["evidence"]
    assert list(verdict.repairs) == entry["repairs"]
    if verdict.counts:
        assert {c: item.points for c, item in verdict.tests.items()} | {"why": None} == mark.items
        assert {item.cell: item.max_points for item in verdict.items} == mark.maximum


@pytest.mark.parametrize("name", HANDED_IN)
def test_check_gives_what_grade_gives(graded, name):
    compare(graded, name)


@pytest.mark.parametrize("name", HONEST)
def test_so_it_does_without_a_sandbox(graded, name, monkeypatch):
    monkeypatch.setattr(bubblewrap, "available", lambda: False)
    compare(graded, name)


def test_neither_has_another_way(tmp_path, monkeypatch, capsys):
    """Both hand the same bytes to the same function of an equal grader, and tell what it says."""
    write_course(tmp_path, SLUG, solution())
    content = ATTACKS["right"][0]
    path = hand_in(tmp_path, SLUG, "ann", content) / f"{SLUG}.ipynb"
    (tmp_path / "solutions" / SLUG / "numbers.txt").write_text("1 2 3")
    graders = []

    def answer(grader, what):
        solved = what != content
        graders.extend([] if solved else [grader])
        test = Item("test-double", 2, 2 if solved else 1.5, "" if solved else "a message")
        return Verdict(Status.GRADED, "Graded.", (test, Item("test-mean", 3, 3)))

    def here(_pool, function, jobs):
        return ((name, function(what)) for name, what in jobs)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(submission.Grader, "grade", answer)
    monkeypatch.setattr(Pool, "run", here)
    assert grade.main([SLUG]) == 0
    assert check.main([SLUG, "--notebook", str(path)]) == 0
    by_grade, by_check = graders
    assert by_grade == by_check and by_check.files == {"numbers.txt": b"1 2 3"}
    said = capsys.readouterr().out
    assert "double  1.5 / 2\n    a message\nmean    3 / 3\n" in said
    entry = Ledger.of(Course(tmp_path)).last(slug=SLUG)["ann"]
    assert entry["items"] == {"test-double": 1.5, "test-mean": 3}
    assert entry["messages"] == {"test-double": "a message"}
