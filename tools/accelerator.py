"""Run the whole book on this machine's accelerator: claims, and seconds beside the CPU's.

    python -m tools.accelerator [--minutes 8] [--chapter SLUG]

Needs what `make book` has installed, with any torch from 2.11 on, and no network: it installs
nothing. It stops when its minutes are over, and the same command goes on from there. Executed
notebooks are kept in `_build/accelerator/<device>/`. What the CPU takes comes from the last
`make book`; chapters that it has not executed are run on the CPU in the minutes that are left.
"""

import argparse
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from .book import Book, BookError
from .execute import Task, default_jobs, make_task, report, run_command, run_tasks
from .findings import findings

OLDEST_TORCH = (2, 11)
_GRACE = 10  # seconds that a stopped chapter gets to end its kernel


@dataclass
class Result:
    """What a chapter did on the accelerator.

    Attributes:
        seconds: from its first cell to its last; None if it did not get there.
        cpu_seconds: of the same chapter on the CPU; None if that is not known.
        claims: how many there were.
        problems: sentences: an error, a failed claim, a message on stderr.
        stopped: the minutes were over.
    """

    slug: str
    seconds: float | None = None
    cpu_seconds: float | None = None
    claims: int = 0
    problems: list[str] = field(default_factory=list)
    stopped: bool = False

    @property
    def verdict(self) -> str:
        """The last column of the table."""
        if self.stopped:
            return "not run: no time was left"
        return f"{len(self.problems)} problems, below" if self.problems else "ok"


def folder_of(course: Book, where: str) -> Path:
    """Where a device's executed notebooks are kept: "cuda:1" is "cuda"."""
    return course.root / "_build" / "accelerator" / where.partition(":")[0]


def chapter_task(course: Book, slug: str, where: str) -> Task:
    """The run of a chapter on a device; its claims are recorded, and judged afterwards."""
    chapter = course.chapters[slug]
    env = {"HELPERS_DEVICE": where, "HELPERS_CLAIMS": "collect"}
    name = f"{slug} on {where}"
    return make_task(course, chapter, folder=folder_of(course, where), name=name, **env)


