"""Build the site: execute the chapters, then Sphinx, through Jupyter Book.

    python -m tools.build [--chapter SLUG | --catalogue]

English goes to `_build/html/en`, and Korean to `_build/html/ko` once it has a text. Any warning
fails the build, the first time and the second: what failed is built afresh. With `--chapter`, one
chapter is executed, and a site of that chapter and the pages without code goes to
`_build/chapter`.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .book import Book, BookError
from .command import run_command
from .execute import chosen_chapter, default_jobs, execute_book, report_outcome

# What a whole build leaves in `_build`.
DISK_MB = 100


@dataclass(frozen=True)
class Site:
    """One site that Sphinx makes: a language, or one chapter.

    Attributes:
        name: its own in `_build`, `html/en`.
        toc: the table of contents with its pages.
        overrides: its settings of Sphinx.
    """

    book: Book
    name: str
    toc: Path
    overrides: dict = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where its pages go."""
        return self.book.root / "_build" / self.name

    def build(self) -> bool:
        """Bring it up to date; return whether there was nothing to complain about."""
        stamp = self.book.root / "_build" / "stamps" / self.name
        wanted = _machinery(self.book, self.toc)
        fresh = not stamp.exists() or stamp.read_text() != wanted
        stamp.unlink(missing_ok=True)
        if fresh:
            shutil.rmtree(self.folder, ignore_errors=True)  # pages that left leave the site
        doctrees = self.book.root / "_build" / "doctrees" / self.name
        settings = {"external_toc_path": str(self.toc), **self.overrides}
        if not _sphinx(self.book, "html", self.folder, doctrees, settings, fresh):
            return False
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(wanted)
        return True


def languages(book: Book) -> list[str]:
    """English, and every language whose catalogues hold a translated sentence."""
    folders = sorted((book.source / "locales").glob("*/LC_MESSAGES"))
    return [
        "en",
        *(each.parent.name for each in folders if any(map(_translated, each.rglob("*.po")))),
    ]


def editions(book: Book) -> list[Site]:
    """The site of each language."""
    known = languages(book)
    return [
        Site(book, f"html/{each}", book.toc, {"language": each, "course_editions": known})
        for each in known
    ]


def chapter_site(book: Book, slug: str) -> Site:
    """The site of one chapter and of all pages without code.

    References to the other chapters stay text: nobody need have executed those.
    """
    toc = book.root / "_build" / "stamps" / "chapter-toc.yml"
    toc.parent.mkdir(parents=True, exist_ok=True)
    entries = yaml.safe_load(book.toc.read_text("utf-8"))
    toc.write_text(yaml.safe_dump(_without(entries, book.chapters.keys() - {slug})))
    silent = {"suppress_warnings": ["ref", "myst.xref_missing"]}
    return Site(book, "chapter/en", toc, {"language": "en"} | silent)


def update_catalogues(book: Book, language: str = "ko") -> bool:
    """Extract the English sentences and bring the language's catalogues in step with them."""
    templates = book.root / "_build" / "gettext"
    doctrees = book.root / "_build" / "doctrees" / "gettext"
    settings = {"external_toc_path": str(book.toc), "language": "en"}
    if not _sphinx(book, "gettext", templates, doctrees, settings, fresh=True):
        return False
    where = ["-p", str(templates), "-d", str(book.source / "locales"), "-l", language]
    return not subprocess.run([sys.executable, "-m", "sphinx_intl", "update", *where]).returncode


def _without(entries: dict, slugs: set[str]) -> dict:
    """A table of contents, or a part of it, without these pages and what stands below them."""
    kept = {}
    for name, value in entries.items():
        if not isinstance(value, list):
            kept[name] = value
            continue
        left = [_without(each, slugs) for each in value if each.get("file") not in slugs]
        if left := [each for each in left if each.keys() & {"file", "url", "chapters", "sections"}]:
            kept[name] = left
    return kept


def _sphinx(
    book: Book, builder: str, output: Path, doctrees: Path, settings: dict, fresh: bool
) -> bool:
    import myst_nb.core.execute.cache as reader
    from jupyter_book.sphinx import build_sphinx

    # myst-nb would run a chapter that it does not find in the cache: alone, unmeasured.
    reader.single_nb_execution = _refuse
    status = build_sphinx(
        sourcedir=str(book.source),
        outputdir=str(output),
        doctreedir=str(doctrees),
        noconfig=True,
        path_config=str(book.root / "_config.yml"),
        confoverrides={
            "nb_execution_mode": "cache",
            "nb_execution_cache_path": str(book.jupyter_cache),
            "latex_individualpages": False,
            **settings,
        },
        builder=builder,
        freshenv=fresh,
        force_all=fresh,
        warningiserror=True,
        keep_going=True,
        jobs=default_jobs(),
    )
    if isinstance(status, KeyboardInterrupt):
        raise status
    return status == 0


def _refuse(*_args, **_options):
    raise BookError("a chapter changed while the book was being built; run the command again")


def _machinery(book: Book, toc: Path) -> str:
    """Hash of what shapes every page and is not tracked by Sphinx: configuration, extensions."""
    files = [
        *(book.root / "_config.yml", toc),
        *(book.root / name for name in ("requirements.txt", "constraints.txt")),
        *sorted((book.source / "_ext").rglob("*.py")),
        *sorted(path for path in (book.source / "_templates").rglob("*") if path.is_file()),
    ]
    digest = hashlib.sha256()
    for path in filter(Path.exists, files):
        digest.update(f"{path}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _translated(path: Path) -> bool:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return any(message.id and message.string for message in read_po(file))


class Stages:
    """How long each part of a build took, in seconds of the clock on the wall."""

    def __init__(self):
        """Begin with what the installation took, when it says so."""
        self.seconds: dict[str, float] = {}
        if installed := os.environ.get("COURSE_INSTALL_SECONDS", ""):
            self.seconds["install"] = float(installed)

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        """Measure what happens inside."""
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began

    def __str__(self) -> str:
        return ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.seconds.items())


def main(argv: list[str] | None = None) -> int:
    """Execute the chapters, build the site, say where it is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--chapter", help="build this one alone")
    what.add_argument("--catalogue", action="store_true", help="update book/locales instead")
    options = parser.parse_args(argv)
    book = Book(options.root.resolve())
    slugs = [chosen_chapter(book, options.chapter)] if options.chapter else None
    stages = Stages()
    if not book.executed.exists():
        print(f"The book takes about {DISK_MB} MB in {book.root / '_build'}.")
    with stages.time("execute"):
        outcome = execute_book(book, default_jobs(), slugs)
    report_outcome(outcome)
    if outcome.problems:
        count = len(outcome.problems)
        print(f"\nThe book was not built: {count} problem(s) above.", file=sys.stderr)
        return 1
    if options.catalogue:
        if not update_catalogues(book):
            raise BookError("the catalogues were not updated; the messages above say why")
        print(f"\nCatalogues: {book.source / 'locales'}")
        return 0
    sites = [chapter_site(book, options.chapter)] if options.chapter else editions(book)
    with stages.time("Sphinx"):
        built = all([site.build() for site in sites])
    if not built:
        print("\nThe book was not built: Sphinx's warnings above are errors.", file=sys.stderr)
        return 1
    print(f"\nTook: {stages}.")
    if options.chapter:
        print("Links to other chapters, and the numbers of this one, are in the whole book alone.")
    for site in sites:
        page = site.folder / f"{options.chapter or 'index'}.html"
        print(f"\nThe {'chapter' if options.chapter else 'book'} is at {page}\n  {page.as_uri()}")
    return 0


if __name__ == "__main__":
    run_command(main)
