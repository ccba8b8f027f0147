"""Claims and predictions: sentences of the page that the run must make true.

A claim stays in the executed notebook as structured output (`MIME`), and stops the build when it
does not hold. Headline claims stand on the page as a tick behind the sentence that they prove; all
others are folded at the end of their section. The page of all claims is generated from the same
outputs. A prediction asks the reader first; the run says which of its answers is right.
"""

import html
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MIME = "application/vnd.course.claim+json"
PREDICTION_MIME = "application/vnd.course.prediction+json"
_SHARES = ("%", "points")  # units of numbers between 0 and 1, shown times 100


class ClaimFailed(AssertionError):
    """The measured value lies outside the range that the claim allows."""


@dataclass(frozen=True)
class Claim:
    """One checked sentence.

    Attributes:
        statement: what must hold: a whole sentence that can be read alone.
        measured: the number that this run produced.
        low, high: the range it must lie in, ends included; None is open.
        source: where the statement comes from ("D 5.1, figure 5-5", "He et al. 2015").
        contradicts: what the source says instead, when our run contradicts it; else "".
        unit: of the number as it is shown: "%" and "points" multiply a share by 100, any other
            word ("times", "steps", "nats") only follows the number.
        headline: whether the claim is one of the few that the chapter is about.
        name: what the page calls a headline claim by, in the role {claim}`name`.
    """

    statement: str
    measured: float
    low: float | None
    high: float | None
    source: str
    contradicts: str
    unit: str = ""
    headline: bool = False
    name: str = ""

    @property
    def holds(self) -> bool:
        """Whether the measured value lies in the range. NaN and infinities do not."""
        return (
            math.isfinite(self.measured)
            and (self.low is None or self.measured >= self.low)
            and (self.high is None or self.measured <= self.high)
        )

    @property
    def margin(self) -> float:
        """Distance to the nearer end of the range, as a share of its size.

        0 is on the edge, negative fails. The size is the range's width, or, where one end
        is open, the bound itself (1 for a bound of 0). A claim of equality that holds has all
        the margin there is: 1.
        """
        if not math.isfinite(self.measured):
            return -math.inf
        if self.low == self.high:
            return 1.0 if self.holds else -abs(self.measured - self.low)
        if self.low is not None and self.high is not None:
            nearer = min(self.measured - self.low, self.high - self.measured)
            return nearer / (self.high - self.low)
        bound = self.low if self.high is None else self.high
        distance = self.measured - bound if self.high is None else bound - self.measured
        return distance / (abs(bound) or 1.0)

    @property
    def range(self) -> str:
        """The range in words, in the claim's unit: "at most 10⁻⁴", "50 to 80 %"."""
        low, high = (None if end is None else end * self._scale for end in (self.low, self.high))
        if high is None:
            words = f"at least {readable(low, 4)}"
        elif low is None:
            words = f"at most {readable(high, 4)}"
        elif low == high:
            words = f"exactly {self._exactly(low, 10)}"
        else:
            words = f"{readable(low, 4)} to {readable(high, 4)}"
        return self._with_unit(words)

    @property
    def shown(self) -> str:
        """The measured value in its unit: to three digits; whole if a whole number is required."""
        exact = self.low is not None and self.low == self.high
        value = self.measured * self._scale
        return self._with_unit(self._exactly(value, 3) if exact else readable(value, 3))

    @property
    def _scale(self) -> float:
        return 100.0 if self.unit in _SHARES else 1.0

    def _with_unit(self, words: str) -> str:
        return f"{words} {self.unit}" if self.unit else words

    @staticmethod
    def _exactly(value: float, digits: int) -> str:
        """Write a whole number with all its digits (a double has fifteen)."""
        if value.is_integer() and abs(value) < 1e15:
            return f"{value:,.0f}".replace("-", "−")
        return readable(value, digits)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        """What Jupyter shows (HTML, text) and what the claims page reads (JSON)."""
        data = asdict(self) | {
            "shown": self.shown,
            "range": self.range,
            "holds": self.holds,
            "margin": self.margin,
        }
        for key in ("measured", "margin"):
            if not math.isfinite(data[key]):  # strict JSON has no NaN
                data[key] = str(data[key])
        return {MIME: data, "text/html": _badge(self), "text/plain": str(self)}

    def __str__(self) -> str:
        """Return the badge as one line of text."""
        mark = "holds" if self.holds else "FAILS"
        return f"Claim {mark}: {self.statement} (measured {self.shown}, {self.range})"


def readable(value: float, digits: int = 2) -> str:
    """Write a number for prose: "0.36", "1,200", "7 × 10⁻¹⁸".

    Args:
        digits: significant digits.
    """
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "not a number")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if value == 0 or -4 < int(exponent) < 5:
        rounded = float(f"{value:.{digits}g}")
        return (
            f"{rounded:,.0f}" if abs(rounded) >= 10 ** (digits - 1) else f"{rounded:.{digits}g}"
        ).replace("-", "−")
    power = str(int(exponent)).translate(_SUPERSCRIPTS)
    mantissa = mantissa.rstrip("0").rstrip(".")
    factor = {"1": "", "-1": "−"}.get(mantissa, f"{mantissa} × ")
    return f"{factor}10{power}".replace("-", "−")


