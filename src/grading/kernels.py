"""Where kernels come from: the sandbox, or, if the instructor insists, plain processes."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty

import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import Type

from grading.sandbox.bubblewrap import ENVIRONMENT
from grading.sandbox.provisioner import SandboxProvisioner
from grading.sandbox.server import KernelServer

NAME = "course-sandbox"
LARGEST_MESSAGE = 32 * 2**20  # bytes; a kernel that sends more is cut off
# What of the sandbox's environment decides marks, on any system.
EVERYWHERE = (
    *("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TQDM_DISABLE", "NBGRADER_EXECUTION"),
    *("HELPERS_DEVICE", "PYTHONHASHSEED"),
)
WAITING_MESSAGES = 64  # of each socket; more wait in the sandbox, at its cost


class PromptClient(AsyncKernelClient):
    """A client that goes on as soon as its kernel answers."""

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait for an answer, and for the first thing published.

        The base class then waits until nothing has been published for 0.2 s. Whoever takes in
        what belongs to their own requests, as `notebook_run.Client` does, need not.
        """
        end = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < end:
            self.kernel_info()
            with suppress(Empty):
                reply = await self._async_get_shell_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply":
                    await self._async_get_iopub_msg(timeout=0.2)
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before it answered")
        raise RuntimeError(f"Kernel did not answer in {timeout} seconds")

    wait_for_ready = _async_wait_for_ready


class SandboxedKernelManager(AsyncKernelManager):
    """Starts its kernels in one `KernelServer`."""

    server: KernelServer
    client_factory = Type(PromptClient)

    @property
    def kernel_spec(self) -> KernelSpec:
        """The kernel of the sandbox; there is nothing to install or to choose."""
        return KernelSpec(
            argv=["python"],
            display_name="Sandbox",
            language="python",
            interrupt_mode="message",
            metadata={"kernel_provisioner": {"provisioner_name": NAME}},
        )

    async def _async_pre_start_kernel(self, **kwargs):
        """Use our provisioner whether or not its entry point is installed."""
        self.shutting_down = False
        self.kernel_id = self.kernel_id or kwargs.pop("kernel_id", "sandboxed")
        kwargs.pop("kernel_id", None)
        self.provisioner = SandboxProvisioner(
            kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
        )
        kwargs = await self.provisioner.pre_launch(**kwargs)
        return kwargs.pop("cmd"), kwargs

    pre_start_kernel = _async_pre_start_kernel


def sandboxed(server: KernelServer) -> SandboxedKernelManager:
    """Return a manager for one kernel in `server`."""
    context = zmq.asyncio.Context()
    context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
    context.setsockopt(zmq.RCVHWM, WAITING_MESSAGES)
    manager = SandboxedKernelManager(transport="ipc", context=context)
    manager.server = server
    return manager


def wait_for(coroutine: Coroutine):
    """Run a coroutine to its end, in a thread: whoever calls may have an event loop of their own.

    Returns what it returns, raises what it raises. Ctrl-C cancels it.
    """
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task]] = Future()

    async def cancellable():
        started.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        return await coroutine

    with ThreadPoolExecutor(1) as thread:
        result = thread.submit(asyncio.run, cancellable())
        try:
            return result.result()
        except KeyboardInterrupt:
            loop, task = started.result()
            loop.call_soon_threadsafe(task.cancel)
            raise


class PlainKernelManager(AsyncKernelManager):
    """Starts kernels as plain processes, in a folder of their own: no protection at all.

    They have this Python, whatever kernels are installed, and neither read nor write a person's
    own settings of IPython and Matplotlib: the same notebook gets the same marks elsewhere.
    """

    def __init__(self, files: Path | None = None, **kwargs):
        """Copy `files` for the kernel."""
        super().__init__(**kwargs)
        self.folder = Path(tempfile.mkdtemp(prefix="notebook-"))
        self.work, settings = self.folder / "work", self.folder / "matplotlibrc"
        settings.touch()
        if files:
            shutil.copytree(files, self.work)
        else:
            self.work.mkdir()
        self.settings = {
            **{name: ENVIRONMENT[name] for name in EVERYWHERE},
            "IPYTHONDIR": str(self.folder / "ipython"),
            "MATPLOTLIBRC": str(settings),
        }

    @property
    def kernel_spec(self) -> KernelSpec:
        """A kernel of this Python."""
        return KernelSpec(
            argv=[
                *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
                "--log-level=ERROR",  # of a kernel, its warnings help nobody here
            ],
            display_name="Python 3",
            language="python",
        )

    async def _async_start_kernel(self, **kwargs):
        kwargs["cwd"] = str(self.work)
        kwargs["env"] = {**kwargs.get("env", os.environ), **self.settings}
        await super()._async_start_kernel(**kwargs)

    start_kernel = _async_start_kernel

    def remove(self) -> None:
        """Remove the kernel's folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
