import datetime

import pytest

from grading.course import CourseError
from grading.settings import Settings

DUE = datetime.datetime(2027, 3, 12, 23, 59, tzinfo=datetime.timezone(datetime.timedelta(hours=9)))
FILE = """
[due]
tiny = 2027-03-12T23:59:00+09:00
[late]
policy = "per-day"
per_day = 0.1
grace_minutes = 10
[extensions.ann]
tiny = 2027-03-19T23:59:00+09:00
[limits]
cell = 7
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "grading").mkdir(exist_ok=True)
        (tmp_path / "grading" / "class.toml").write_text(text)
        return Settings.read(tmp_path)

    return read


def test_without_a_file_nothing_is_late(tmp_path):
    settings = Settings.read(tmp_path)
    assert settings.penalty("ann", "tiny", DUE + datetime.timedelta(days=99), 10) == 0
    assert settings.limits.cell == 60


@pytest.mark.parametrize(
    ("late", "lost"),
    [
        (datetime.timedelta(), 0),
        (datetime.timedelta(minutes=10), 0),
        (datetime.timedelta(minutes=11), 1),
        (datetime.timedelta(days=1, minutes=10), 1),
        (datetime.timedelta(days=1, minutes=11), 2),
        (datetime.timedelta(days=99), 10),
        (datetime.timedelta(days=-5), 0),
    ],
)
def test_each_started_day_costs_its_share(read, late, lost):
    settings = read(FILE)
    assert settings.penalty("bob", "tiny", DUE + late, 10) == pytest.approx(lost)
    assert settings.limits.cell == 7


def test_gradebook_times_are_utc(read):
    naive = (DUE + datetime.timedelta(days=1)).astimezone(datetime.UTC).replace(tzinfo=None)
    assert read(FILE).days_late("bob", "tiny", naive) == 1


def test_an_extension_is_one_students(read):
    settings = read(FILE)
    late = DUE + datetime.timedelta(days=3)
    assert settings.penalty("ann", "tiny", late, 10) == 0
    assert settings.penalty("bob", "tiny", late, 10) == pytest.approx(3)


def test_a_cut_off_takes_all(read):
    settings = read(FILE.replace("per-day", "cut-off"))
    assert settings.penalty("bob", "tiny", DUE + datetime.timedelta(hours=1), 9) == 9
    assert settings.penalty("bob", "tiny", None, 9) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[late]\npolicy = 'hard'", "'hard' is not known; it may be none, per-day, cut-off"),
        ("[late]\nper_day = 10", "between 0 and 1"),
        ("[late]\nper_day = 0.1", "takes nothing off without a policy"),
        ("[lats]", "it may have due, extensions, late, limits"),
        ("[due]\ntiny = 2027-03-12T23:59:00", "no time zone"),
        ("[due]\ntiny = 'tomorrow'", "is not a time"),
        ("[limits]\ncell = -1", "must be positive"),
        ("[limits]\ncells = 1", "has cells"),
        ("[", "cannot be read"),
    ],
)
def test_a_mistake_is_named(read, text, said):
    with pytest.raises(CourseError, match=said):
        read(text)


def test_names_that_fit_nothing_are_said(read):
    settings = read(FILE + "[extensions.zoe]\ntine = 2027-03-19T23:59:00+09:00\n")
    said = settings.strangers(["tiny", "warm-up"], {"ann", "bob"})
    assert said == [
        "class.toml names the assignment tine, which there is not. There are: tiny, warm-up.",
        "class.toml has an extension for zoe, who is neither on the roster nor has handed anything "
        "in.",
    ]
    assert read(FILE).strangers(["tiny"], {"ann"}) == []
