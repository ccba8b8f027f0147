"""Execute chapters in parallel, measured and cached.

    python -m tools.execute [--jobs N]

Each chapter runs in a process and a kernel of its own, alone in an empty folder, as it does for
whoever downloads it. `_build/executed/<slug>.ipynb` is the result: the page with its outputs, and
in its metadata under `course` the key of what it was made from and what it took. The same outputs
go into the jupyter-cache that Sphinx reads.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from tqdm import tqdm

from .course import Chapter, Course, CourseError, code_cells
from .keys import chapter_key

WORKER = Path(__file__).with_name("worker.py")
MAX_PEAK_MIB = 2048
# Over this many times its budget of CPU seconds, a chapter fails.
MAX_OVERRUN = 2
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
        return (_read_course(self.target) or {}).get("key") == self.key


def make_task(course: Course, chapter: Chapter, *, folder: Path, name="", threads=1, **env) -> Task:
    """A task whose result will be `folder/<slug>.ipynb`; `env` adds environment variables."""
    full = kernel_environment(course, threads=threads) | env
    return Task(
        name=name or chapter.slug,
        chapter=chapter,
        target=folder / f"{chapter.slug}.ipynb",
        env=full,
        key=chapter_key(course, chapter, full),
    )


def kernel_environment(course: Course, *, threads: int = 1) -> dict[str, str]:
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
        "PYTHONPATH": str(course.root / "src"),
        "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, not one of the user's
        "IPYTHONDIR": str(course.root / "_build" / ".ipython"),
        "MPLCONFIGDIR": str(course.root / "_build" / ".matplotlib"),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def run_tasks(tasks: Iterable[Task], jobs: int, label: str) -> dict[str, str]:
    """Run the tasks, `jobs` at a time; return what went wrong, by task name.

    Each finished task is on disk at once, so an interrupted run goes on where it stopped.
    """
    tasks = sorted(tasks, key=lambda task: -task.chapter.budget)  # long ones first
    if not tasks:
        return {}
    _build_font_cache(tasks[0].env)
    problems: dict[str, str] = {}
    running: set[str] = set()
    stop = _Stop()
    with (
        ThreadPoolExecutor(jobs) as pool,
        tqdm(total=len(tasks), desc=label, unit="chapter", disable=None) as bar,
        stop.on_interrupt(pool),
    ):

        def run_one(task: Task) -> str | None:
            running.add(task.name)
            bar.set_postfix_str(", ".join(sorted(running)))
            try:
                return _run(task, stop)
            finally:
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


def _run(task: Task, stop: _Stop) -> str | None:
    """Run one task in a worker process; write its result, or say what went wrong."""
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        path = Path(folder) / "chapter.ipynb"
        notebook = deepcopy(task.chapter.notebook)
        notebook.metadata.pop("source_map", None)
        nbformat.write(notebook, path)
        # A guard against a cell that hangs; what a chapter may take is its CPU seconds.
        timeout = int(max(600, 20 * task.chapter.budget))
        worker = stop.start(
            [sys.executable, str(WORKER), str(path), folder, str(timeout)],
            env=task.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, err = worker.communicate()
        stop.forget(worker)
        if worker.returncode:
            return f"{task.name}: the worker process ended with {worker.returncode}\n{err.strip()}"
        report = json.loads(out.splitlines()[-1])
        failure = report.pop("failure")
        if failure:
            return _describe(task.chapter, failure["cell"], failure["error"], failure["message"])
        executed = nbformat.read(path, as_version=4)
    executed.metadata["course"] = {
        "key": task.key,
        **report,
        "budget_cpu_seconds": task.chapter.budget,
    }
    write_notebook(executed, task.target)
    return None


def check_result(chapter: Chapter, executed: NotebookNode) -> list[str]:
    """What is wrong with a chapter that ran to its end: stderr, CPU seconds, memory."""
    problems = []
    for index, cell in enumerate(executed.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                text = output.text.strip()
                message = "the cell wrote to stderr. Mend the cause of the message."
                problems.append(_describe(chapter, index, "stderr", f"{message}\n{text}"))
    took = executed.metadata.course
    limit = MAX_OVERRUN * chapter.budget
    if took["cpu_seconds"] > limit:
        problems.append(
            f"{chapter.slug}: executing it took {took['cpu_seconds']:.1f} CPU seconds; its budget "
            f"is {chapter.budget:g}, and more than {limit:g} is too much. Make the chapter "
            f"cheaper, or raise `course: {{cpu_seconds: ...}}` in {chapter.path.name}."
        )
    if took["peak_mib"] > MAX_PEAK_MIB:
        problems.append(
            f"{chapter.slug}: executing it took {took['peak_mib']:,} MiB of memory; a chapter may "
            f"take {MAX_PEAK_MIB:,}. Use smaller arrays, or free them."
        )
    return problems


def execute_book(course: Course, jobs: int) -> list[str]:
    """Execute what is out of date and fill the jupyter-cache; return what is wrong."""
    tasks = {
        slug: make_task(course, chapter, folder=course.executed)
        for slug, chapter in course.chapters.items()
    }
    due = [task for task in tasks.values() if not task.is_done()]
    print(f"{len(tasks)} chapters, {len(due)} to execute, {min(jobs, len(due))} at a time.")
    failures = run_tasks(due, jobs, "executing")
    _remove_strangers(course)
    problems = list(failures.values())
    for slug in tasks.keys() - failures.keys():
        executed = _refresh(tasks[slug])
        problems += check_result(course.chapters[slug], executed)
    if not problems:
        fill_cache(course)
    return problems


def fill_cache(course: Course) -> None:
    """Put every executed chapter where myst-nb looks, so that Sphinx executes nothing."""
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    course.jupyter_cache.parent.mkdir(parents=True, exist_ok=True)
    cache = get_cache(str(course.jupyter_cache))
    known = {record.hashkey: record.data for record in cache.list_cache_records()}
    for slug, source in course.notebooks.items():
        took = {"key": ""}  # a page without code needs an entry too
        notebook = source
        if slug in course.chapters:
            executed = nbformat.read(course.executed / f"{slug}.ipynb", as_version=4)
            notebook, took = _merge(source, executed), executed.metadata.course
        _, wanted = cache.create_hashed_notebook(source)
        if known.get(wanted, {}).get("key") == took["key"]:
            continue
        cache.cache_notebook_bundle(
            CacheBundleIn(
                notebook,
                uri=str(course.pages[slug]),
                data={"key": took["key"], "execution_seconds": took.get("wall_seconds", 0)},
            ),
            check_validity=False,
            overwrite=True,
        )
        if cache.match_cache_notebook(source).hashkey != wanted:
            raise CourseError(f"{slug}: its outputs are not where Sphinx will look for them")


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write all or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        nbformat.write(notebook, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _merge(source: NotebookNode, executed: NotebookNode) -> NotebookNode:
    """The page as it is now, with the outputs of its run."""
    merged = deepcopy(source)
    merged.metadata.pop("source_map", None)
    for name in ("kernelspec", "language_info", "widgets", "course"):
        if name in executed.metadata:
            merged.metadata[name] = deepcopy(executed.metadata[name])
    for cell, run in zip(code_cells(merged), code_cells(executed), strict=True):
        cell.outputs, cell.execution_count = run.outputs, run.execution_count
    for index, cell in enumerate(merged.cells):
        cell.id = f"cell-{index}"  # myst-nb draws random ids; the same page is the same file
    return merged


def _refresh(task: Task) -> NotebookNode:
    """Bring the prose and the budget in an executed notebook up to date with the page."""
    executed = nbformat.read(task.target, as_version=4)
    merged = _merge(task.chapter.notebook, executed)
    merged.metadata.course["budget_cpu_seconds"] = task.chapter.budget
    if merged != executed:
        write_notebook(merged, task.target)
    return merged


def _remove_strangers(course: Course) -> None:
    """Delete results of pages that the book no longer has."""
    for path in course.executed.rglob("*.ipynb"):
        slug = path.relative_to(course.executed).with_suffix("").as_posix()
        if slug not in course.chapters:
            path.unlink()


def _describe(chapter: Chapter, index: int, error: str, message: str) -> str:
    code = chapter.notebook.cells[index].source.strip()
    first = code.splitlines()[0] if code else "(empty cell)"
    lines = "\n    ".join(message.splitlines())
    return (
        f"{chapter.slug}: {chapter.path.name}, line {chapter.line(index)}, the cell that begins\n"
        f"    {first}\n  {error}: {lines}"
    )


def _read_course(path: Path) -> dict | None:
    try:
        return json.loads(path.read_text("utf-8"))["metadata"]["course"]
    except (OSError, ValueError, KeyError):
        return None  # not there, or cut short: to be made again


def _took(path: Path) -> str:
    took = _read_course(path)
    return (
        f"{took['cpu_seconds']:.1f} CPU s of {took['budget_cpu_seconds']:g}, "
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


def report(problems: list[str]) -> None:
    """Print what is wrong, apart from everything printed before."""
    for problem in problems:
        print(f"\n{problem}", file=sys.stderr)


def default_jobs() -> int:
    """`JOBS`, or one worker a core."""
    given = os.environ.get("JOBS", "").strip()
    if not given:
        count = getattr(os, "process_cpu_count", os.cpu_count)
        return count() or 1
    if not given.isdigit() or int(given) < 1:
        raise CourseError(f"JOBS={given!r} is not a number of workers. Set it to 1 or more.")
    return int(given)


def run_command(command: Callable[[], int]) -> None:
    """Run a tool's main function: turn what users can mend into one sentence."""
    try:
        sys.exit(command())
    except CourseError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. What was finished is kept; the same command goes on from here.")


def main(argv: list[str] | None = None) -> int:
    """Execute every chapter that is out of date."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--root", type=Path, default=Path.cwd())
    parser.add_argument("--jobs", type=int)
    options = parser.parse_args(argv)
    course = Course(options.root.resolve())
    problems = execute_book(course, options.jobs or default_jobs())
    report(problems)
    if not problems:
        print(f"Executed notebooks: {course.executed}")
    return 1 if problems else 0


if __name__ == "__main__":
    run_command(main)
