"""The frame of every command: how it ends when something goes wrong, or somebody stops it."""

import argparse
import sys
from collections.abc import Callable
from functools import wraps

from grading.errors import CourseError

STOPPED = 1
INTERRUPTED = 130  # as a shell says it of Ctrl-C


def command(*, again: str = "") -> Callable:
    """Return a decorator for a `main`, which takes arguments and returns an exit status.

    What a person can put right becomes one sentence on standard error, and a status.

    Args:
        again: what stays and what to do, after something from outside has stopped the command.
    """

    def framed(main: Callable[[list[str] | None], int]) -> Callable[[list[str] | None], int]:
        @wraps(main)
        def run(argv: list[str] | None = None) -> int:
            try:
                return main(argv)
            except CourseError as error:
                return _end(str(error), STOPPED)
            except OSError as error:
                return _end(f"\nStopped: {error}. {again}".rstrip(), STOPPED)
            except KeyboardInterrupt:
                return _end(f"\nInterrupted. {again}".rstrip(), INTERRUPTED)

        return run

    return framed


def parser_of(name: str, doc: str) -> argparse.ArgumentParser:
    """Return the parser of `python -m grading.<name>`, described by the module's first line."""
    return argparse.ArgumentParser(prog=f"grading.{name}", description=doc.splitlines()[0])


def _end(sentence: str, status: int) -> int:
    print(sentence, file=sys.stderr)
    return status
