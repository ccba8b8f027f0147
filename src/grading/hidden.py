"""What gives a hidden test away, and whether a text does."""

import html
import re
from collections.abc import Iterable

from nbconvert.filters import strip_ansi

SHORTEST = 12  # characters of a line that is recognized


def secrets_of(full: Iterable[str], shown: Iterable[str]) -> set[str]:
    """Return what gives a hidden test away: code of the `full` tests that the `shown` ones lack."""
    # A test's own message is part of a hidden line; only code gives a hidden test away.
    return {line for line in lines(full) - lines(shown) if "assert" in line or "=" in line}


def repeats(text: str, secrets: set[str]) -> bool:
    """Whether `text` repeats one of the `secrets`."""
    squeezed = flat(text)
    return any(secret in squeezed for secret in secrets)


def lines(sources: Iterable[str]) -> set[str]:
    """Return the lines of `sources` that say enough to be recognized, each `flat`."""
    squeezed = {flat(line) for source in sources for line in source.splitlines()}
    return {line for line in squeezed if len(line) >= SHORTEST}


def flat(text: str) -> str:
    """Return `text` without what differs between code, its repr, and its HTML."""
    return re.sub(r"[\s\\\"']", "", html.unescape(strip_ansi(text)))
