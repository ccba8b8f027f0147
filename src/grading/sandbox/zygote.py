"""Inside the sandbox: import the libraries once, then fork a kernel for each submission.

    python -m grading.sandbox.zygote is not how it is run: bubblewrap starts this file, which
    imports nothing of the course but what it is told to preload.

Commands come as JSON lines on standard input, one kernel at a time:
    {"start": "/run/kernels/1/connection.json", "files": "/assignment"}
    {"kill": true}
Events go out as JSON lines: {"ready": seconds}, {"started": pid},
{"exited": code, "why": "memory" | "processes" | ""}.

Each kernel gets namespaces of its own on top of the sandbox's (processes, mounts, network, IPC,
users), fresh temporary folders, limits, no capabilities, and a system call filter. Killing its
first process ends all of them.
"""

import contextlib
import ctypes
import importlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import time

PRIVATE = ("/tmp", "/dev/shm")  # each kernel has its own  # noqa: S108
USER = 65534
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT = 1, 2, 4, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
SIGNAL = 3  # the descriptor on which a kernel says that its sockets are there
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 4, 24
CAPABILITY_VERSION_3 = 0x20080522
# What every kernel imports before its first cell is done; the debugger alone takes half of it.
KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.logger",
    "IPython.extensions.storemagic",
    "faulthandler",
    "psutil",
    "pygments.formatters.terminal256",
    "sqlite3",
    "stack_data",
    "tornado.platform.asyncio",
)
libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Preload, say that all is ready, serve until standard input ends."""
    settings = json.loads(sys.argv[1])
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # what is forked from it cannot look into it
    started = time.monotonic()
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    preload([*KERNEL, *settings["preload"]])
    events = os.fdopen(os.dup(1), "w", buffering=1)
    Zygote(settings, events).serve(round(time.monotonic() - started, 3))


def preload(modules: list[str]) -> None:
    """Import what can be imported; what cannot will say so to the student."""
    for name in modules:
        with contextlib.suppress(Exception):  # a notebook must fail by its own import
            importlib.import_module(name)


class Zygote:
    """Serves the commands; at most one kernel at a time."""

    def __init__(self, settings: dict, events):
        """Keep the limits of `settings`; `events` is a text file to write to."""
        self.limits, self.events = settings["limits"], events
        self.shown = settings["shown"]
        self.kernel, self.why, self.ending = 0, "", False

    def tell(self, **event) -> None:
        """Send one event."""
        self.events.write(json.dumps(event) + "\n")

    def serve(self, seconds: float) -> None:
        """Obey until the other end closes; watch the kernel meanwhile."""
        self.tell(ready=seconds)
        pending = b""
        while True:
            if select.select([0], [], [], self.tick())[0]:
                read = os.read(0, 65536)
                if not read:
                    self.kill()
                    return
                *lines, pending = (pending + read).split(b"\n")
                for line in lines:
                    self.obey(json.loads(line))
            self.watch()

    def tick(self) -> float | None:
        """Return how many seconds to wait for a command before looking at the kernel again."""
        if not self.kernel:
            return None
        return 0.005 if self.ending else 0.1

    def obey(self, command: dict) -> None:
        """Carry out one command."""
        if "start" in command:
            self.start(command)
        elif "kill" in command:
            self.kill()

    def start(self, command: dict) -> None:
        """Fork a kernel and tell its process number, as it is in the sandbox."""
        self.why, self.ending = "", False
        self.kernel = os.fork()
        if not self.kernel:
            guarded(enter, command, self.limits, self.shown)
        self.tell(started=self.kernel)

    def kill(self) -> None:
        """End the kernel and all its processes."""
        if self.kernel:
            self.ending = True
            os.kill(self.kernel, signal.SIGKILL)

    def watch(self) -> None:
        """Notice the kernel's end; end it when it takes too much."""
        if not self.kernel:
            return
        if os.waitpid(self.kernel, os.WNOHANG)[0]:
            code, self.kernel = 1, 0
            end = time.monotonic() + 10
            while usage()["processes"]:  # what is still dying must not count for the next kernel
                if time.monotonic() > end:
                    os._exit(1)
                time.sleep(0.005)
            self.tell(exited=code, why=self.why)
            return
        used = usage()
        if used["processes"] > self.limits["processes"]:
            self.end("processes")
        elif used["memory"] > self.limits["memory"]:
            self.end("memory")

    def end(self, why: str) -> None:
        """Kill, and remember why."""
        self.why = self.why or why
        self.kill()


