"""What an instructor decides for one class: grading/class.toml, every part optional.

[due]
initialization = 2027-03-12T23:59:00+09:00

[late]
policy = "per-day"     # "none" (the default), "per-day", "cut-off"
per_day = 0.1          # share of the points that each started day costs
grace_minutes = 10

[extensions.ann]
initialization = 2027-03-19T23:59:00+09:00

[limits]
cell = 60              # see grading.sandbox.limits
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from pathlib import Path

from grading.errors import CourseError
from grading.sandbox.limits import Limits

POLICIES = ("none", "per-day", "cut-off")
NAME = "class.toml"


@dataclass(frozen=True)
class Settings:
    """The settings of one class.

    Attributes:
        due: assignment -> when it is due.
        extensions: student -> assignment -> when it is due for them.
        policy: one of `POLICIES`.
        per_day: share of the points that each started day costs.
        grace: how much later than due is not late.
        limits: of each submission.
    """

    due: dict[str, datetime.datetime] = field(default_factory=dict)
    extensions: dict[str, dict[str, datetime.datetime]] = field(default_factory=dict)
    policy: str = "none"
    per_day: float = 0.1
    grace: datetime.timedelta = datetime.timedelta()
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def read(cls, root: Path) -> Settings:
        """Read the settings of the course in `root`; the defaults where there is no file.

        Raises:
            CourseError: a line of it cannot be understood; the message names it.
        """
        path = Path(root) / "grading" / NAME
        if not path.exists():
            return cls()
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise CourseError(f"{path} cannot be read: {error}") from None
        try:
            return cls._of(data)
        except (TypeError, ValueError) as error:
            raise CourseError(f"{path}: {error}") from None

    @classmethod
    def _of(cls, data: dict) -> Settings:
        known = {"due", "late", "extensions", "limits"}
        _only(data, known, "the file")
        late = data.get("late", {})
        _only(late, {"policy", "per_day", "grace_minutes"}, "[late]")
        _only(data.get("limits", {}), {limit.name for limit in fields(Limits)}, "[limits]")
        policy = late.get("policy", "none")
        if policy not in POLICIES:
            raise ValueError(f"policy = {policy!r} is not known; it may be {', '.join(POLICIES)}")
        per_day = float(late.get("per_day", 0.1))
        if not 0 <= per_day <= 1:
            raise ValueError(f"per_day = {per_day} is a share: it lies between 0 and 1")
        if "per_day" in late and "policy" not in late:
            raise ValueError(
                f"per_day = {per_day} takes nothing off without a policy; write "
                'policy = "per-day", or leave per_day out'
            )
        return cls(
            {slug: _moment(when, slug) for slug, when in data.get("due", {}).items()},
            {
                student: {slug: _moment(when, f"{student}, {slug}") for slug, when in dates.items()}
                for student, dates in data.get("extensions", {}).items()
            },
            policy,
            per_day,
            datetime.timedelta(minutes=float(late.get("grace_minutes", 0))),
            Limits(**data.get("limits", {})),
        )

    def strangers(self, slugs: Collection[str], students: Collection[str]) -> list[str]:
        """Say which names in the settings fit no assignment and no student, in sentences."""
        named = dict.fromkeys(
            [*self.due, *(slug for each in self.extensions.values() for slug in each)]
        )
        known = ", ".join(slugs)
        return [
            f"{NAME} names the assignment {slug}, which there is not. There are: {known}."
            for slug in named
            if slug not in slugs
        ] + [
            f"{NAME} has an extension for {student}, who is neither on the roster nor has handed "
            "anything in."
            for student in self.extensions
            if student not in students
        ]

    def due_for(self, student: str, slug: str) -> datetime.datetime | None:
        """Return when an assignment is due for a student; None when it never is."""
        return self.extensions.get(student, {}).get(slug) or self.due.get(slug)

    def days_late(self, student: str, slug: str, submitted: datetime.datetime | None) -> int:
        """Return how many days have started since it was due; 0 when it is not late or unknown."""
        due = self.due_for(student, slug)
        if due is None or submitted is None:
            return 0
        if submitted.tzinfo is None:
            submitted = submitted.replace(tzinfo=datetime.UTC)
        over = submitted - due - self.grace
        return max(0, -(-over // datetime.timedelta(days=1))) if over > datetime.timedelta() else 0

    def penalty(self, student: str, slug: str, submitted, score: float) -> float:
        """Return how many points of `score` are lost for lateness."""
        days = self.days_late(student, slug, submitted)
        if not days or self.policy == "none":
            return 0.0
        if self.policy == "cut-off":
            return score
        return min(score, round(score * self.per_day * days, 6))


def _only(data: object, known: set[str], where: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"{where} is not a table of names and values")
    if unknown := sorted(set(data) - known):
        raise ValueError(
            f"{where} has {', '.join(unknown)}; it may have {', '.join(sorted(known))}"
        )


def _moment(value: object, where: str) -> datetime.datetime:
    """Return a moment with a time zone."""
    if not isinstance(value, datetime.datetime):
        raise ValueError(f"{where}: {value!r} is not a time; write 2027-03-12T23:59:00+09:00")
    if value.tzinfo is None:
        raise ValueError(f"{where}: {value} has no time zone; write +09:00 or Z after it")
    return value
