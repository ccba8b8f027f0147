"""Start a sandboxed kernel where jupyter_client would start a process.

The kernelspec `course-sandbox` names this provisioner, so `jupyter`, nbclient and nbgrader need
no more than that name.
"""

import asyncio
import signal
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerBase

from grading.sandbox.server import KernelServer, SandboxBroken


class SandboxProvisioner(KernelProvisionerBase):
    """Runs one kernel in a `KernelServer`, over IPC sockets in a private folder.

    The server comes from `parent.server` where the kernel manager has one, so that many kernels
    in a row share its preloaded libraries; else it is made for this kernel alone.
    """

    server: KernelServer | None = None
    folder: Path | None = None
    owned = False

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel to speak to."""
        return self.server is not None and self.server.running

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write the connection file into the kernel's private folder."""
        self.server = getattr(self.parent, "server", None)
        self.owned = self.server is None
        self.server = self.server or KernelServer()
        self.folder = self.server.new_folder()
        manager = self.parent
        manager.transport = "ipc"
        manager.connection_file = str(self.folder / "connection.json")
        manager.ip = str(self.folder / "k")
        manager.write_connection_file()
        self.connection_info = manager.get_connection_info()
        kwargs.pop("extra_arguments", None)
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel; the command and the environment are the sandbox's own."""
        self.server.start(self.folder / "connection.json")
        return self.connection_info

    async def poll(self) -> int | None:
        """Return None while it runs."""
        try:
            return self.server.poll() if self.server else 0
        except SandboxBroken:
            return 1

    async def wait(self) -> int | None:
        """Wait until it has ended."""
        while (code := await self.poll()) is None:
            await asyncio.sleep(0.02)
        return code

    async def send_signal(self, signum: int) -> None:
        """End the kernel; interrupts go as messages."""
        if signum in (signal.SIGKILL, signal.SIGTERM):
            await self.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and all its processes."""
        if self.server:
            self.server.kill()

    async def terminate(self, restart: bool = False) -> None:
        """End it, as `kill` does: there is nobody to be gentle with."""
        await self.kill()

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the private folder."""
        if self.server and self.folder:
            self.server.kill()
            self.server.remove(self.folder)
            if self.owned:
                self.server.close()