def usage() -> dict[str, int]:
    """Count the processes besides this one and the sandbox's first, and the bytes they hold."""
    processes = memory = 0
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            try:
                with open(f"/proc/{name}/status") as file:
                    fields = dict(line.split(":", 1) for line in file if ":" in line)
            except (OSError, ValueError):
                continue
            processes += 1
            held = (fields.get(key, "0 kB") for key in ("RssAnon", "RssShmem"))
            memory += sum(int(each.split()[0]) * 1024 for each in held)
    return {"processes": processes, "memory": memory}


def guarded(function, *arguments) -> None:
    """Call, and never return into the zygote's loop."""
    try:
        function(*arguments)
    except BaseException as error:  # noqa: BLE001
        os.write(2, f"the kernel did not start: {error!r}\n".encode())
    os._exit(1)


def enter(command: dict, limits: dict, shown: list[str]) -> None:
    """In the forked process: new namespaces, and in them the kernel as the first process."""
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # so that its own /proc/self may be written
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()
    check(
        libc.unshare(
            CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS
        )
    )
    for name, text in (("setgroups", "deny"), ("uid_map", f"{USER} {USER} 1")):
        write(f"/proc/self/{name}", text)
    write("/proc/self/gid_map", f"{USER} {USER} 1")
    mine, its = socket.socketpair()
    first = os.fork()
    if not first:
        os.dup2(its.fileno(), SIGNAL)
        guarded(become_kernel, command, limits, shown)
    its.close()
    # Once its sockets are there, the folder shared with the outside is shut.
    if mine.recv(1):
        folder = os.path.dirname(command["start"]).encode()
        flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV
        check(libc.mount(b"none", folder, None, flags, None))
        mine.send(b"1")
    _, status = os.waitpid(first, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def become_kernel(command: dict, limits: dict, shown: list[str]) -> None:
    """Give up everything that is not needed, then be a kernel."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    # What lies in /tmp and is needed: the kernel's sockets; the course, where it is there.
    needed = [os.path.dirname(command["start"]), *shown]
    needed = {path: os.open(path, os.O_PATH) for path in needed if path.startswith(PRIVATE)}
    for path in PRIVATE:
        size = f"size={limits['disk'] // 2},nr_inodes=10000,mode=1777".encode()
        check(libc.mount(b"tmpfs", path.encode(), b"tmpfs", MS_NOSUID | MS_NODEV, size))
    for path, descriptor in needed.items():  # the fresh /tmp hides them: these come back
        os.makedirs(path, exist_ok=True)
        source = f"/proc/self/fd/{descriptor}".encode()
        check(libc.mount(source, path.encode(), None, MS_BIND, None))
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(SIGNAL + 1, 4096)
    home = "/tmp/work"  # noqa: S108
    if os.path.isdir(command.get("files") or ""):
        shutil.copytree(command["files"], home)
    else:
        os.mkdir(home)
    os.chdir(home)
    bound(limits)
    drop_capabilities()
    import seccomp

    seccomp.refuse()
    run_kernel(command["start"])


def bound(limits: dict) -> None:
    """Set the limits that the Linux kernel keeps for each process."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    for name, value in (
        (resource.RLIMIT_AS, mapped + 2 * limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_FSIZE, limits["file"]),
        (resource.RLIMIT_NPROC, limits["processes"] + 32),  # threads count here, too
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
    ):
        hard = resource.getrlimit(name)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(name, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an OSError says more than a dead kernel


def drop_capabilities() -> None:
    """Lose what the new user namespace gave."""
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    check(libc.capset(header, (ctypes.c_uint32 * 6)()))


def run_kernel(connection_file: str) -> None:
    """Be an IPython kernel until told to stop."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["kernel"]
    app = IPKernelApp.instance(connection_file=connection_file, transport="ipc", log_level=50)
    app.initialize(["--HistoryManager.hist_file=:memory:"])
    sys.modules["__main__"].__dict__.pop("__file__", None)
    os.write(SIGNAL, b"1")
    if not os.read(SIGNAL, 1):  # the folder could not be shut
        os._exit(1)
    os.close(SIGNAL)
    app.start()
    os._exit(0)


def write(path: str, text: str) -> None:
    """Write one small file of /proc."""
    descriptor = os.open(path, os.O_WRONLY)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def check(result: int) -> None:
    """Raise OSError for a C function that returned -1."""
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


if __name__ == "__main__":
    main()
