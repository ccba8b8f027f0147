"""Where jobs run: processes of this machine, or a Dask cluster."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import wait as wait_for_ends
from typing import TypeVar

from grading import submission
from grading.errors import CourseError

PR_SET_PDEATHSIG = 1
LATEST = 10  # seconds for a worker to end
AHEAD = 4  # jobs that wait for each worker, so that none is idle
Job, Result = TypeVar("Job"), TypeVar("Result")


class Pool:
    """Runs jobs on long-lived worker processes and yields results as they come.

    The processes start with the first job, and end with the context.

    Args:
        workers: how many processes of this machine.
        scheduler: the address of a Dask scheduler, such as "tcp://host:8786", instead.
    """

    def __init__(self, workers: int, scheduler: str = ""):
        """Check that there is a worker to have."""
        if workers < 1:
            raise CourseError(f"--workers {workers}: at least one is needed.")
        self.workers, self.scheduler = workers, scheduler
        # Dask distributes by itself: it may see all jobs at once.
        self.ahead = 10_000 if scheduler else workers * AHEAD
        self._open = ExitStack()
        self._executor: Executor | None = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def run(
        self, function: Callable[[Job], Result], jobs: Iterable[tuple[str, Job]]
    ) -> Iterator[tuple[str, Result | Exception]]:
        """Yield (name, result) for each (name, job), in the order in which they end.

        The function, the jobs and the results must pickle.

        What was running when a worker died is tried once more, one at a time, so that a job that
        kills its worker spoils no other; its own result is an exception.

        Raises:
            CourseError: workers die whatever they are given.
        """
        todo, worked = dict(jobs), False
        while todo:
            suspects = {}
            for name, outcome in self._stream(function, todo):
                job = todo.pop(name)
                if isinstance(outcome, BrokenProcessPool):
                    suspects[name] = job
                else:
                    worked = True
                    yield name, outcome
            retried = list(_one_by_one(function, suspects))
            worked |= any(not isinstance(outcome, BrokenProcessPool) for _, outcome in retried)
            if len(retried) > 1 and not worked:
                raise CourseError(
                    "Every worker process ends as soon as it grades something: is there memory "
                    "left, and room in the temporary folder? Nothing was changed."
                )
            yield from retried

    def close(self) -> None:
        """End the processes."""
        self._open.close()
        self._executor = None

    def _stream(
        self, function: Callable[[Job], Result], jobs: dict[str, Job]
    ) -> Iterator[tuple[str, Result | Exception]]:
        """Keep some jobs ahead; yield what is done, until all is or a worker has died."""
        if self._executor is None:
            self._executor = self._open.enter_context(self._start())
        waiting, running, broken = iter(list(jobs.items())), {}, False
        while True:
            while not broken and len(running) < self.ahead and (following := next(waiting, None)):
                name, job = following
                try:
                    running[self._executor.submit(function, job)] = name
                except BrokenProcessPool:  # a worker has died meanwhile; this job never ran
                    broken = True
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = _outcome(future)
                broken |= isinstance(outcome, BrokenProcessPool)
                yield running.pop(future), outcome
        if broken:
            self.close()

    @contextmanager
    def _start(self) -> Iterator[Executor]:
        if self.scheduler:
            client = _dask(self.scheduler)
            try:
                yield client.get_executor(retries=2, pure=False)
            finally:
                client.close()
            return
        # One clean process imports the grader once and forks the workers.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["grading.submission"])
        executor = ProcessPoolExecutor(self.workers, context, initializer=_begin_worker)
        try:
            yield executor
        finally:
            processes = list((executor._processes or {}).values())
            executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()
            for process in processes:
                process.join(LATEST)  # so that they have tidied up before this process ends


def _one_by_one(
    function: Callable[[Job], Result], jobs: dict[str, Job]
) -> Iterator[tuple[str, Result | Exception]]:
    """Run jobs alone, on a new worker after each that dies."""
    with Pool(1) as lone:
        for name, job in jobs.items():
            yield from lone._stream(function, {name: job})


def default_workers() -> int:
    """Return one worker for each processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _outcome(future: Future[Result]) -> Result | Exception:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 (whatever went wrong belongs to this job alone)
        return error


def _begin_worker() -> None:
    """In a worker: leave Ctrl-C to the main process, and end when that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_worker)
    threading.Thread(target=_watch_main, daemon=True).start()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _watch_main() -> None:
    """End when the main process is gone: workers wait for its next job, if need be for ever."""
    wait_for_ends([multiprocessing.parent_process().sentinel])
    _end_worker()


def _end_worker(*_signal: object) -> None:
    """Give back what the worker holds: processes that end so run no exit functions."""
    try:
        submission.close()
    finally:
        os._exit(0)


def _dask(address: str):
    """Connect to a Dask scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise CourseError(
            "--scheduler needs Dask: `.venv/bin/pip install distributed` here and on the workers."
        ) from None
    try:
        return Client(address, timeout=20)
    except OSError as error:
        raise CourseError(f"No Dask scheduler answers at {address}: {error}") from None
