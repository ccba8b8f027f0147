"""A class of attackers: each gets exactly the outcome that it must have, and harms nobody."""

import json

import pytest
from attacks import ATTACKS, MEAN, SLUG, dumped, solution
from classroom import hand_in, write_course

from grading import grade
from grading.course import Course
from grading.ledger import Ledger
from grading.marks import marks

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type")]

SETTINGS = """
[limits]
cell = 4
total = 20
notebook = 1_000_000
memory = 400_000_000
"""


def folder_name(attack: str) -> str:
    return attack.replace(" ", "-")


@pytest.fixture(scope="module")
def attacked(sandbox, tmp_path_factory):
    """The whole class, graded once: attack -> its mark and its log entry."""
    root = tmp_path_factory.mktemp("class")
    write_course(root, SLUG, solution())
    (root / "grading").mkdir()
    (root / "grading" / "class.toml").write_text(SETTINGS)
    for name, (content, *_) in ATTACKS.items():
        hand_in(root, SLUG, folder_name(name), content)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        grade.main([SLUG])
    course = Course(root)
    entries = Ledger.of(course).last(slug=SLUG)
    return root, {mark.student: mark for mark in marks(course, SLUG)}, entries


def test_there_are_enough():
    assert len(ATTACKS) >= 60


@pytest.mark.parametrize("name", ATTACKS)
def test_each_attack_ends_as_it_must(attacked, name):
    _, found, entries = attacked
    mark, entry = found[folder_name(name)], entries[folder_name(name)]
    _, status, double, mean = ATTACKS[name]
    said = f"{entry['status']}: {entry['sentence']} {entry['evidence']} {entry['messages']}"
    assert mark.status in ((status,) if isinstance(status, str) else status), said
    if status in ("tampered", "ungradable"):
        assert mark.items.get("test-double") is None, said
        assert mark.items.get("test-mean") is None, said
    else:
        assert mark.items["test-double"] == double, said
        assert mean is None or mark.items["test-mean"] == mean, said


@pytest.mark.parametrize("name", ATTACKS)
def test_everybody_is_told_something_and_nobody_a_hidden_test(attacked, name):
    root, _, entries = attacked
    assert entries[folder_name(name)]["sentence"]
    page = root / "grading" / "feedback" / folder_name(name) / SLUG / f"{SLUG}.html"
    text = page.read_text("utf-8")
    assert "<h1>" in text
    assert "secret_value" not in text and "12345):" not in text


def test_nothing_that_was_handed_in_has_changed(attacked):
    root, _, _ = attacked
    for name, (content, *_) in ATTACKS.items():
        if isinstance(content, bytes):
            path = root / "grading" / "submitted" / folder_name(name) / SLUG / f"{SLUG}.ipynb"
            assert path.read_bytes() == content


def test_no_process_is_left(attacked):
    import psutil

    names = [" ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"])]
    assert not [name for name in names if "sleep 1000" in name]


def test_right_answers_get_full_marks_beside_them(attacked):
    _, found, _ = attacked
    assert found["right"].items == {"test-double": 2, "test-mean": 3, "why": None}
    assert found["right"].waiting == ["why"]
    assert MEAN in json.loads(dumped())["cells"][3]["source"]
