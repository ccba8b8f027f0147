"""Pairs of the same dates in two notations, and which characters say the same.

    pairs = dates(1000, source="ko", target="iso")
    pairs.sources[0]    "1987년 3월 5일 / 24. 12. 31."
    pairs.targets[0]    "1987-03-05 / 2024-12-31"
    pairs.alignment[0]  [[0], [1], [2], [3], [], [6], [6], [], [9], [9], ...]

How a language writes its dates is known: the Unicode project collects it (CLDR), and Babel reads
it. So the data has as many examples as there are dates, and a translation is right or wrong.

Chapters: `language-models`, `attention`, `transformer`.
"""

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from babel import Locale
from babel.dates import DateTimeFormat, tokenize_pattern

# A hundred years, so that two digits still say which: 50 to 99 are 1950 to 1999.
FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)
SEPARATOR = " / "
# CLDR's four widths and, for the languages, its usual variants with and without a weekday.
WIDTHS = ("full", "long", "medium", "short")
PATTERNS = {
    "ko": (*WIDTHS, "y. M. d. (E)", "y년 MMM d일 (E)"),
    "en": (*WIDTHS, "M/d/y", "EEE, MMM d, y", "d MMMM y"),
    "iso": ("y-MM-dd",),
}
_FIELDS = {"y": "year", "M": "month", "L": "month", "d": "day", "E": "weekday", "c": "weekday"}


@dataclass(frozen=True)
class DatePairs:
    """Examples of one or more dates each, written twice.

    Attributes:
        sources, targets: the two texts; several dates are joined by " / ".
        alignment: for each example and each character of its target, the positions in the source
            that determine it: none for punctuation, one for each digit that has its counterpart,
            several for a letter of a name or a weekday that has to be computed.
        dates: what each example says.
    """

    sources: list[str]
    targets: list[str]
    alignment: list[list[list[int]]]
    dates: list[tuple[date, ...]]

    def __len__(self) -> int:
        """Return how many examples there are."""
        return len(self.sources)


class _Piece(NamedTuple):
    """A stretch of a written date: its field, or None for what stands between fields."""

    text: str
    field: str | None


def dates(
    count: int,
    *,
    source: str = "ko",
    target: str = "iso",
    per_example: Sequence[int] = (1, 2),
    patterns: Sequence[str] | None = None,
    target_patterns: Sequence[str] = ("long",),
    split: str = "train",
    seed: int = 0,
) -> DatePairs:
    """Return `count` pairs, the same for the same arguments; no date is in both splits.

    Args:
        source, target: "ko", "en" or "iso".
        per_example: how many dates an example may have; drawn evenly.
        patterns: for the source, by default `PATTERNS`; one is drawn for each date. Either CLDR's
            width ("full", "long", "medium", "short") or a pattern ("y년 M월 d일", "d MMM yy").
        target_patterns: the same for the target; ISO has one and ignores it.
        split: "train" (four dates of five) or "test".
        seed: of this draw alone.

    Raises:
        ValueError: a notation, split, pattern or number that does not exist; a target that says
            what the source leaves out.
    """
    _check(count, source, target, per_example, split)
    rng = random.Random(f"dates {seed} {split}")
    read = _compiled(source, PATTERNS[source] if patterns is None else patterns)
    write = _compiled(target, PATTERNS["iso"] if target == "iso" else target_patterns)
    _check_says_enough(read, write)
    pairs = DatePairs([], [], [], [])
    for _ in range(count):
        days = tuple(_draw(rng, split) for _ in range(rng.choice(per_example)))
        left = [_written(day, source, rng.choice(read)) for day in days]
        right = [_written(day, target, rng.choice(write)) for day in days]
        pairs.sources.append(_joined(left))
        pairs.targets.append(_joined(right))
        pairs.alignment.append(_aligned(left, right))
        pairs.dates.append(days)
    return pairs


def in_test(day: date) -> bool:
    """Return whether a date belongs to the test split: one in five, by a hash of its digits."""
    return zlib.crc32(day.isoformat().encode()) % 5 == 0


def _draw(rng: random.Random, split: str) -> date:
    while True:
        day = FIRST + timedelta(rng.randrange((LAST - FIRST).days + 1))
        if in_test(day) == (split == "test"):
            return day


@cache
def _locale(notation: str) -> Locale:
    return Locale.parse("en" if notation == "iso" else notation)


