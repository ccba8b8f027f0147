"""The commands of `course.py`: what each needs, and what it runs in `.venv`."""

import difflib
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import doctor, install, system

READING, GRADING, DEV = ("reading",), ("reading", "grading"), tuple(install.GROUPS)
# JupyterLab asks nobody outside for news.
QUIET = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)
HELP = ("-h", "--help")


class UsageError(Exception):
    """What was typed cannot be done; the message says what can."""

    def __init__(self, message: str, status: int = 2):
        """Say `message`, end with `status`."""
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Course:
    """One copy of the course: everybody's, or a student's, which lacks some commands."""

    root: Path

    @property
    def python(self) -> Path:
        """The interpreter of its environment; where there is none, the one that runs this."""
        ours = system.HERE.python(self.root / ".venv")
        return ours if ours.exists() else Path(sys.executable)

    @property
    def has_grading(self) -> bool:
        """Whether this copy can grade: a student's cannot."""
        return (self.root / "src" / "grading").is_dir()

    def module(self, name: str, *arguments: str, users_jupyter: bool = False, **env: str) -> int:
        """Run a module in the environment; return its exit status."""
        own = self.root / "_build"
        own.mkdir(exist_ok=True)
        full = system.child_environment(os.environ, str(own), users_jupyter) | env
        return wait_for([str(self.python), "-m", name, *arguments], self.root, full)

    def slugs(self, folder: str) -> list[str]:
        """Return the assignments in exercises/ or solutions/."""
        return sorted(path.parent.name for path in self.root.glob(f"{folder}/*/*.ipynb"))


def wait_for(command: list[str], cwd: Path, env: dict[str, str]) -> int:
    """Run a command until it ends, and return its exit status.

    Ctrl-C reaches the command itself, which may have to save something, or ask.
    """
    process = subprocess.Popen(command, cwd=cwd, env=env)
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            try:
                status = process.wait()
                return status if status >= 0 else 128 - status
            except KeyboardInterrupt:
                continue
    finally:
        signal.signal(signal.SIGTERM, before)


def book(course: Course, arguments: list[str]) -> int:
    """Execute what changed, then Sphinx."""
    return course.module("tools.build", *arguments)


def lint(course: Course, arguments: list[str]) -> int:
    """Check style and format."""
    return course.module("ruff", "check", *arguments) or course.module("ruff", "format", "--check")


def test(course: Course, arguments: list[str]) -> int:
    """Check everything.

    What is fast fails first; then everything that needs the built book, and every exercise. The
    build has just run the chapters, as they are downloaded; solutions are run when they are graded.
    """
    return (
        lint(course, [])
        or _pytest(course, ["-m", "not slow", "tests", *arguments])
        or course.module("tools.build")
        or _pytest(course, ["-m", "slow", "--dist", "loadfile", "tests", *arguments])
    )


def test_fast(course: Course, arguments: list[str]) -> int:
    """Check style, and what can be checked without running a notebook or a browser."""
    return lint(course, []) or _pytest(course, ["-m", "not slow", "tests", *arguments])


def _pytest(course: Course, arguments: list[str]) -> int:
    workers = os.environ.get("WORKERS") or "2"
    return course.module("pytest", "-n", workers, *arguments, OMP_NUM_THREADS="1")


def lab(course: Course, arguments: list[str]) -> int:
    """Open JupyterLab at the exercises."""
    keep = system.home_is_writable()
    return course.module(*lab_command(course.root, arguments), users_jupyter=keep)


def lab_command(root: Path, arguments: list[str]) -> list[str]:
    """Return the module that is JupyterLab, and its options."""
    where = ["--ServerApp.root_dir=" + str(root / "exercises")]
    if any(each.startswith("--ServerApp.root_dir") for each in arguments):
        where = []
    return ["jupyterlab", *where, *QUIET, *arguments]


