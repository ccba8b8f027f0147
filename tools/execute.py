"""Execute chapters in parallel, measured and cached.

    python -m tools.execute [--jobs N] [--chapter SLUG]

Each chapter runs in a process and a kernel of its own, alone in an empty folder, as it does for
whoever downloads it. What it takes is counted in units of work, so that a slow machine is not a
dear chapter. A chapter over twice its budget is a warning; where `CI=true`, it is a failure.
"""

import argparse
import json
import os
import queue
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from tqdm import tqdm

from .book import Book, BookError, Chapter
from .cache import fill_jupyter_cache, read_course, refresh, remove_strangers, write_notebook
from .command import is_ci, report, run_command
from .keys import chapter_key
from .work import Meter

WORKER = Path(__file__).with_name("worker.py")
MAX_PEAK_MIB = 2048
# Over this many times its budget of work, a chapter is too dear.
MAX_OVERRUN = 2
# Seconds after which a cell is taken to hang, where a unit of work takes one second.
PATIENCE = 3600
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


@dataclass(frozen=True)
class Task:
    """One chapter to run in one environment."""

    name: str
    chapter: Chapter
    target: Path
    env: dict[str, str]
    key: str

    def is_done(self) -> bool:
        """Whether the result on disk was made from what is there now."""
        return (read_course(self.target) or {}).get("key") == self.key


def make_task(book: Book, chapter: Chapter, *, folder: Path, name="", threads=1, **env) -> Task:
    """A task whose result will be `folder/<slug>.ipynb`; `env` adds environment variables."""
    full = kernel_environment(book, threads=threads) | env
    return Task(
        name=name or chapter.slug,
        chapter=chapter,
        target=folder / f"{chapter.slug}.ipynb",
        env=full,
        key=chapter_key(book, chapter, full),
    )


