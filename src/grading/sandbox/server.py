"""The outer end of a zygote: starts kernels in its sandbox, one at a time."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from grading.sandbox import bubblewrap
from grading.sandbox.limits import Limits

START = 120  # seconds for a zygote to import its libraries, on a slow machine


class SandboxBroken(RuntimeError):
    """The sandbox itself has died; the next kernel gets a new one."""


class KernelServer:
    """A sandbox in which kernels start at once, because their libraries are imported already.

    Attributes:
        why: what ended the last kernel, if the sandbox did: "memory", "processes", or "".
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        preload: Sequence[str] = (),
        files: Path | None = None,
    ) -> None:
        """Prepare; the sandbox starts with the first kernel.

        Args:
            limits: of each kernel.
            preload: modules to import beforehand.
            files: the folder of the assignment's other files, copied for each kernel.
        """
        self.limits = limits or Limits()
        self.preload, self.files = list(preload), files
        self.why, self.running, self.code = "", False, None
        self._process: subprocess.Popen | None = None
        self._folder: Path | None = None
        self._unread = b""
        self._count = 0

    def __enter__(self) -> "KernelServer":
        self.open()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def new_folder(self) -> Path:
        """Make the private folder of the next kernel, of a name short enough for a socket."""
        self.open()
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir(mode=0o700)
        return folder

    def start(self, connection_file: Path) -> None:
        """Fork a kernel that reads `connection_file`, which lies in a `new_folder()`.

        Raises:
            RuntimeError: a kernel is running.
            SandboxBroken: the zygote has died.
        """
        if self.running:
            raise RuntimeError("this sandbox runs one kernel at a time")
        self.why, self.code = "", None
        files = bubblewrap.FILES if self.files else ""
        self._send(start=str(connection_file), files=files)
        self._wait_for("started", START)
        self.running = True

    @property
    def alive(self) -> bool:
        """Whether the sandbox itself runs, with a kernel or without."""
        return self._process is not None and self._process.poll() is None

    def poll(self) -> int | None:
        """Return None while the kernel runs, then its exit status."""
        if self.running:
            self._read(0)
        return None if self.running else self.code or 0

    def kill(self) -> None:
        """End the kernel and all its processes, and wait until they are gone."""
        if not self.running:
            return
        try:
            self._send(kill=True)
            self._wait_for("exited", 10)
        except SandboxBroken:
            self.close()

    def remove(self, folder: Path) -> None:
        """Remove a kernel's folder with whatever it has left there."""
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End the sandbox and everything in it."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                pipe.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._folder = None
        self.running, self.code = False, self.code or 1

    def open(self) -> None:
        """Start the sandbox unless it is there.

        It dies with the thread that started it: call this where kernels are started from a
        thread that ends before the sandbox should.
        """
        if self.alive:
            return
        self.close()
        # Sockets have names of at most 107 bytes: a short folder, not the course's. In /tmp each
        # kernel sees its own part of it alone.
        self._folder = Path(tempfile.mkdtemp(prefix="kernels-", dir="/tmp"))  # noqa: S108
        self._process = subprocess.Popen(
            bubblewrap.command(self._folder, self.files, self.preload, self.limits),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
            bufsize=0,
        )
        self._unread = b""
        self._wait_for("ready", START)

    def _send(self, **command: object) -> None:
        try:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
        except (OSError, AttributeError) as error:
            raise SandboxBroken("the sandbox has ended") from error

    def _wait_for(self, name: str, seconds: float) -> None:
        """Read events until the one of that name."""
        end = time.monotonic() + seconds
        while not self._read(end - time.monotonic(), name):
            if time.monotonic() > end:
                self.close()
                raise SandboxBroken(f"the sandbox did not say {name!r} in {seconds} s")

    def _read(self, seconds: float, name: str = "") -> bool:
        """Take in the events that are there; was the one of that name among them?"""
        if not self._process:
            raise SandboxBroken("the sandbox has ended")
        pipe, found = self._process.stdout, False
        if select.select([pipe], [], [], max(0.0, seconds))[0]:
            read = os.read(pipe.fileno(), 65536)
            if not read:
                self.close()
                raise SandboxBroken("the sandbox has ended")
            *lines, self._unread = (self._unread + read).split(b"\n")
            for line in lines:
                event = json.loads(line)
                found |= name in event
                if "exited" in event:
                    self.running, self.code, self.why = False, event["exited"], event["why"]
        return found
