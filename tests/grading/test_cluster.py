"""The same work on a Dask cluster, one of whose workers is killed half way."""

import os
import signal
import subprocess
import sys
import time

import pytest
from classroom import marks, runs_of
from tiny_course import RIGHT

from grading import grade

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.filterwarnings("ignore:Object of type"),
]
STUDENTS = 10


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two worker processes: (address, workers)."""
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*command, "--scheduler-file", str(file)], **quiet)
    command = [*dask, "worker", "--scheduler-file", str(file), "--nthreads", "1", "--no-dashboard"]
    command += ["--no-nanny", "--local-directory", str(tmp_path)]
    workers = [subprocess.Popen(command, cwd=tmp_path, **quiet) for _ in range(2)]
    end = time.monotonic() + 60
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.1)
    import json

    yield json.loads(file.read_text())["address"], workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


def test_a_killed_worker_costs_nobody_a_mark(cluster, tiny, submit):
    address, workers = cluster
    slow = "import time\ntime.sleep(0.5)\n" + RIGHT
    for number in range(STUDENTS):
        submit(f"s{number}", slow)
    process = subprocess.Popen(
        [sys.executable, "-m", "grading.grade", "tiny", "--scheduler", address], cwd=tiny
    )
    while process.poll() is None and not any(runs_of(tiny, f"s{i}") for i in range(STUDENTS)):
        time.sleep(0.05)
    os.kill(workers[0].pid, signal.SIGKILL)
    assert process.wait() == 0
    assert marks(tiny) == {f"s{number}": 2 for number in range(STUDENTS)}
    assert [runs_of(tiny, f"s{number}") for number in range(STUDENTS)] == [1] * STUDENTS


def test_a_scheduler_that_is_not_there_is_named(tiny, submit, capsys):
    submit("ann", RIGHT)
    assert grade.main(["tiny", "--scheduler", "tcp://127.0.0.1:9"]) == 1
    assert "No Dask scheduler answers at tcp://127.0.0.1:9" in capsys.readouterr().err
