"""Grids are complete, samples are seeded and spread, a search goes on where it stopped."""

import json
import math
from statistics import mean

import pytest

from helpers.hyperparameters import Range, best, grid, sample, search

SPACE = {"lr": Range(1e-4, 1, log=True), "depth": [1, 2, 3], "drop": Range(0, 0.5)}


def test_a_range_is_measured_in_ratios_or_in_differences():
    assert Range(1e-4, 1, log=True).at(0.5) == pytest.approx(1e-2)
    assert Range(0, 0.5).at(0.5) == 0.25
    assert (Range(2, 8, log=True).at(0), Range(2, 8, log=True).at(1)) == (2, 8)


def test_a_grid_has_every_combination_once():
    settings = grid(SPACE, points=3)
    assert len(settings) == 27 == len({tuple(each.values()) for each in settings})
    assert sorted({each["lr"] for each in settings}) == pytest.approx([1e-4, 1e-2, 1])
    assert sorted({each["drop"] for each in settings}) == [0, 0.25, 0.5]
    assert {each["depth"] for each in settings} == {1, 2, 3}
    assert grid({"lr": Range(1, 3)}, points=1) == [{"lr": 2}]


def test_a_sample_follows_its_seed_alone_and_grows_from_its_beginning():
    assert sample(SPACE, 5, seed=1) == sample(SPACE, 20, seed=1)[:5]
    assert sample(SPACE, 5, seed=1) != sample(SPACE, 5, seed=2)


def test_a_sample_is_spread_as_asked():
    settings = sample(SPACE, 4000, seed=0)
    assert mean(math.log10(each["lr"]) for each in settings) == pytest.approx(-2, abs=0.1)
    assert mean(each["drop"] for each in settings) == pytest.approx(0.25, abs=0.02)
    assert mean(each["depth"] == 2 for each in settings) == pytest.approx(1 / 3, abs=0.04)
    assert all(1e-4 <= each["lr"] <= 1 and 0 <= each["drop"] <= 0.5 for each in settings)
    correlated = mean((math.log10(s["lr"]) + 2) * (s["drop"] - 0.25) for s in settings)
    assert abs(correlated) < 0.02  # of 0.17 if one number drove both


def test_a_search_records_settings_and_measurements_in_order():
    records = search(lambda s: {"loss": s["x"] ** 2}, [{"x": 3}, {"x": -1}, {"x": 2}], budget=2)
    assert records == [{"x": 3, "loss": 9}, {"x": -1, "loss": 1}]
    assert best(records, "loss", largest=False) == {"x": -1, "loss": 1}
    assert best(records, "loss") == {"x": 3, "loss": 9}


def test_an_objective_cannot_change_the_record_of_its_setting():
    def greedy(setting):
        return {"loss": setting.pop("x")}

    assert search(greedy, [{"x": 3}]) == [{"x": 3, "loss": 3}]


def test_an_interrupted_search_goes_on(tmp_path):
    file, tried = tmp_path / "records.jsonl", []

    def objective(setting):
        if setting["x"] == 2 and len(tried) == 2:
            raise KeyboardInterrupt
        tried.append(setting["x"])
        return {"loss": setting["x"] / 10}

    settings = [{"x": x} for x in range(4)]
    with pytest.raises(KeyboardInterrupt):
        search(objective, settings, file=file)
    assert [json.loads(line)["x"] for line in file.read_text().splitlines()] == [0, 1]
    tried.append("again")
    records = search(objective, settings, file=file)
    assert tried == [0, 1, "again", 2, 3]
    assert [record["loss"] for record in records] == [0, 0.1, 0.2, 0.3]
    assert search(objective, settings, file=file) == records


def test_nan_never_wins():
    records = [{"loss": math.nan}, {"loss": 2.0}, {"loss": 1.0}, {"other": 0}]
    assert best(records, "loss", largest=False)["loss"] == 1
    with pytest.raises(ValueError, match="none of the 1 records has a number under 'loss'"):
        best(records[:1], "loss")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Range(1, 1), "not below"),
        (lambda: Range(0, 1, log=True), "begins above 0"),
        (lambda: grid(SPACE, 0), "at least 1 point"),
        (lambda: sample(SPACE, 0, seed=0), "at least 1 trial"),
        (lambda: grid({"a": []}, 2), "'a' needs a Range or a list"),
        (lambda: sample({"a": "sgd"}, 2, seed=0), "'a' needs a Range or a list"),
        (lambda: search(lambda s: {"x": 1}, [{"x": 0}]), "'x'.*knobs"),
    ],
)
def test_bad_input_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong()


def test_a_file_of_something_else_is_refused(tmp_path):
    file = tmp_path / "notes.txt"
    file.write_text("lr = 0.1\n")
    with pytest.raises(ValueError, match="notes.txt does not hold one record per line"):
        search(lambda s: {"loss": 0}, [{"x": 1}], file=file)
