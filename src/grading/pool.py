"""Where jobs run: processes of this machine, or a Dask cluster."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from grading import worker
from grading.course import CourseError

PR_SET_PDEATHSIG = 1
AHEAD = 4  # jobs that wait for each worker, so that none is idle


class Pool:
    """Runs jobs on long-lived worker processes and yields results as they come.

    Args:
        workers: how many processes of this machine.
        scheduler: the address of a Dask scheduler, such as "tcp://host:8786", instead.
    """

    def __init__(self, workers: int, scheduler: str = ""):
        """Check that there is a worker to have."""
        if workers < 1:
            raise CourseError(f"--workers {workers}: at least one is needed.")
        self.workers, self.scheduler = workers, scheduler

    def run(
        self, function: Callable[[dict], dict], jobs: Iterable[tuple[str, dict]]
    ) -> Iterator[tuple[str, dict | Exception]]:
        """Yield (name, result) for each (name, job), in the order in which they end.

        A job whose worker dies is tried once more, alone; then its result is the exception.
        """
        todo, tries = dict(jobs), {}
        while todo:
            broken = []
            with self._executor(len(todo)) as (executor, ahead):
                for name, outcome in _stream(executor, function, todo, ahead):
                    if isinstance(outcome, BrokenProcessPool):
                        broken.append(name)
                        continue
                    del todo[name]
                    yield name, outcome
            for name in broken:
                tries[name] = tries.get(name, 0) + 1
                if tries[name] > 2:
                    del todo[name]
                    yield name, RuntimeError("its worker process ended three times")

    @contextmanager
    def _executor(self, jobs: int) -> Iterator[tuple[Executor, int]]:
        if self.scheduler:
            client = _dask(self.scheduler)
            try:
                # Dask distributes by itself: it may see all jobs at once, and retries them.
                yield client.get_executor(retries=2, pure=False), 10_000
            finally:
                client.close()
            return
        # One clean process imports the grader once and forks the workers.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["grading.worker"])
        executor = ProcessPoolExecutor(min(self.workers, jobs), context, initializer=_begin_worker)
        try:
            yield executor, self.workers * AHEAD
        finally:
            processes = list((executor._processes or {}).values())
            executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()


def default_workers() -> int:
    """Return one worker for each processor that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _stream(
    executor: Executor, function: Callable, todo: dict[str, dict], ahead: int
) -> Iterator[tuple[str, dict | Exception]]:
    """Keep `ahead` jobs in the executor; yield what is done."""
    waiting, running = list(todo.items()), {}
    while waiting or running:
        while waiting and len(running) < ahead:
            name, job = waiting.pop(0)
            try:
                running[executor.submit(function, job)] = name
            except BrokenProcessPool as error:
                yield name, error
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            yield running.pop(future), _outcome(future)


def _outcome(future: Future) -> dict | Exception:
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 (whatever went wrong belongs to this job alone)
        return error


def _begin_worker() -> None:
    """In a worker: leave Ctrl-C to the main process, and end when that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_worker)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_worker(*_signal: object) -> None:
    """Give back what the worker holds: processes that end so run no exit functions."""
    try:
        worker.close()
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
