"""Models of the papers, at full size: one file a paper, the paper's idea readable in it.

from helpers.models import resnet50
net = resnet50(num_classes=10)

Each name is imported from its file when it is first used.
"""

from importlib import import_module

_HOME: dict[str, str] = {}

__all__ = sorted(_HOME)


def __getattr__(name: str):
    """Import `name` on first use (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"helpers.models has no {name!r}; it has: {', '.join(__all__)}")


def __dir__():
    return sorted(set(globals()) | set(__all__))
