"""Grid and random search over a few hyperparameters.

    space = {"lr": Range(1e-3, 1, log=True), "weight_decay": [0, 1e-3]}
    records = search(train, sample(space, trials=20, seed=0), file="records.jsonl")
    print(best(records, "accuracy"))

`train` takes one setting, a dict such as {"lr": 0.02, "weight_decay": 0}, and returns a dict of
numbers. A record is both dicts in one. With a file, a search that was interrupted goes on where
it stopped.

Chapter: `training-recipe`.
"""

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from tqdm import tqdm

Setting = dict[str, object]


@dataclass(frozen=True)
class Range:
    """The numbers from `low` to `high`; with `log`, equal ratios count as equal distances.

    Raises:
        ValueError: `low` is not below `high`, or a logarithmic range does not begin above 0.
    """

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        """Refuse an empty range."""
        if not self.low < self.high:
            raise ValueError(f"a range goes from low to high; {self.low} is not below {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"a logarithmic range begins above 0, not at {self.low}")

    def at(self, share: float) -> float:
        """Return the number at `share` of the way: 0 is `low`, 1 is `high`."""
        if self.log:
            return self.low * (self.high / self.low) ** share
        return self.low + share * (self.high - self.low)


Space = Mapping[str, Range | Sequence]  # a knob is a range of numbers, or a list of choices


def grid(space: Space, points: int) -> list[Setting]:
    """Return every combination: `points` evenly spaced numbers of each range, ends included.

    One point means the middle of a range. Choices are taken as they are.

    Raises:
        ValueError: `points` is below 1, or a knob has no choices.
    """
    if points < 1:
        raise ValueError(f"a grid needs at least 1 point per range, not {points}")
    shares = [index / (points - 1) for index in range(points)] if points > 1 else [0.5]
    axes = [
        [knob.at(share) for share in shares] if isinstance(knob, Range) else _choices(name, knob)
        for name, knob in space.items()
    ]
    return [dict(zip(space, values, strict=True)) for values in product(*axes)]


def sample(space: Space, trials: int, seed: int) -> list[Setting]:
    """Return `trials` settings, every knob drawn on its own (Bergstra and Bengio 2012).

    The first n of them do not depend on `trials`: a longer search begins with the shorter one.

    Raises:
        ValueError: `trials` is below 1, or a knob has no choices.
    """
    if trials < 1:
        raise ValueError(f"a search needs at least 1 trial, not {trials}")
    dice = random.Random(seed)
    return [
        {
            name: knob.at(dice.random())
            if isinstance(knob, Range)
            else dice.choice(_choices(name, knob))
            for name, knob in space.items()
        }
        for _ in range(trials)
    ]


def search(
    objective: Callable[[Setting], Mapping[str, float]],
    settings: Iterable[Setting],
    *,
    budget: int | None = None,
    file: str | Path | None = None,
) -> list[dict]:
    """Try one setting after another; return a record of each, in order.

    Args:
        objective: trains with one setting and returns what it measured, such as {"accuracy": 0.9}.
        settings: from `grid` or `sample`, or any dicts.
        budget: try at most this many of them, the first ones; None tries all.
        file: JSON lines, one record per line, written after every trial. A setting that is already
            there is read, not tried again. Its values must be what JSON can hold.

    Raises:
        ValueError: `file` holds something else, or `objective` measures under a knob's name.
    """
    chosen = list(islice(settings, budget))
    known = _read(Path(file)) if file else []
    records = []
    for setting in tqdm(chosen, unit="trial", leave=False):  # silent under TQDM_DISABLE=1
        record = next((each for each in known if setting.items() <= each.items()), None)
        if record is None:
            measured = objective(dict(setting))
            if clash := setting.keys() & measured.keys():
                raise ValueError(f"{sorted(clash)} are knobs: measure under other names")
            record = {**setting, **measured}
            if file:
                with Path(file).open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(record) + "\n")
        records.append(record)
    return records


def best(records: Sequence[Mapping], by: str, *, largest: bool = True) -> Mapping:
    """Return the record with the largest (or smallest) number under `by`; NaN never wins.

    Raises:
        ValueError: there is no record with a number under `by`.
    """
    able = [record for record in records if not math.isnan(record.get(by, math.nan))]
    if not able:
        raise ValueError(f"none of the {len(records)} records has a number under {by!r}")
    return (max if largest else min)(able, key=lambda record: record[by])


def _choices(name: str, knob: Sequence) -> Sequence:
    if isinstance(knob, str) or not len(knob):
        raise ValueError(f"{name!r} needs a Range or a list of choices, not {knob!r}")
    return knob


def _read(file: Path) -> list[dict]:
    if not file.exists():
        return []
    try:
        records = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if not all(isinstance(record, dict) for record in records):
            raise TypeError
    except (ValueError, TypeError):
        raise ValueError(
            f"{file} does not hold one record per line. Give another file, or delete this one."
        ) from None
    return records
