"""Text as numbers and back: tokens and vocabularies, padding, decoding.

from helpers.text import Vocabulary, characters, greedy
"""

from importlib import import_module

_HOME: dict[str, str] = {}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    """Import `name` on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"helpers.text has no {name!r}; it has: {', '.join(__all__)}")


def __dir__():
    return sorted(set(globals()) | set(__all__))