def kernel_environment(book: Book, *, threads: int = 1) -> dict[str, str]:
    """The environment of a chapter's kernel: nothing of the user's own settings shows."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"MPLBACKEND", "HELPERS_CLAIMS", "PYTHONWARNINGS"}
    }
    env.setdefault("HELPERS_SEED", "0")
    return env | {
        **dict.fromkeys(_THREADS, str(threads)),
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin for work starve the other chapters
        # glibc gives large arrays back to the system at once, and asks it for the same pages again.
        "MALLOC_MMAP_THRESHOLD_": "1000000000",
        "MALLOC_TRIM_THRESHOLD_": "1000000000",
        "TQDM_DISABLE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(book.root / "src"),
        "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, not one of the user's
        "IPYTHONDIR": str(book.root / "_build" / ".ipython"),
        "MPLCONFIGDIR": str(book.root / "_build" / ".matplotlib"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def run_tasks(tasks: Iterable[Task], jobs: int, label: str) -> dict[str, str]:
    """Run the tasks, `jobs` at a time; return what went wrong, by task name.

    Each finished task is on disk at once, so an interrupted run goes on where it stopped.
    """
    tasks = longest_first(tasks)
    if not tasks:
        return {}
    _build_font_cache(tasks[0].env)
    problems: dict[str, str] = {}
    running: set[str] = set()
    stop = _Stop()
    with (
        ExitStack() as stack,
        ThreadPoolExecutor(jobs) as pool,
        tqdm(total=len(tasks), desc=label, unit="chapter", disable=None) as bar,
        stop.on_interrupt(pool),
    ):
        meters: queue.SimpleQueue[Meter] = queue.SimpleQueue()
        for _ in range(min(jobs, len(tasks))):
            meters.put(stack.enter_context(closing(Meter(tasks[0].env))))

        def run_one(task: Task) -> str | None:
            running.add(task.name)
            bar.set_postfix_str(", ".join(sorted(running)))
            meter = meters.get()
            try:
                return _run(task, stop, meter)
            finally:
                meters.put(meter)
                running.discard(task.name)

        futures = {pool.submit(run_one, task): task for task in tasks}
        for future in as_completed(futures):
            task, problem = futures[future], future.result()
            if problem:
                problems[task.name] = problem
            tqdm.write(f"  {task.name}: {'FAILED' if problem else _took(task.target)}")
            bar.update()
            bar.set_postfix_str(", ".join(sorted(running)))
    return problems


class _Stop:
    """Ends the worker processes when the user presses Ctrl-C."""

    def __init__(self):
        self.lock = threading.Lock()
        self.processes: set[subprocess.Popen] = set()
        self.asked = False

    @contextmanager
    def on_interrupt(self, pool: ThreadPoolExecutor):
        try:
            yield
        except BaseException:
            with self.lock:
                self.asked = True
                for process in self.processes:
                    process.send_signal(signal.SIGTERM)  # its kernel sees the parent go, and ends
            pool.shutdown(wait=False, cancel_futures=True)
            raise

    def start(self, command: list[str], **options) -> subprocess.Popen:
        with self.lock:
            if self.asked:
                raise KeyboardInterrupt
            process = subprocess.Popen(command, start_new_session=True, **options)
            self.processes.add(process)
        return process

    def forget(self, process: subprocess.Popen) -> None:
        with self.lock:
            self.processes.discard(process)


def _run(task: Task, stop: _Stop, meter: Meter) -> str | None:
    """Run one task in a worker process; write its result, or say what went wrong."""
    units = meter.read()
    # A guard against a cell that hangs; what a chapter may take is its work.
    timeout = int(PATIENCE * max(1, *units))
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        path = Path(folder) / "chapter.ipynb"
        notebook = deepcopy(task.chapter.notebook)
        notebook.metadata.pop("source_map", None)
        nbformat.write(notebook, path)
        worker = stop.start(
            [sys.executable, "-P", str(WORKER), str(path), folder, str(timeout)],
            env=task.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, err = worker.communicate()
        stop.forget(worker)
        if worker.returncode:
            return f"{task.name}: the worker process ended with {worker.returncode}\n{err.strip()}"
        took = json.loads(out.splitlines()[-1])
        failure = took.pop("failure")
        if failure:
            return _describe(task.chapter, failure["cell"], failure["error"], failure["message"])
        executed = nbformat.read(path, as_version=4)
    unit = statistics.median(units + meter.read())
    executed.metadata["course"] = {
        "key": task.key,
        **took,
        "unit_seconds": round(unit, 3),
        "work": round(took["cpu_seconds"] / unit, 1),
        "budget": task.chapter.budget,
    }
    write_notebook(executed, task.target)
    return None


@dataclass
class Outcome:
    """What is wrong after a run: problems stop the build, warnings are for the authors."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def stderr_of(chapter: Chapter, executed: NotebookNode) -> list[str]:
    """A problem for each message that a chapter's cells wrote to stderr."""
    return [
        _describe(
            chapter,
            index,
            "stderr",
            f"the cell wrote to stderr. Mend the cause of the message.\n{output.text.strip()}",
        )
        for index, cell in enumerate(executed.cells)
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]


def overruns(chapter: Chapter, took: dict) -> list[str]:
    """In what a run was too dear: work, memory."""
    found = []
    limit = MAX_OVERRUN * chapter.budget
    if took["work"] > limit:
        found.append(
            f"{chapter.slug}: executing it took {took['work']:.1f} units of work; its budget is "
            f"{chapter.budget:g}, and more than {limit:g} is too much. Make the chapter cheaper, "
            f"or raise `course: {{work: ...}}` in {chapter.path.name}."
        )
    if took["peak_mib"] > MAX_PEAK_MIB:
        found.append(
            f"{chapter.slug}: executing it took {took['peak_mib']:,} MiB of memory; a chapter may "
            f"take {MAX_PEAK_MIB:,}. Use smaller arrays, or free them."
        )
    return found


