"""Claims: sentences of the page that the run must make true.

A claim renders as a one-line badge, stays in the executed notebook as structured
output (`MIME`), and stops the build when it does not hold. The page of all
claims is generated from those outputs.
"""

import html
import math
import os
from dataclasses import asdict, dataclass

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MIME = "application/vnd.course.claim+json"


class ClaimFailed(AssertionError):
    """The measured value lies outside the range that the claim allows."""


@dataclass(frozen=True)
class Claim:
    """One checked sentence.

    Attributes:
        statement: what must hold, in words.
        measured: the number that this run produced.
        low, high: the range it must lie in, ends included; None is open.
        source: where the statement comes from ("D 5.1, figure 5-5", "He et al. 2015").
        contradicts: what the source says instead, when our run contradicts it; else "".
    """

    statement: str
    measured: float
    low: float | None
    high: float | None
    source: str
    contradicts: str

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
        """The range in words: "at most 10⁻⁴", "0.5 to 2"."""
        if self.high is None:
            return f"at least {readable(self.low, 4)}"
        if self.low is None:
            return f"at most {readable(self.high, 4)}"
        if self.low == self.high:
            return f"exactly {self._exactly(self.low, 10)}"
        return f"{readable(self.low, 4)} to {readable(self.high, 4)}"

    @property
    def shown(self) -> str:
        """The measured value: to three digits, or whole where a whole number is asked for."""
        exact = self.low is not None and self.low == self.high
        return self._exactly(self.measured, 3) if exact else readable(self.measured, 3)

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
) -> None:
    """Check that `measured` lies in the given range, and show it as a badge.

    Give exactly one of `above`, `below`, `between=(low, high)`, `equals`. Choose the range
    from several seeds, with room: a claim that flips on a fresh seed is a defect.

    Args:
        statement: what must hold, in words, without the number.
        measured: a finite number of this run (a 0-d tensor will do).
        source: where the statement comes from.
        contradicts: when the run contradicts the source, what the source says.

    Raises:
        ClaimFailed: the value is outside the range, or is NaN or infinite.
        ValueError: no range, more than one, or an empty one.
    """
    from IPython.display import display

    low, high = _bounds(above, below, between, equals)
    checked = Claim(statement, float(measured), low, high, source, contradicts)
    display(checked)
    if not checked.holds and os.environ.get("HELPERS_CLAIMS") != "collect":
        raise ClaimFailed(_failure(checked))


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
    mark, word = ("✓", "holds") if shown.holds else ("✗", "fails")
    source = f" · {html.escape(shown.source)}" if shown.source else ""
    against = (
        f'<span class="claim-contradicts">the source says otherwise: '
        f"{html.escape(shown.contradicts)}</span>"
        if shown.contradicts
        else ""
    )
    return (
        f'<div class="claim claim-{word}">'
        f'<span class="claim-mark" aria-hidden="true">{mark}</span> '
        f'<span class="claim-statement"><span class="visually-hidden">Claim {word}: </span>'
        f"{html.escape(shown.statement)}</span> "
        f'<span class="claim-measured">measured <b>{shown.shown}</b>, '
        f"asked {shown.range}{source}</span>{against}</div>"
    )
