"""What an executed chapter was made from, as one hash.

A chapter is executed again when the hash changes: when its code changes, or a helper that
it imports (directly or through other helpers), or a pinned version, or the data in the package.
Prose is not in it.
"""

import ast
import functools
import hashlib
import json
import platform
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .book import Book, Chapter

# Raise it when executing changes in a way that makes old results wrong.
_FORMAT = 2
# nbclient's tags that change what a cell does; every other tag is about looks.
EXECUTION_TAGS = frozenset({"raises-exception", "skip-execution"})
# The environment variables that change what a chapter computes.
VARIABLES = ("HELPERS_SEED", "HELPERS_CLAIMS", "OMP_NUM_THREADS")
# The driver of an NVIDIA card shows itself here.
NVIDIA = Path("/dev/nvidiactl")


def chapter_key(book: "Book", chapter: "Chapter", env: Mapping[str, str]) -> str:
    """SHA-256 (hex) of everything that the chapter's outputs depend on.

    Args:
        book: where the helpers and the pins are.
        chapter: the page.
        env: the environment in which its kernel will run.
    """
    cells = [
        [cell.source, sorted(EXECUTION_TAGS & set(cell.metadata.get("tags", [])))]
        for cell in chapter.code_cells
    ]
    parts = {
        "format": _FORMAT,
        "kernel": chapter.notebook.metadata.get("kernelspec", {}).get("name", ""),
        "cells": cells,
        "files": {
            path.relative_to(book.root).as_posix(): book.package.digest(path)
            for path in dependencies(book, [cell.source for cell in chapter.code_cells])
        },
        "python": platform.python_version_tuple()[:2],
        "env": {name: env.get(name, "").strip() for name in VARIABLES},
        "device": device_kind(env),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def device_kind(env: Mapping[str, str]) -> str:
    """Where a chapter's nets will run: what `HELPERS_DEVICE` says, else the likely choice.

    Importing torch to ask it would take longer than the rest of a build without news. The answer
    keeps results of another device apart, for example in a folder that came from another machine.
    """
    wanted = env.get("HELPERS_DEVICE", "").strip().lower()
    if wanted:
        return wanted
    try:
        build = version("torch").partition("+")[2]
    except PackageNotFoundError:
        build = ""
    if sys.platform == "darwin":
        return "mps" if platform.machine() == "arm64" else "cpu"
    if build.startswith(("rocm", "xpu")):
        return build
    hidden = env.get("CUDA_VISIBLE_DEVICES", "0").strip() in {"", "-1"}
    has_driver = build.startswith("cu") if sys.platform == "win32" else NVIDIA.exists()
    return "cuda" if has_driver and not hidden and build != "cpu" else "cpu"


def dependencies(book: "Book", sources: Iterable[str]) -> list[Path]:
    """The files of the project that code depends on: helpers, their data, the pins."""
    found = book.package.closure(sources)
    pins = [book.root / "requirements.txt", book.root / "constraints.txt"]
    return sorted([*found, *book.package.data(found), *(pin for pin in pins if pin.exists())])


class Package:
    """The `helpers` package, read without importing it.

    Imports are followed wherever they stand, inside functions too. Naming a whole package
    (`from helpers import data`) counts as importing all of it, because its parts may load lazily.
    """

    def __init__(self, root: Path):
        """Find the modules under `root`, the package's folder."""
        self.root = root
        self.modules = {self._name(path): path for path in sorted(root.rglob("*.py"))}
        self._imported: dict[str, set[str]] = {}
        self._lazy_names = functools.cache(self._lazy)
        self._digests: dict[Path, str] = {}

    def closure(self, sources: Iterable[str]) -> set[Path]:
        """Paths of the modules that the cells import, directly or through each other."""
        pending = set()
        for source in sources:
            pending |= self._imports(_parse_cell(source), importer="")
        seen: set[str] = set()
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            pending |= self._imported_by(name) - seen
        return {self.modules[name] for name in seen}

    def data(self, modules: set[Path]) -> set[Path]:
        """Files beside the modules that are not Python: each belongs to the package above it."""
        packages = {path.parent for path in modules if path.name == "__init__.py"}
        return {
            path
            for path in self.root.rglob("*")
            if path.is_file()
            and not any(part.startswith(".") for part in path.relative_to(self.root).parts)
            and path.suffix not in {".py", ".pyc"}
            and self._home(path) in packages
        }

    def digest(self, path: Path) -> str:
        """SHA-256 (hex) of a file, read once."""
        if path not in self._digests:
            self._digests[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        return self._digests[path]

    def _imported_by(self, name: str) -> set[str]:
        """The modules that a module imports itself; each is parsed once."""
        if name not in self._imported:
            tree = ast.parse(self.modules[name].read_text("utf-8"))
            self._imported[name] = self._imports(tree, importer=name)
        return self._imported[name]

    def _home(self, path: Path) -> Path:
        return next(folder for folder in path.parents if (folder / "__init__.py").exists())

    def _name(self, path: Path) -> str:
        parts = path.relative_to(self.root.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def _lazy(self, package: str) -> dict[str, str]:
        """The names that a package's `__init__.py` loads on first use: its `_HOME`."""
        for node in ast.parse(self.modules[package].read_text("utf-8")).body:
            targets = (
                node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            )
            if any(getattr(target, "id", "") == "_HOME" for target in targets):
                return ast.literal_eval(node.value)  # annotated or not
        return {}

    def _imports(self, tree: ast.AST | None, importer: str) -> set[str]:
        if tree is None:  # not Python: it might import anything
            return set(self.modules)
        found: set[str] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found |= self._module(alias.name, whole=True)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node, importer)
                for alias in node.names:
                    found |= self._name_in(base, alias.name)
            elif isinstance(node, ast.Call):
                found |= self._dynamic(node)
        return found

    def _dynamic(self, call: ast.Call) -> set[str]:
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        first = call.args[0] if call.args else None
        if name in {"import_module", "__import__"} and isinstance(first, ast.Constant):
            return self._module(str(first.value), whole=True)
        return set()

    def _absolute(self, node: ast.ImportFrom, importer: str) -> str:
        if not node.level:
            return node.module or ""
        is_package = importer in self.modules and self.modules[importer].name == "__init__.py"
        parts = importer.split(".")
        parts = parts[: len(parts) - node.level + is_package]
        return ".".join([*parts, *filter(None, [node.module])])

    def _name_in(self, base: str, name: str) -> set[str]:
        """What `from base import name` loads."""
        if base.split(".")[0] != self.root.name:
            return set()
        if name == "*":
            return self._module(base, whole=True)
        if f"{base}.{name}" in self.modules:
            return self._module(f"{base}.{name}", whole=True)
        if base in self.modules and (home := self._lazy_names(base).get(name)):
            return self._module(base, whole=False) | self._module(home, whole=True)
        return self._module(base, whole=False)

    def _module(self, name: str, whole: bool) -> set[str]:
        """A module, the packages above it and, if it is a package named whole, all below it."""
        parts = name.split(".")
        if parts[0] != self.root.name:
            return set()
        above = {".".join(parts[: count + 1]) for count in range(len(parts))}
        below = {each for each in self.modules if whole and each.startswith(f"{name}.")}
        return (above | below) & set(self.modules)


def _parse_cell(source: str) -> ast.AST | None:
    """The cell's syntax tree, magics taken out of the way; None when it is not Python."""
    try:
        return ast.parse(source)
    except SyntaxError:
        pass
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return None
