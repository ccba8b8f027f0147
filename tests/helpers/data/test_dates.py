"""Dates in two notations: right by Python's own calendar, aligned, and split by date."""

import re

import pytest

from helpers import seed_everything
from helpers.data.dates import FIRST, LAST, PATTERNS, SEPARATOR, dates, in_test

BOTH_WAYS = [(source, target) for source in PATTERNS for target in PATTERNS if source != target]


@pytest.mark.parametrize(("source", "target"), BOTH_WAYS)
def test_every_direction_keeps_to_its_alignment(source, target):
    pairs = dates(200, source=source, target=target)
    assert len(pairs) == len(pairs.sources) == len(pairs.targets) == len(pairs.alignment) == 200
    for text, translated, alignment in zip(
        pairs.sources, pairs.targets, pairs.alignment, strict=True
    ):
        assert len(alignment) == len(translated)
        for character, origins in zip(translated, alignment, strict=True):
            assert all(0 <= i < len(text) for i in origins) and origins == sorted(set(origins))
            assert all(text[i].isalnum() for i in origins)
            assert not origins or character.isalnum()
            assert origins or not character.isdigit()


def test_what_is_written_is_the_date():
    iso = dates(300, source="ko", target="iso")
    for text, days in zip(iso.targets, iso.dates, strict=True):
        assert text == SEPARATOR.join(day.isoformat() for day in days)
        assert all(FIRST <= day <= LAST for day in days)
    english = dates(300, source="iso", target="en", per_example=[1])
    for text, (day,) in zip(english.targets, english.dates, strict=True):
        assert text == f"{day:%B} {day.day}, {day.year}"
    korean = dates(300, source="iso", target="ko", target_patterns=["full"], per_example=[1])
    for text, (day,) in zip(korean.targets, korean.dates, strict=True):
        weekday = "월화수목금토일"[day.weekday()]
        assert text == f"{day.year}년 {day.month}월 {day.day}일 {weekday}요일"


@pytest.mark.parametrize("pattern", [p for p in PATTERNS["ko"]])
def test_the_aligned_characters_determine_the_target(pattern):
    """Where they and the lengths of the numbers agree, the target's character agrees."""
    pairs = dates(4000, patterns=[pattern], per_example=[1])
    seen = {}
    for text, translated, alignment in zip(
        pairs.sources, pairs.targets, pairs.alignment, strict=True
    ):
        shape = tuple(len(digits) for digits in re.findall(r"\d+", text))
        for place, (character, origins) in enumerate(zip(translated, alignment, strict=True)):
            key = place, shape, "".join(text[i] for i in origins)
            assert seen.setdefault(key, character) == character, (text, translated, place)
    assert len(seen) > 50


def test_digits_go_to_the_digit_of_their_place():
    def one(text_pattern, wanted):
        for seed in range(50):
            pairs = dates(50, patterns=[text_pattern], per_example=[1], seed=seed)
            for text, alignment in zip(pairs.sources, pairs.alignment, strict=True):
                if wanted(text):
                    return text, alignment
        raise AssertionError("no such date")

    _, alignment = one("y. M. d.", lambda text: len(text) == len("2024. 3. 5."))
    assert alignment == [[0], [1], [2], [3], [], [6], [6], [], [9], [9]]
    _, alignment = one("y. M. d.", lambda text: len(text) == len("2024. 12. 31."))
    assert alignment == [[0], [1], [2], [3], [], [6], [7], [], [10], [11]]
    text, alignment = one("yy. M. d.", lambda text: len(text) == len("24. 3. 5."))
    assert alignment == [[0], [0], [0], [1], [], [4], [4], [], [7], [7]]  # 8x is 19, 2x is 20


def test_names_and_weekdays_take_all_that_says_them():
    name = dates(1, source="en", target="iso", patterns=["MMMM d, y"], per_example=[1])
    month = list(range(name.sources[0].index(" ")))
    assert name.alignment[0][5:7] == [month, month]
    weekday = dates(1, source="iso", target="ko", target_patterns=["full"], per_example=[1])
    assert weekday.alignment[0][-3:] == [[0, 1, 2, 3, 5, 6, 8, 9]] * 3
    said = dates(1, source="en", target="ko", patterns=["full"], target_patterns=["full"])
    assert [said.sources[0][i] for i in said.alignment[0][-1]][-3:] == list("day")


def test_the_second_date_is_aligned_with_the_second():
    pairs = dates(100, per_example=[2])
    for text, translated, alignment in zip(
        pairs.sources, pairs.targets, pairs.alignment, strict=True
    ):
        there, here = text.index(SEPARATOR), translated.index(SEPARATOR)
        for place, origins in enumerate(alignment):
            assert all((i > there) == (place > here) for i in origins)


def test_deterministic_and_apart():
    seed_everything(1)
    first = dates(100)
    seed_everything(2)
    assert dates(100) == first and dates(100, seed=1) != first
    assert dates(40).sources == first.sources[:40]
    train = {day for days in dates(2000).dates for day in days}
    test = {day for days in dates(2000, split="test").dates for day in days}
    assert not train & test and not any(map(in_test, train)) and all(map(in_test, test))
    assert len(train) > 2500


def test_counts_and_patterns_are_those_asked_for():
    counts = [len(days) for days in dates(900, per_example=(1, 2, 3)).dates]
    assert all(250 < counts.count(k) < 350 for k in (1, 2, 3))
    assert {len(days) for days in dates(50, per_example=[4]).dates} == {4}
    texts = dates(600, per_example=[1]).sources
    assert all(
        any(re.fullmatch(form, text) for text in texts)
        for form in (
            r"\d{4}년 \d+월 \d+일",
            r"\d{4}년 \d+월 \d+일 .요일",
            r"\d\d\. \d+\. \d+\.",
            r"\d{4}\. \d+\. \d+\. \(.\)",
        )
    )
    assert dates(0).sources == []
    assert dates(1, patterns=["d/M/y"], per_example=[1]).sources[0].count("/") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "fr"}, "source='fr' is unknown: choose from ko, en, iso"),
        ({"target": "fr"}, "target='fr'"),
        ({"split": "dev"}, "must be 'train' or 'test'"),
        ({"per_example": ()}, "per_example"),
        ({"per_example": (0, 1)}, "each at least 1"),
        ({"count": -1}, "count=-1"),
        ({"patterns": "long"}, "must be a non-empty list"),
        ({"patterns": []}, "must be a non-empty list"),
        ({"patterns": ["y. M."]}, "needs the day"),
        ({"patterns": ["h:m"]}, "has a field 'h'"),
        (
            {"target": "en", "patterns": ["M. d. E"], "target_patterns": ["full"]},
            "needs the year",
        ),
        ({"target": "en", "patterns": ["M. d."], "target_patterns": ["E M d"]}, "the year"),
    ],
)
def test_what_cannot_be_asked(arguments, message):
    with pytest.raises(ValueError, match=message):
        dates(**{"count": 3} | arguments)