def serve(course: Course, arguments: list[str]) -> int:
    """Build the book and show it at localhost."""
    port = arguments[1] if arguments[:1] == ["--port"] and len(arguments) == 2 else None
    if arguments and not (port and port.isdigit() and 0 < int(port) < 65536):
        raise UsageError("Say which port: python course.py serve --port 8000")
    port = int(port or 8000)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(
                f"Port {port} cannot be used ({error.strerror}); type "
                f"`python course.py serve --port {port + 1}`.",
                1,
            ) from None
    if status := book(course, []):
        return status
    print(f"http://localhost:{port}/en/ (Ctrl-C stops it)", flush=True)
    where = ("--bind", "127.0.0.1", "--directory", str(course.root / "_build" / "html"))
    return course.module("http.server", str(port), *where)


def check(course: Course, arguments: list[str]) -> int:
    """Grade one's own exercise; in a student's copy, by the visible tests."""
    return course.module("grading.check" if course.has_grading else "tools.check", *arguments)


def regrade(course: Course, arguments: list[str]) -> int:
    """Grade one item again for everybody."""
    if not any(each.startswith("--item") for each in arguments):
        raise UsageError(
            f"Say which item: python course.py regrade {arguments[0]} --item gain-gelu"
        )
    return course.module("grading.regrade", *arguments)


def seeds(course: Course, arguments: list[str]) -> int:
    """Rerun the claims on other random numbers."""
    given = arguments and arguments[0].lstrip("-").isdigit()
    return course.module("tools.seeds", *([] if given else ["1", "2", "3"]), *arguments)


def bench(course: Course, arguments: list[str]) -> int:
    """Measure the build, the exercises, the imports, and grading."""
    return course.module("tools.bench", *arguments) or course.module("tools.bench_grading")


def accelerator(course: Course, arguments: list[str]) -> int:
    """Run the book on a GPU: on a machine without a network, too, with the torch that is there."""
    source = str(course.root / "src")
    return course.module("tools.accelerator", *arguments, PYTHONPATH=source)


def clean(course: Course, arguments: list[str]) -> int:
    """Delete what was built; the installation stays."""
    shutil.rmtree(course.root / "_build", ignore_errors=True)
    return 0