def _compiled(notation: str, patterns: Sequence[str]) -> list[tuple[tuple[str, str | None], ...]]:
    """Each pattern as (CLDR field or literal text, name of the field or None) parts."""
    if isinstance(patterns, str) or not patterns:
        raise ValueError(f"patterns={patterns!r} must be a non-empty list, such as ['long']")
    compiled = []
    for pattern in patterns:
        if pattern in WIDTHS and notation != "iso":
            pattern = _locale(notation).date_formats[pattern].pattern
        parts = []
        for kind, value in tokenize_pattern(pattern):
            if kind == "chars":
                parts.append((value, None))
            elif value[0] in _FIELDS:
                parts.append((value[0] * value[1], _FIELDS[value[0]]))
            else:
                raise ValueError(f"the pattern {pattern!r} has a field {value[0]!r}: use y M d E")
        compiled.append(tuple(parts))
    return compiled


def _written(day: date, notation: str, pattern: tuple[tuple[str, str | None], ...]) -> list[_Piece]:
    return [
        _Piece(_field(day, notation, text) if field else text, field) for text, field in pattern
    ]


@cache
def _field(day: date, notation: str, letters: str) -> str:
    """One field of a date as its language writes it: "3월", "March", "05"."""
    return DateTimeFormat(day, _locale(notation))[letters]


def _joined(examples: list[list[_Piece]]) -> str:
    return SEPARATOR.join("".join(piece.text for piece in pieces) for pieces in examples)


def _aligned(left: list[list[_Piece]], right: list[list[_Piece]]) -> list[list[int]]:
    """For each target character, the source positions that determine it."""
    found, offset = [], 0
    for near, far in zip(left, right, strict=True):
        if found:
            found += [[] for _ in SEPARATOR]
        places, end = {}, offset
        for piece in near:
            if piece.field:
                places[piece.field] = _telling(piece.text, end)
            end += len(piece.text)
        for piece in far:
            found += _origins(piece, places)
        offset = end + len(SEPARATOR)
    return found


def _telling(text: str, start: int) -> tuple[list[int], bool]:
    """The positions of a field's digits, or of its letters if it has none; whether digits."""
    digits = [start + i for i, character in enumerate(text) if character.isdigit()]
    return (digits, True) if digits else (list(range(start, start + len(text))), False)


def _origins(piece: _Piece, places: dict[str, tuple[list[int], bool]]) -> list[list[int]]:
    if piece.field is None:
        return [[] for _ in piece.text]
    if piece.field not in places:  # a weekday: computed from everything else
        everything = sorted(p for positions, _ in places.values() for p in positions)
        return [everything for _ in piece.text]
    near, digits = places[piece.field]
    far, also_digits = _telling(piece.text, 0)
    if not (digits and also_digits):
        return [near if i in far else [] for i in range(len(piece.text))]
    # Digit to digit of the same place. A place that the source leaves out, the 0 of "05" or the
    # century of '87, follows from its leading digit.
    origin = {}
    for place, position in enumerate(reversed(far)):
        origin[position] = [near[max(len(near) - 1 - place, 0)]]
    return [origin.get(i, []) for i in range(len(piece.text))]


def _check(count: int, source: str, target: str, per_example: Sequence[int], split: str) -> None:
    for name, notation in (("source", source), ("target", target)):
        if notation not in PATTERNS:
            raise ValueError(f"{name}={notation!r} is unknown: choose from {', '.join(PATTERNS)}")
    if split not in ("train", "test"):
        raise ValueError(f"split={split!r} must be 'train' or 'test'")
    if count < 0 or not per_example or min(per_example) < 1:
        raise ValueError(
            f"count={count} must be at least 0, and per_example={per_example} a list of numbers "
            "of dates, each at least 1"
        )


def _check_says_enough(read: list, write: list) -> None:
    asked = {field for pattern in write for _, field in pattern} - {None}
    for pattern in read:
        said = {field for _, field in pattern}
        needed = set(asked)
        if "weekday" in asked - said:  # it follows from a whole date
            needed = (asked - {"weekday"}) | {"year", "month", "day"}
        if missing := needed - said:
            raise ValueError(
                f"the target needs the {' and the '.join(sorted(missing))}, and one of the "
                "source's patterns leaves it out"
            )
