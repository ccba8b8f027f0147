"""Three hundred generated submissions, right, wrong and broken: every mark as predicted."""

import random

import pytest
from attacks import MEAN, RIGHT, SLUG, WRONG, changed, drop, dumped, put, solution, twice
from classroom import hand_in, write_course

from grading import grade, report
from grading.course import Course
from grading.marks import marks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.filterwarnings("ignore:Object of type"),
]
SIZE = 300

DOUBLES = {
    RIGHT: 2,
    "def double(x):\n    return 2 * x": 2,
    "double = lambda x: x * 2": 2,
    WRONG: 0,
    "def double(x):\n    return x ** 2": 0,  # right for 2 alone
    "def double(x):\n    return str(2 * x)": 0,
    "def double(x)": 0,
    "raise NotImplementedError": 0,
}
MEANS = {
    MEAN: 3,
    "import statistics\n\ndef mean(values):\n    return float(statistics.fmean(values))": 3,
    "def mean(values):\n    return sum(values) / (len(values) - 1)": 0,
    "def mean(values):\n    return sorted(values)[len(values) // 2]": 0,
    "def mean(values):\n    return 2": 0,
    "": 0,
}
DAMAGES = [None, None, None, drop("test-mean"), twice("test-double"), put("test-double", source="")]


def generate(count: int, seed: int) -> dict[str, tuple[bytes, dict | None]]:
    """Return student -> (what is handed in, the points predicted; None: ungradable)."""
    draw = random.Random(seed)
    made = {}
    for number in range(count):
        double, mean = draw.choice(list(DOUBLES)), draw.choice(list(MEANS))
        points = {"test-double": DOUBLES[double], "test-mean": MEANS[mean]}
        damage = draw.choice(DAMAGES)
        content = changed(damage or (lambda nb, _: None), double=double, mean=mean)
        if number % 25 == 24:
            content, points = dumped()[: draw.randrange(10, 500)], None
        made[f"s{number:03}"] = content, points
    return made


def test_every_mark_is_as_predicted(tmp_path, monkeypatch, capsys):
    write_course(tmp_path, SLUG, solution())
    made = generate(SIZE, seed=7)
    for student, (content, _) in made.items():
        hand_in(tmp_path, SLUG, student, content)
    monkeypatch.chdir(tmp_path)
    assert grade.main([SLUG]) == 0  # some are ungradable: not the grader's failure
    found = {mark.student: mark for mark in marks(Course(tmp_path), SLUG)}
    wrong = {}
    for student, (_, points) in made.items():
        mark = found[student]
        tested = {name: value for name, value in mark.items.items() if name != "why"} or None
        status = "ungradable" if points is None else "graded"
        if (mark.status, tested) != (status, points):
            wrong[student] = (mark.status, tested, points)
    assert wrong == {}
    assert len(found) == SIZE
    assert report.main([SLUG]) == 0
