"""The frame of every tool's `main`: what people can mend is one sentence, Ctrl-C another."""

import os
import sys
from collections.abc import Callable, Iterable

from .book import BookError


def run_command(command: Callable[[], int]) -> None:
    """Run a tool's main function and end the process with its status."""
    try:
        sys.exit(command())
    except BookError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. What was finished is kept; the same command goes on from here.")


def report(messages: Iterable[str]) -> None:
    """Print what is wrong, apart from everything printed before."""
    for message in messages:
        print(f"\n{message}", file=sys.stderr)


def is_ci() -> bool:
    """Whether the course's authors are checking it (`CI=true`), not a reader building it."""
    return os.environ.get("CI", "").strip().lower() not in {"", "0", "false", "no", "off"}
