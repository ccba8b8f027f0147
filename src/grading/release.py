"""Student notebooks from the solutions, and a zip of the course without solutions.

    python -m grading.release           write exercises/ and _build/course-students.zip
    python -m grading.release --check   change nothing; fail when exercises/ is not in step

Slugs after either limit it to these exercises; then no zip is written.

nbgrader's own `generate_assignment` makes them, in a temporary course. A notebook that someone
has worked on is not overwritten, unless --force is given or FORCE=1 is set.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import nbformat

from grading.command import command, parser_of
from grading.course import Course, read_notebook, temporary_course
from grading.errors import CourseError
from grading.preprocessors.student_copy import is_edited

ZIP = "_build/course-students.zip"
# What a student needs to read, build and work; a README of their own and exercises/ are added.
FOR_STUDENTS = (
    "course.py",
    "LICENSE*",
    "requirements.txt",
    "constraints.txt",
    "nbgrader_config.py",
    "_config.yml",
    "_toc.yml",
    "book",
    "src/helpers",
    "tools",
)
README = Path(__file__).with_name("student_readme.md")
# Found nowhere in it: leftovers, and tools that only those who change the course use.
LEFT_OUT = {
    "__pycache__",
    ".ipynb_checkpoints",
    ".DS_Store",
    "accelerator.py",
    "bench.py",
    "bench_grading.py",
    "screenshot.py",
}


@command()
def main(argv: list[str] | None = None) -> int:
    """Release every exercise, or check that it is released; return the exit status."""
    parser = parser_of("release", __doc__)
    parser.add_argument("slugs", nargs="*", help="only these exercises (default: all, and the zip)")
    parser.add_argument("--check", action="store_true", help="change nothing, compare")
    parser.add_argument("--force", action="store_true", help="overwrite a student's work")
    options = parser.parse_args(argv)
    force = options.force or os.environ.get("FORCE", "") not in ("", "0")
    root = Path.cwd()
    released = {}
    for slug in options.slugs or Course(root).slugs():
        print(f"{slug}: generating the students' notebook", flush=True)
        released[slug] = generate(root, slug)
    if options.check:
        return check(root, released, partly=bool(options.slugs))
    return release(root, released, force, partly=bool(options.slugs))


def generate(root: Path, slug: str) -> dict[str, bytes]:
    """Return the files of the released assignment: path below its folder -> content."""
    with temporary_course(root, slug) as course:
        folder = course.generate(slug).parent
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def release(root: Path, released: dict[str, dict[str, bytes]], force: bool, partly: bool) -> int:
    """Write the assignments, and the zip unless `partly`; return 1 if a student's work is there."""
    kept = []
    for slug, files in released.items():
        folder = root / "exercises" / slug
        if not force and _has_work(folder / f"{slug}.ipynb"):
            kept.append(slug)
            continue
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        print(f"{slug}: wrote exercises/{slug}/")
    if not partly:
        path = write_zip(root, released)
        print(f"The course without solutions: {path.relative_to(root)}")
    for slug in kept:
        print(
            f"{slug}: NOT overwritten, for someone has worked in exercises/{slug}/{slug}.ipynb. "
            "Copy it elsewhere if it is worth keeping, then type "
            "`python course.py release --force`.",
            file=sys.stderr,
        )
    return 1 if kept else 0


def check(root: Path, released: dict[str, dict[str, bytes]], partly: bool) -> int:
    """Compare exercises/ with what would be released; return 1 if they differ."""
    problems = []
    for slug, files in released.items():
        for name, content in files.items():
            path = root / "exercises" / slug / name
            problems += _differences(path, content, f"exercises/{slug}/{name}")
    known = {path.parent.name for path in root.glob("exercises/*/*.ipynb")}
    for slug in [] if partly else sorted(known - set(released)):
        problems.append(f"exercises/{slug} has no solution: remove it, or write solutions/{slug}")
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        print(
            "exercises/ is not in step with solutions/: type `python course.py release`.",
            file=sys.stderr,
        )
        return 1
    print(f"exercises/ is in step with solutions/ ({len(released)} compared).")
    return 0


def write_zip(root: Path, released: dict[str, dict[str, bytes]]) -> Path:
    """Write the course without solutions, the same bytes for the same course."""
    target = root / ZIP
    target.parent.mkdir(parents=True, exist_ok=True)
    content = {path.relative_to(root).as_posix(): path.read_bytes() for path in _for_students(root)}
    content["README.md"] = README.read_bytes()
    for slug, files in released.items():
        content |= {f"exercises/{slug}/{name}": data for name, data in files.items()}
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name in sorted(content):
            # Zip stores times; a fixed one keeps two releases of one course identical.
            entry = ZipInfo(f"course/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content[name])
    return target


def _for_students(root: Path) -> Iterator[Path]:
    for pattern in FOR_STUDENTS:
        for found in root.glob(pattern):
            for path in [found] if found.is_file() else found.rglob("*"):
                if path.is_file() and not LEFT_OUT & set(path.relative_to(root).parts):
                    yield path


def _has_work(path: Path) -> bool:
    """Whether there is something at `path` that is not an untouched release."""
    if not path.exists():
        return False
    try:
        return is_edited(read_notebook(path))
    except CourseError:
        return True


def _differences(path: Path, content: bytes, name: str) -> list[str]:
    """Say how the file at `path` differs from the `content` it should have."""
    if not path.exists():
        return [f"{name} is missing"]
    if path.read_bytes() == content:
        return []
    if path.suffix != ".ipynb":
        return [f"{name} differs"]
    try:
        have = read_notebook(path)
    except CourseError as error:
        return [str(error)]
    want = nbformat.reads(content.decode(), as_version=4)
    return [f"{name}: {what}" for what in _cell_differences(have, want)]


def _cell_differences(have: nbformat.NotebookNode, want: nbformat.NotebookNode) -> list[str]:
    mine = {cell.get("id", i): cell for i, cell in enumerate(have.cells)}
    theirs = {cell.get("id", i): cell for i, cell in enumerate(want.cells)}
    differences = [f"cell {key!r} is missing" for key in theirs if key not in mine]
    differences += [f"cell {key!r} is not in the solution" for key in mine if key not in theirs]
    both = [key for key in theirs if key in mine]
    differences += [f"cell {key!r} differs" for key in both if mine[key] != theirs[key]]
    return differences or ["the order of its cells or its metadata differs"]


if __name__ == "__main__":
    sys.exit(main())
