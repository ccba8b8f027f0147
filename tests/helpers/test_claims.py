"""A claim shows itself, and fails when it does not hold."""

import json
import math
import re

import IPython.display
import pytest
import torch

from helpers.claims import MIME, PREDICTION_MIME, Claim, ClaimFailed, claim, predict, readable


@pytest.fixture
def shown(monkeypatch):
    """What was displayed."""
    displayed = []
    monkeypatch.setattr(IPython.display, "display", displayed.append)
    monkeypatch.delenv("HELPERS_CLAIMS", raising=False)
    return displayed


def make(measured, low=None, high=None, **more):
    return Claim("it holds", measured, low, high, **{"source": "", "contradicts": ""} | more)


@pytest.mark.parametrize(
    ("measured", "allowed"),
    [
        (2, {"above": 1}),
        (1, {"above": 1}),
        (0.5, {"below": 1}),
        (1, {"below": 1}),
        (1.5, {"between": (1, 2)}),
        (1, {"between": (1, 2)}),
        (2, {"between": (1, 2)}),
        (3, {"equals": 3}),
        (0, {"above": 0}),
        (torch.tensor(2.0), {"above": 1}),
        (True, {"equals": 1}),
    ],
)
def test_holds(shown, measured, allowed):
    assert claim("it holds", measured, **allowed) is None
    (only,) = shown
    assert only.holds and only.margin >= 0


@pytest.mark.parametrize(
    ("measured", "allowed", "words"),
    [
        (0.9, {"above": 1}, "Measured 0.9; the claim allows at least 1"),
        (1.1, {"below": 1}, "Measured 1.1; the claim allows at most 1"),
        (2.1, {"between": (1, 2)}, "Measured 2.1; the claim allows 1 to 2"),
        (0.9, {"between": (1, 2)}, "allows 1 to 2"),
        (4, {"equals": 3}, "Measured 4; the claim allows exactly 3"),
        (math.nan, {"above": 1}, "is NaN.*diverged"),
        (math.nan, {"below": 1}, "is NaN"),
        (torch.tensor(math.nan), {"between": (-9, 9)}, "is NaN"),
        (math.inf, {"above": 1}, "infinite.*overflowed"),
        (-math.inf, {"below": 1}, "infinite"),
    ],
)
def test_fails(shown, measured, allowed, words):
    with pytest.raises(ClaimFailed, match=words) as failure:
        claim("pigs fly", measured, source="D 5.1", **allowed)
    assert "pigs fly" in str(failure.value) and "D 5.1" in str(failure.value)
    (only,) = shown  # the badge is on the page although the build stops
    assert not only.holds and only.margin < 0


def test_collect_records_without_raising(shown, monkeypatch):
    monkeypatch.setenv("HELPERS_CLAIMS", "collect")
    claim("pigs fly", math.nan, above=1)
    claim("pigs fly", 0, above=1)
    assert [each.holds for each in shown] == [False, False]


def test_another_setting_still_raises(shown, monkeypatch):
    monkeypatch.setenv("HELPERS_CLAIMS", "1")
    with pytest.raises(ClaimFailed):
        claim("pigs fly", 0, above=1)


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        ({}, "exactly one .* it was given 0"),
        ({"above": 1, "below": 2}, "exactly one .* it was given 2"),
        ({"above": 0, "equals": 0}, "it was given 2"),
        ({"between": (2, 1)}, r"between=\(2.0, 1.0\) is empty"),
        ({"between": (math.nan, 1)}, "is empty"),
    ],
)
def test_a_claim_without_one_range_is_an_error(shown, allowed, words):
    with pytest.raises(ValueError, match=words):
        claim("it holds", 1, **allowed)
    assert not shown


@pytest.mark.parametrize("allowed", [{"above": math.nan}, {"below": math.nan}])
def test_a_bound_that_is_nan_never_holds(shown, allowed):
    with pytest.raises((ClaimFailed, ValueError)):
        claim("it holds", 1, **allowed)


@pytest.mark.parametrize(
    ("measured", "low", "high", "margin"),
    [
        (1.5, 1, 2, 0.5),
        (1.1, 1, 2, 0.1),
        (1.9, 1, 2, 0.1),
        (2.5, 1, 2, -0.5),
        (3, 3, 3, 1),
        (4, 3, 3, -1),
        (6, 4, None, 0.5),
        (3, 4, None, -0.25),
        (1, None, 4, 0.75),
        (0.3, 0, None, 0.3),
        (-0.3, None, 0, 0.3),
        (-1, -2, None, 0.5),
        (math.nan, 1, 2, -math.inf),
        (math.inf, 1, None, -math.inf),
    ],
)
def test_margin(measured, low, high, margin):
    assert make(measured, low, high).margin == pytest.approx(margin)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (1e-4, None, "at least 10⁻⁴"),
        (None, 1 / 3, "at most 0.3333"),
        (0.5, 2, "0.5 to 2"),
        (-2, 0, "−2 to 0"),
        (0.123456789, 0.123456789, "exactly 0.123456789"),
    ],
)
def test_the_range_in_words(low, high, words):
    assert make(1, low, high).range == words


def test_the_badge_escapes_what_it_shows():
    nasty = make(1, 0, 2, source="<script>s</script>", contradicts="a & b <i>")
    page = nasty._repr_mimebundle_()["text/html"]
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "b <i>" not in page and "a &amp; b &lt;i&gt;" in page
    worded = Claim("x < y & <b>z</b>", 1, 0, 2, "", "")._repr_mimebundle_()["text/html"]
    assert "x &lt; y &amp; &lt;b&gt;z&lt;/b&gt;" in worded


