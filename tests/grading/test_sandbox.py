"""The sandbox by itself, and as a kernel that jupyter starts by its name."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from attacks import SLUG, dumped, solution
from classroom import write_course
from jupyter_client.manager import AsyncKernelManager

from grading import submission
from grading.course import Course
from grading.kernels import sandboxed, wait_for
from grading.sandbox import bubblewrap, seccomp
from grading.sandbox.bubblewrap import SandboxMissing
from grading.sandbox.limits import Limits
from grading.sandbox.server import KernelServer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("sandbox")]


async def printed(manager, code: str) -> str:
    """Start the manager's kernel, run `code`, return what it printed or raised."""
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    found = []

    def keep(message):
        content = message["content"]
        found.append(content.get("text") or content.get("ename") or "")

    try:
        await client.wait_for_ready(timeout=60)
        await client._async_execute_interactive(code, output_hook=keep, timeout=60)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    return "".join(found)


@pytest.fixture(scope="module")
def server():
    with KernelServer(preload=["torch", "helpers.compute"], limits=Limits()) as server:
        yield server


def run(server, code):
    return wait_for(printed(sandboxed(server), code))


def test_a_kernel_is_started_by_its_name():
    manager = AsyncKernelManager(kernel_name="course-sandbox")
    assert wait_for(printed(manager, "import os; print(os.getuid())")) == "65534\n"


def test_torch_and_the_helpers_are_there_and_nothing_else_is(server):
    assert (
        run(server, "import torch, helpers.compute; print(torch.ones(2).sum().item())") == "2.0\n"
    )
    assert run(server, "import grading") == "ModuleNotFoundError"
    assert "solutions" not in run(server, "import os; print(os.listdir('/'))")


def test_a_kernel_finds_nothing_of_the_one_before(server):
    run(server, "open('/tmp/left', 'w').write('x'); import torch; torch.mark = 1")
    code = "import os, torch; print(os.path.exists('/tmp/left'), hasattr(torch, 'mark'))"
    assert run(server, code) == "False False\n"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("open('/x', 'w')", "OSError"),
        ("open('/usr/x', 'w')", "OSError"),
        ("import socket; socket.create_connection(('1.1.1.1', 53), 1)", "OSError"),
        ("import ctypes; print(ctypes.CDLL(None).unshare(0x10000000))", "-1\n"),
        ("import ctypes; print(ctypes.CDLL(None).ptrace(16, 1, 0, 0))", "-1\n"),
        ("print([l for l in open('/proc/self/status') if 'CapEff' in l][0][-5:])", "0000\n\n"),
        ("import os; print(sorted(os.environ)[0])", "CLICOLOR\n"),
    ],
)
def test_what_is_refused(server, code, answer):
    assert run(server, code) == answer


def test_a_sandbox_that_somebody_ends_costs_nobody_a_mark(tmp_path):
    write_course(tmp_path, SLUG, solution())
    grader = submission.Grader.of(Course(tmp_path), SLUG)
    content = dumped(first="import time; time.sleep(3)")
    with ThreadPoolExecutor(1) as pool:
        verdict = pool.submit(grader.grade, content)
        while not (submission._kept.server and submission._kept.server.running):
            time.sleep(0.05)
        submission._kept.server._process.kill()
        tests = verdict.result().tests
        assert (verdict.result().status, len(tests)) == ("graded", 2)
        assert all(item.points for item in tests.values())
        pool.submit(submission.close).result()


def test_where_namespaces_are_off_it_says_what_to_do(monkeypatch):
    bubblewrap.require.cache_clear()
    answer = subprocess.CompletedProcess([], 1, "", "bwrap: No permissions to create a namespace")
    monkeypatch.setattr(bubblewrap.subprocess, "run", lambda *a, **k: answer)
    with pytest.raises(SandboxMissing, match="No permissions.*unprivileged_userns_clone"):
        bubblewrap.require()
    bubblewrap.require.cache_clear()


def test_an_unknown_machine_gets_no_filter(monkeypatch):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "pdp11")
    with pytest.raises(OSError, match="no system call filter for pdp11"):
        seccomp.refuse()


def test_limits_must_be_positive():
    with pytest.raises(ValueError, match="cell=0"):
        Limits(cell=0)
