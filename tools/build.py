"""Build the site: execute the chapters, then Sphinx, through Jupyter Book.

    python -m tools.build [--catalogue]

English goes to `_build/html/en`, and Korean to `_build/html/ko` once it has a text. Any warning
fails the build, the first time and the second: what failed is built afresh.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from .course import Course, CourseError
from .execute import default_jobs, execute_book, report, run_command


def languages(course: Course) -> list[str]:
    """English, and every language whose catalogues hold a translated sentence."""
    folders = sorted((course.book / "locales").glob("*/LC_MESSAGES"))
    return [
        "en",
        *(each.parent.name for each in folders if any(map(_translated, each.rglob("*.po")))),
    ]


def build_site(course: Course, language: str) -> bool:
    """Build one language's site; return whether there was nothing to complain about."""
    site = course.root / "_build" / "html" / language
    stamp = course.root / "_build" / "stamps" / language
    wanted = _machinery(course)
    fresh = not stamp.exists() or stamp.read_text() != wanted
    stamp.unlink(missing_ok=True)
    if fresh:
        shutil.rmtree(site, ignore_errors=True)  # pages that left the book leave the site
    overrides = {"language": language, "course_editions": languages(course)}
    doctrees = course.root / "_build" / "doctrees" / language
    if not _sphinx(course, "html", site, doctrees, overrides, fresh):
        return False
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return True


def update_catalogues(course: Course, language: str = "ko") -> bool:
    """Extract the English sentences and bring the language's catalogues in step with them."""
    templates = course.root / "_build" / "gettext"
    doctrees = course.root / "_build" / "doctrees" / "gettext"
    if not _sphinx(course, "gettext", templates, doctrees, {"language": "en"}, fresh=True):
        return False
    where = ["-p", str(templates), "-d", str(course.book / "locales"), "-l", language]
    return not subprocess.run([sys.executable, "-m", "sphinx_intl", "update", *where]).returncode


def _sphinx(
    course: Course, builder: str, output: Path, doctrees: Path, overrides: dict, fresh: bool
) -> bool:
    import myst_nb.core.execute.cache as reader
    from jupyter_book.sphinx import build_sphinx

    # myst-nb would run a chapter that it does not find in the cache: alone, unmeasured.
    reader.single_nb_execution = _refuse
    status = build_sphinx(
        sourcedir=str(course.book),
        outputdir=str(output),
        doctreedir=str(doctrees),
        noconfig=True,
        path_config=str(course.root / "_config.yml"),
        confoverrides={
            "external_toc_path": str(course.root / "_toc.yml"),
            "nb_execution_mode": "cache",
            "nb_execution_cache_path": str(course.jupyter_cache),
            "nb_execution_raise_on_error": True,
            "nitpicky": True,
            "latex_individualpages": False,
            **overrides,
        },
        builder=builder,
        freshenv=fresh,
        force_all=fresh,
        warningiserror=True,
        keep_going=True,
    )
    if isinstance(status, KeyboardInterrupt):
        raise status
    return status == 0


def _refuse(*_args, **_options):
    raise CourseError("a chapter changed while the book was being built; run the command again")


def _machinery(course: Course) -> str:
    """Hash of what shapes every page and is not tracked by Sphinx: configuration, extensions."""
    files = [
        *(course.root / name for name in ("_config.yml", "_toc.yml")),
        *(course.root / name for name in ("requirements.txt", "constraints.txt")),
        *sorted((course.book / "_ext").rglob("*.py")),
        *sorted(path for path in (course.book / "_templates").rglob("*") if path.is_file()),
    ]
    digest = hashlib.sha256()
    for path in filter(Path.exists, files):
        digest.update(f"{path}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _translated(path: Path) -> bool:
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return any(message.id and message.string for message in read_po(file))


def main(argv: list[str] | None = None) -> int:
    """Execute the chapters, build the site, say where it is."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--catalogue", action="store_true", help="update book/locales instead")
    options = parser.parse_args(argv)
    course = Course(options.root.resolve())
    problems = execute_book(course, default_jobs())
    report(problems)
    if problems:
        print(f"\nThe book was not built: {len(problems)} problem(s) above.", file=sys.stderr)
        return 1
    if options.catalogue:
        if not update_catalogues(course):
            raise CourseError("the catalogues were not updated; the messages above say why")
        print(f"\nCatalogues: {course.book / 'locales'}")
        return 0
    failed = [language for language in languages(course) if not build_site(course, language)]
    if failed:
        print("\nThe book was not built: Sphinx's warnings above are errors.", file=sys.stderr)
        return 1
    for language in languages(course):
        page = course.root / "_build" / "html" / language / "index.html"
        print(f"\nThe book is at {page}\n  {page.as_uri()}")
    return 0


if __name__ == "__main__":
    run_command(main)