def _module(name: str, *first: str) -> Callable[[Course, list[str]], int]:
    return lambda course, arguments: course.module(name, *first, *arguments)


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        arguments: as the list of commands shows them.
        summary: what it does, in a line.
        run: does it, in the environment; returns the exit status.
        groups: the packages that it needs; none when it needs no environment.
        needs: a path that only copies have which can do it.
        slug: the folder whose names its first argument must be one of; "" when it takes none.
        optional: whether that argument may be left out.
    """

    arguments: str
    summary: str
    run: Callable[[Course, list[str]], int]
    groups: tuple[str, ...] = READING
    needs: str = "course.py"
    slug: str = ""
    optional: bool = False


def _grading(arguments: str, summary: str, run=None, **options) -> Command:
    """Return a command of those who teach."""
    options = {"groups": GRADING, "needs": "src/grading", "slug": "solutions"} | options
    return Command(arguments, summary, run, **options)


COMMANDS = {
    "book": Command(
        "[--chapter SLUG]", "install, execute the chapters that changed, build the site", book
    ),
    "lab": Command("", "JupyterLab at the exercises", lab, needs="exercises"),
    "check": Command(
        "SLUG", "grade your own exercise: points and messages", check, slug="exercises"
    ),
    "serve": Command("[--port 8000]", "the built site on localhost", serve),
    "doctor": Command("", "look at this machine; each fault says what to type", doctor.main, ()),
    "install": Command("[--all] [--fresh]", "only install", None, ()),
    "seeds": Command("1 2 3 [--chapter SLUG]", "rerun every claim on other random numbers", seeds),
    "release": _grading(
        "", "regenerate exercises/, pack what students get", _module("grading.release"), slug=""
    ),
    "grade": _grading("SLUG", "grade what is in grading/submitted/", _module("grading.grade")),
    "regrade": _grading(
        "SLUG --item NAME", "after fixing a test: whose marks change, and why", regrade
    ),
    "status": _grading("[SLUG]", "where grading stands", _module("grading.status"), optional=True),
    "report": _grading("SLUG", "the class in one page", _module("grading.report")),
    "export": _grading(
        "SLUG --format canvas", "marks for Canvas, Moodle, or plain", _module("grading.export")
    ),
    "test": Command("", "check everything that CI checks", test, DEV, "tests"),
    "test-fast": Command("", "style, and the tests that are not slow", test_fast, DEV, "tests"),
    "lint": Command("", "style alone", lint, DEV, "tests"),
    "bench": Command(
        "", "time the build, the exercises, the imports", bench, DEV, "tools/bench.py"
    ),
    "accelerator": Command(
        "",
        "the book on this machine's GPU",
        accelerator,
        (),
        "tools/accelerator.py",
    ),
    "catalogue": Command(
        "",
        "bring book/locales in step with the English text",
        _module("tools.build", "--catalogue"),
        DEV,
        "tests",
    ),
    "clean": Command("", "delete _build", clean, ()),
}


def main(root: str, arguments: list[str]) -> int:
    """Run one command; return its exit status."""
    system.print_anything(sys.stdout, sys.stderr)
    course = Course(Path(root))
    commands = {
        name: command
        for name, command in COMMANDS.items()
        if (course.root / command.needs).exists()
    }
    arguments = [each for each in arguments if each]  # make hands on empty variables
    if not arguments or arguments[0] in (*HELP, "help"):
        print(overview(commands))
        return 0
    name, *rest = arguments
    try:
        return _run(course, commands, name, rest)
    except UsageError as error:
        print(error, file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def overview(commands: dict[str, Command]) -> str:
    """Return the list of commands."""
    lines = ["python course.py COMMAND", ""]
    for name, command in commands.items():
        lines.append(f"  {f'{name} {command.arguments}':32}{command.summary}")
    return "\n".join([*lines, "", "COMMAND --help says more of each."])


def _run(course: Course, commands: dict[str, Command], name: str, arguments: list[str]) -> int:
    if name not in commands:
        raise UsageError(_unknown(name, commands))
    command = commands[name]
    if name == "install":
        return install.main(arguments, course.root)
    wants_help = any(each in HELP for each in arguments)
    if command.slug and not wants_help:
        _check_slug(course, name, command, arguments)
    began = time.monotonic()
    if command.groups and (status := install.install(course.root, command.groups)):
        return status
    os.environ["COURSE_INSTALL_SECONDS"] = f"{time.monotonic() - began:.1f}"
    return command.run(course, arguments)


def _unknown(name: str, commands: dict[str, Command]) -> str:
    if name in COMMANDS:
        return f"This copy of the course cannot `{name}`. There are: {', '.join(commands)}."
    close = difflib.get_close_matches(name, commands, 1)
    meant = f" Did you mean `{close[0]}`?" if close else ""
    return f"There is no command {name!r}.{meant} There are: {', '.join(commands)}."


def _check_slug(course: Course, name: str, command: Command, arguments: list[str]) -> None:
    """Refuse a first argument that is not the name of an exercise."""
    known = course.slugs(command.slug)
    there_are = f"There are: {', '.join(known) or f'none in {command.slug}/'}."
    what = "exercise" if command.slug == "exercises" else "assignment"
    if not arguments or arguments[0].startswith("-"):
        if command.optional:
            return
        example = shlex.join(["python", "course.py", name, (known or ["initialization"])[0]])
        raise UsageError(f"Say which {what}: {example}\n{there_are}")
    if arguments[0] not in known:
        close = difflib.get_close_matches(arguments[0], known, 1)
        meant = f" Did you mean {close[0]}?" if close else ""
        raise UsageError(f"There is no {what} {arguments[0]!r}.{meant} {there_are}", 1)
