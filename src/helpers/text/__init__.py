"""Text as numbers and back: tokens and vocabularies, padding, decoding.

from helpers.text import Vocabulary, characters, greedy
"""

from importlib import import_module

_HOME: dict[str, str] = {
    "PAD": "helpers.text.vocabulary",
    "START": "helpers.text.vocabulary",
    "END": "helpers.text.vocabulary",
    "UNKNOWN": "helpers.text.vocabulary",
    "PAD_ID": "helpers.text.vocabulary",
    "START_ID": "helpers.text.vocabulary",
    "END_ID": "helpers.text.vocabulary",
    "UNKNOWN_ID": "helpers.text.vocabulary",
    "Vocabulary": "helpers.text.vocabulary",
    "characters": "helpers.text.vocabulary",
    "words": "helpers.text.vocabulary",
    "pad": "helpers.text.vocabulary",
    "mask": "helpers.text.vocabulary",
    "lengths": "helpers.text.vocabulary",
    "Beams": "helpers.text.decoding",
    "Decoded": "helpers.text.decoding",
    "beam_search": "helpers.text.decoding",
    "greedy": "helpers.text.decoding",
    "log_probability": "helpers.text.decoding",
    "restrict": "helpers.text.decoding",
    "sample": "helpers.text.decoding",
    "select": "helpers.text.decoding",
}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    """Import `name` on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"helpers.text has no {name!r}; it has: {', '.join(__all__)}")


def __dir__():
    return sorted(set(globals()) | set(__all__))