def judge(task: Task) -> Result:
    """What a finished run shows."""
    notebook = nbformat.read(task.target, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    claims = findings(notebook)
    problems = [
        f"the claim does not hold: {claim.statement} (measured {claim.shown}, required "
        f"{claim.range})"
        for claim in claims
        if not claim.holds
    ]
    problems += [
        f"a cell wrote to stderr: {output.text.strip()}"
        for output in outputs
        if output.output_type == "stream" and output.name == "stderr"
    ]
    seconds = notebook.metadata.course["wall_seconds"]
    return Result(task.chapter.slug, seconds, claims=len(claims), problems=problems)


def run_all(tasks: Iterable[Task], root: Path, until: float, jobs: int) -> dict[str, Result]:
    """Run each task in a process of this module, `jobs` at a time, until the clock says `until`."""
    tasks = sorted(tasks, key=lambda task: -task.chapter.budget)  # long ones first

    def run_one(task: Task) -> Result:
        result = _run_one(task, root, until)
        state = result.verdict if result.seconds is None else f"{result.seconds:.0f} s"
        print(f"  {task.name}: {state}", flush=True)
        return result

    with ThreadPoolExecutor(jobs) as pool:
        return {result.slug: result for result in pool.map(run_one, tasks)}


def _run_one(task: Task, root: Path, until: float) -> Result:
    slug, where = task.chapter.slug, task.env["HELPERS_DEVICE"]
    if not task.is_done():
        left = until - time.monotonic()
        if left <= 0:
            return Result(slug, stopped=True)
        command = [sys.executable, "-m", __spec__.name, "--root", str(root), "--chapter", slug]
        process = subprocess.Popen(
            [*command, "--on", where],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            message = process.communicate(timeout=left)[1]
        except subprocess.TimeoutExpired:
            _stop(process)
            return Result(slug, stopped=True)
        if not task.is_done():
            return Result(slug, problems=[message.strip() or "the process ended without a word"])
    return judge(task)


def _stop(process: subprocess.Popen) -> None:
    """End a chapter as Ctrl-C does, so that its kernel ends, too."""
    process.send_signal(signal.SIGINT if sys.platform != "win32" else signal.SIGTERM)
    try:
        process.communicate(timeout=_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def cpu_seconds(executed: Path) -> float | None:
    """What executing a notebook took; None if there is none."""
    try:
        return float(nbformat.read(executed, as_version=4).metadata["course"]["cpu_seconds"])
    except (OSError, KeyError, ValueError):
        return None


def table(results: Iterable[Result], where: str) -> str:
    """One line per chapter: seconds here, seconds of the CPU, their ratio, claims, verdict."""
    lines = [f"{'chapter':<22}{where:>8}{'CPU':>8}{'ratio':>7}{'claims':>8}  verdict"]
    for each in results:
        ratio = each.cpu_seconds and each.seconds and each.cpu_seconds / each.seconds
        lines.append(
            f"{each.slug:<22}{_number(each.seconds, 0):>8}{_number(each.cpu_seconds, 0):>8}"
            f"{_number(ratio, 2):>7}{each.claims:>8}  {each.verdict}"
        )
    return "\n".join(lines)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def summary(results: list[Result], where: str, took: float) -> str:
    """The closing line."""
    good = sum(each.verdict == "ok" for each in results)
    stopped = sum(each.stopped for each in results)
    claims = sum(each.claims for each in results)
    return (
        f"{good} of {len(results)} chapters are right on {where} ({claims} claims checked), "
        f"{len(results) - good - stopped} are not, {stopped} did not run; it took {took:.0f} s."
    )


def find_accelerator() -> tuple[str, str]:
    """The device to run on, and torch's version.

    Raises:
        BookError: there is none, or torch is too old.
    """
    import torch  # takes seconds; the process of a single chapter does without

    from helpers.compute import DeviceError, device

    try:
        where = device()
    except DeviceError as error:
        raise BookError(str(error)) from None
    if where.type == "cpu":
        raise BookError(
            f"no accelerator was found: torch {torch.__version__} sees only the CPU here, and "
            "`make book` runs the book on that."
        )
    version = tuple(map(int, re.findall(r"\d+", torch.__version__)[:2]))
    if version < OLDEST_TORCH:
        raise BookError(
            f"torch {torch.__version__} is too old: the book needs "
            f"{'.'.join(map(str, OLDEST_TORCH))} or newer"
        )
    return str(where), torch.__version__


def one_chapter(course: Book, slug: str, where: str) -> int:
    """Run one chapter, in this process's time; what fails goes to stderr."""
    problems = run_tasks([chapter_task(course, slug, where)], 1, "running")
    report(list(problems.values()))
    return 1 if problems else 0


def main(argv: list[str] | None = None) -> int:
    """Run the book on the accelerator; 1 if a chapter fails, a claim too, or the time is up."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=8, help="when to stop (8)")
    parser.add_argument("--chapter", help="only this one")
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--on", help=argparse.SUPPRESS)  # a run of one chapter by `run_all`
    options = parser.parse_args(argv)
    course = Book(options.root.resolve())
    if options.on:
        return one_chapter(course, options.chapter, options.on)
    began = time.monotonic()
    until = began + 60 * options.minutes
    where, version = find_accelerator()
    if options.chapter and options.chapter not in course.chapters:
        there = ", ".join(course.chapters)
        raise BookError(f"there is no chapter {options.chapter!r}; there are: {there}")
    slugs = [options.chapter] if options.chapter else list(course.chapters)
    jobs = min(default_jobs(), len(slugs))
    print(
        f"{len(slugs)} chapters on {where}, torch {version}, {jobs} at a time.",
        flush=True,
    )

    tasks = [chapter_task(course, slug, where) for slug in slugs]
    results = run_all(tasks, course.root, until, jobs)
    known = {slug: course.executed / f"{slug}.ipynb" for slug in slugs}
    unknown = [slug for slug in slugs if cpu_seconds(known[slug]) is None]
    on_cpu = [chapter_task(course, slug, "cpu") for slug in unknown]
    run_all(on_cpu, course.root, until, jobs)
    known |= {task.chapter.slug: task.target for task in on_cpu}
    for slug in slugs:
        results[slug].cpu_seconds = cpu_seconds(known[slug])
    ordered = [results[slug] for slug in slugs]

    print(f"\n{table(ordered, where)}")
    report(f"{each.slug}: {problem}" for each in ordered for problem in each.problems)
    print(f"\n{summary(ordered, where, time.monotonic() - began)}")
    print(f"Executed notebooks: {folder_of(course, where)}")
    return 0 if all(each.verdict == "ok" for each in ordered) else 1


if __name__ == "__main__":
    run_command(main)