@pytest.mark.parametrize(("measured", "word", "mark"), [(1, "holds", "✓"), (3, "fails", "✗")])
def test_the_badge_says_it_in_words_and_sign(measured, word, mark):
    page = make(measured, 0, 2)._repr_mimebundle_()["text/html"]
    assert f"claim-{word}" in page and mark in page and f"Claim {word}" in page
    assert f"<b>{measured}</b>" in page and "0 to 2" in page


def test_the_badge_reads_well_without_a_style_sheet():
    page = make(1, 0, 2, source="D 5.1", contradicts="it does not")._repr_mimebundle_()["text/html"]
    lines = [re.sub("<.*?>", "", line) for line in page.split("<br>")]
    assert lines == [
        "✓ Claim holds: it holds. Measured 1, required 0 to 2 · D 5.1",
        "The source says otherwise: it does not",
    ]


@pytest.mark.parametrize("measured", [1.5, math.nan, math.inf])
def test_the_record_is_strict_json(measured):
    record = make(measured, 1, 2, source="D 5.1")._repr_mimebundle_()[MIME]
    again = json.loads(json.dumps(record, allow_nan=False))
    assert float(again["measured"]) == measured or math.isnan(measured)
    assert again["holds"] is (measured == 1.5)
    assert again["source"] == "D 5.1" and again["statement"] == "it holds"
    assert (again["low"], again["high"], again["range"]) == (1, 2, "1 to 2")


def test_plain_text():
    assert str(make(1, 0, 2)) == "Claim holds: it holds (measured 1, 0 to 2)"
    assert "FAILS" in str(make(3, 0, 2))


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (0, 2, "0"),
        (0.357, 2, "0.36"),
        (1.0, 3, "1"),
        (9.996, 3, "10"),
        (1234.4, 4, "1,234"),
        (1234.4, 2, "1,200"),
        (-0.5, 2, "−0.5"),
        (7.2e-18, 2, "7.2 × 10⁻¹⁸"),
        (7.0e-18, 2, "7 × 10⁻¹⁸"),
        (1e-8, 3, "10⁻⁸"),
        (-1e9, 3, "−10⁹"),
        (9.99e-9, 2, "10⁻⁸"),
        (-3e11, 1, "−3 × 10¹¹"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
        (math.nan, 2, "not a number"),
    ],
)
def test_numbers_for_prose(value, digits, words):
    assert readable(value, digits) == words


def test_a_count_is_shown_with_all_its_digits():
    exact = make(109_482_240.0, 109_482_240.0, 109_482_240.0)
    assert (exact.shown, exact.range) == ("109,482,240", "exactly 109,482,240")
    assert make(109_482_240.0, 0.0, None).shown == "1.09 × 10⁸"
    assert make(0.1234567, 0.1234567, 0.1234567).shown == "0.123"
    assert make(math.nan, 3.0, 3.0).shown == "not a number"


@pytest.mark.parametrize(
    ("unit", "measured", "allowed", "shown_as", "required"),
    [
        ("%", 0.714, {"above": 0.5}, "71.4 %", "at least 50 %"),
        ("points", 0.071, {"between": (0.05, 0.2)}, "7.1 points", "5 to 20 points"),
        ("times", 3.25, {"below": 4}, "3.25 times", "at most 4 times"),
        ("", 0.714, {"above": 0.5}, "0.714", "at least 0.5"),
        ("%", 1, {"equals": 1}, "100 %", "exactly 100 %"),
    ],
)
def test_a_number_is_shown_in_the_unit_of_its_sentence(
    shown, unit, measured, allowed, shown_as, required
):
    claim("It holds", measured, unit=unit, **allowed)
    assert (shown[0].shown, shown[0].range) == (shown_as, required)
    assert shown[0].measured == measured, "seeds compare what was measured"


@pytest.mark.parametrize("half", [{"headline": True}, {"name": "small"}])
def test_a_headline_claim_has_a_name(shown, half):
    with pytest.raises(ValueError, match="a headline claim has a name"):
        claim("It holds", 1, above=0, **half)
    claim("It holds", 1, above=0, headline=True, name="small")
    assert shown[0]._repr_mimebundle_()[MIME]["name"] == "small"


@pytest.fixture
def told(monkeypatch):
    """What predictions displayed."""
    displayed = []
    keep = lambda data, raw: displayed.append(data[PREDICTION_MIME])  # noqa: E731
    monkeypatch.setattr(IPython.display, "display", keep)
    monkeypatch.delenv("HELPERS_CLAIMS", raising=False)
    return displayed


def test_the_run_decides_a_prediction(told):
    predict("start", [1 > 2, torch.tensor(True)], right=2)
    assert told == [{"name": "start", "choices": 2, "right": 2, "holds": True}]


@pytest.mark.parametrize("answers", [[True, False], [True, True], [False, False]])
def test_a_prediction_that_the_run_does_not_bear_out_stops_the_build(told, monkeypatch, answers):
    with pytest.raises(ClaimFailed, match="start"):
        predict("start", answers, right=2)
    monkeypatch.setenv("HELPERS_CLAIMS", "collect")
    predict("start", answers, right=2)
    assert [each["holds"] for each in told] == [False, False]


@pytest.mark.parametrize(
    ("answers", "right"),
    [([True], 1), ([True] + [False] * 4, 1), ([True, False], 3), ([True, False], 0)],
)
def test_a_prediction_has_two_to_four_choices(told, answers, right):
    with pytest.raises(ValueError, match="two to four choices"):
        predict("start", answers, right=right)