def execute_book(book: Book, jobs: int, slugs: Iterable[str] | None = None) -> Outcome:
    """Execute what is out of date, of these chapters or of all, and fill the jupyter-cache.

    Where CI checks the course, a chapter that was too dear is measured again: a measurement of a
    bad moment does not stay a verdict.
    """
    chapters = [book.chapters[slug] for slug in (book.chapters if slugs is None else slugs)]
    tasks = {each.slug: make_task(book, each, folder=book.executed) for each in chapters}
    strict = is_ci()
    due = [task for task in tasks.values() if not task.is_done() or (strict and _was_dear(task))]
    count = f"{len(tasks)} chapter{'s' if len(tasks) > 1 else ''}"
    print(f"{count}, {len(due)} to execute, {min(jobs, len(due))} at a time.")
    failures = run_tasks(due, jobs, "executing")
    remove_strangers(book)
    outcome = Outcome(problems=list(failures.values()))
    for slug in tasks.keys() - failures.keys():
        executed = refresh(book.chapters[slug], tasks[slug].target)
        outcome.problems += stderr_of(book.chapters[slug], executed)
        if tasks[slug] in due:
            dear = overruns(book.chapters[slug], executed.metadata.course)
            (outcome.problems if strict else outcome.warnings).extend(dear)
    if not outcome.problems:
        plain = book.notebooks.keys() - book.chapters.keys()
        fill_jupyter_cache(book, [*tasks, *plain])
    return outcome


def _was_dear(task: Task) -> bool:
    return bool(overruns(task.chapter, read_course(task.target)))


def longest_first(tasks: Iterable[Task]) -> list[Task]:
    """The tasks by the work of their last run, or by their budget where there was none."""

    def expected_work(task: Task) -> float:
        return (read_course(task.target) or {}).get("work", task.chapter.budget)

    return sorted(tasks, key=expected_work, reverse=True)


def _describe(chapter: Chapter, index: int, error: str, message: str) -> str:
    code = chapter.notebook.cells[index].source.strip()
    first = code.splitlines()[0] if code else "(empty cell)"
    lines = "\n    ".join(message.splitlines())
    return (
        f"{chapter.slug}: {chapter.path.name}, line {chapter.line(index)}, the cell that begins\n"
        f"    {first}\n  {error}: {lines}"
    )


def _took(path: Path) -> str:
    took = read_course(path)
    return (
        f"{took['cpu_seconds']:.0f} CPU s, {took['work']:.0f} units of work of {took['budget']:g}, "
        f"{took['peak_mib']:,} MiB"
    )


def _build_font_cache(env: dict[str, str]) -> None:
    # Matplotlib's first import lists the system's fonts and, when that takes long, says so
    # on stderr: do it here, once, not in every chapter.
    subprocess.run(
        [sys.executable, "-c", "import matplotlib.font_manager"],
        env=env,
        check=False,
        capture_output=True,
    )


def default_jobs() -> int:
    """`JOBS`, or one worker a core."""
    given = os.environ.get("JOBS", "").strip()
    if not given:
        count = getattr(os, "process_cpu_count", os.cpu_count)
        return count() or 1
    if not given.isdigit() or int(given) < 1:
        raise BookError(f"JOBS={given!r} is not a number of workers. Set it to 1 or more.")
    return int(given)


def chosen_chapter(book: Book, slug: str) -> str:
    """The slug, when it is a chapter's.

    Raises:
        BookError: it is not; the message lists those that are.
    """
    if slug not in book.chapters:
        known = ", ".join(book.chapters)
        raise BookError(f"there is no chapter {slug!r}; there are: {known}")
    return slug


def report_outcome(outcome: Outcome) -> None:
    """Print problems and warnings, apart from everything printed before."""
    report(outcome.problems)
    report(f"warning: {each} The book is built all the same." for each in outcome.warnings)


def main(argv: list[str] | None = None) -> int:
    """Execute every chapter that is out of date, or one."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--jobs", type=int)
    parser.add_argument("--chapter")
    options = parser.parse_args(argv)
    book = Book(options.root.resolve())
    slugs = [chosen_chapter(book, options.chapter)] if options.chapter else None
    outcome = execute_book(book, options.jobs or default_jobs(), slugs)
    report_outcome(outcome)
    if not outcome.problems:
        print(f"Executed notebooks: {book.executed}")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    run_command(main)