def claim(
    statement: str,
    measured: float,
    *,
    above: float | None = None,
    below: float | None = None,
    between: tuple[float, float] | None = None,
    equals: float | None = None,
    source: str = "",
    contradicts: str = "",
    unit: str = "",
    headline: bool = False,
    name: str = "",
) -> None:
    """Check that `measured` lies in the given range, and show the claim.

    Give exactly one of `above`, `below`, `between=(low, high)`, `equals`. Choose the range
    from several seeds, with room: a claim that flips on a fresh seed is a defect.

    Args:
        statement: what must hold: a whole sentence, readable alone, without the number.
        measured: a finite number of this run (a 0-d tensor will do).
        source: where the statement comes from.
        contradicts: when the run contradicts the source, what the source says.
        unit: of the number as the reader sees it: "%" or "points" for a share (shown times 100),
            or a word that follows the number, such as "times".
        headline: one of the five to eight claims that the chapter is about. The page shows its tick
            where the role {claim}`name` stands, behind the sentence that it proves.
        name: of a headline claim; unique on its page.

    Raises:
        ClaimFailed: the value is outside the range, or is NaN or infinite.
        ValueError: no range, more than one, or an empty one; a headline claim without a name.
    """
    from IPython.display import display

    if headline != bool(name):
        raise ValueError("a headline claim has a name, and only a headline claim has one")
    low, high = _bounds(above, below, between, equals)
    checked = Claim(
        statement, float(measured), low, high, source, contradicts, unit, headline, name
    )
    display(checked)
    if not checked.holds and os.environ.get("HELPERS_CLAIMS") != "collect":
        raise ClaimFailed(_failure(checked))


def predict(name: str, answers: Sequence[bool], *, right: int) -> None:
    """Let the run decide which answer to a `{predict}` question of the page is right.

    Args:
        name: of the question, its `:name:` on the page.
        answers: for each choice of the question, in their order, whether this run bears it out;
            exactly one must be true.
        right: the number of the choice that is right, counted from 1.

    Raises:
        ClaimFailed: the run bears out another choice, none, or several.
        ValueError: fewer than two or more than four choices, or `right` is not one of them.
    """
    from IPython.display import display

    holds = [bool(answer) for answer in answers]
    if not 2 <= len(holds) <= 4 or not 1 <= right <= len(holds):
        raise ValueError(f"{name}: two to four choices, and right= counts them from 1")
    borne_out = [number for number, true in enumerate(holds, 1) if true]
    data = {"name": name, "choices": len(holds), "right": right, "holds": borne_out == [right]}
    text = f"Prediction {name}: the run bears out {borne_out or 'no choice'}, the page says {right}"
    display({PREDICTION_MIME: data, "text/plain": text}, raw=True)
    if not data["holds"] and os.environ.get("HELPERS_CLAIMS") != "collect":
        raise ClaimFailed(text)


def _bounds(above, below, between, equals) -> tuple[float | None, float | None]:
    given = [x for x in (above, below, between, equals) if x is not None]
    if len(given) != 1:
        raise ValueError(
            "a claim needs exactly one of above=, below=, between=(low, high), equals=; "
            f"it was given {len(given)}"
        )
    if between is not None:
        low, high = map(float, between)
        if not low <= high:
            raise ValueError(f"between=({low}, {high}) is empty: give the lower end first")
        return low, high
    if equals is not None:
        return float(equals), float(equals)
    return (float(above), None) if above is not None else (None, float(below))


def _failure(failed: Claim) -> str:
    if math.isnan(failed.measured):
        why = "The measured value is NaN: look for a loss that diverged or a division by zero."
    elif math.isinf(failed.measured):
        why = "The measured value is infinite: look for a quantity that overflowed."
    else:
        why = f"Measured {failed.measured:.6g}; the claim allows {failed.range}."
    source = f" (source: {failed.source})" if failed.source else ""
    return f"the claim does not hold: {failed.statement}{source}. {why}"


def _badge(shown: Claim) -> str:
    """One line that reads well without a style sheet, as notebook programs show it."""
    mark, word = ("✓", "holds") if shown.holds else ("✗", "fails")
    source = f" · {html.escape(shown.source)}" if shown.source else ""
    against = (
        f"<br><i>The source says otherwise:</i> {html.escape(shown.contradicts)}"
        if shown.contradicts
        else ""
    )
    return (
        f'<div class="claim claim-{word}">{mark} <b>Claim {word}:</b> '
        f"{html.escape(shown.statement)}. "
        f"Measured <b>{shown.shown}</b>, required {shown.range}{source}{against}</div>"
    )
