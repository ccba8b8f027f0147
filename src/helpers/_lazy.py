"""Names of a package that are imported from their modules when they are first used (PEP 562)."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(
    package: str, home: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return `__getattr__`, `__dir__` and `__all__` for a package's `__init__.py`.

    The build finds `_HOME` in the text of that file: a chapter that takes a name from the package
    is executed again when the name's module changes.

    Args:
        package: its `__name__`.
        home: name -> the module that has it. A module's own name stands for the module.
    """

    def get(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"{package} has no {name!r}; it has: {', '.join(sorted(home))}")
        module = import_module(home[name])
        return module if home[name] == f"{package}.{name}" else getattr(module, name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home})

    return get, names, sorted(home)
