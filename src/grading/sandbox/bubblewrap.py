"""The sandbox: what a submission sees of the machine, and is there one to be had?

Bubblewrap (bwrap) starts a program in new namespaces: no network, no other processes, and a file
system of which only what we name exists. We show the system's libraries, this Python and the
course's `helpers`, all read-only; nothing of the class, of the solutions, of anybody's home.
"""

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path

from grading.errors import CourseError
from grading.sandbox.limits import Limits

USER = 65534  # "nobody"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt/hostedtoolcache")
SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/localtime")
FILES = "/assignment"  # the assignment's other files, inside
PROGRAM = "/sandbox"  # the zygote, inside
ENVIRONMENT = {
    "HOME": "/tmp/work",  # noqa: S108
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "USER": "student",
    "OMP_NUM_THREADS": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # or its debugger warns at every import
    "MKL_NUM_THREADS": "1",
    "TQDM_DISABLE": "1",
    "MPLCONFIGDIR": "/tmp/matplotlib",  # noqa: S108
    "IPYTHONDIR": "/tmp/ipython",  # noqa: S108
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "NBGRADER_EXECUTION": "autograde",
    "JUPYTER_PLATFORM_DIRS": "1",
    "HELPERS_DEVICE": "cpu",
}


class SandboxMissing(CourseError):
    """There is no sandbox on this machine; the message says how to get one."""


@cache
def require() -> str:
    """Return bwrap's path, once a sandbox has been started with it.

    Raises:
        SandboxMissing: it is not installed, or may not make namespaces.
    """
    bwrap = shutil.which("bwrap")
    hint = (
        "Untrusted notebooks are graded in a sandbox only. To grade without one, on a machine "
        "that holds nothing you would miss, add --no-sandbox."
    )
    if not bwrap:
        raise SandboxMissing(
            "bubblewrap is not installed (Debian, Ubuntu: `apt install bubblewrap`; Fedora: "
            f"`dnf install bubblewrap`; it needs Linux). {hint}"
        )
    # Each kernel makes namespaces of its own inside: try that, too.
    unshare = shutil.which("unshare")
    nested = [unshare, "--user", "--pid", "--mount", "--ipc", "--net", "--fork"] if unshare else []
    trial = subprocess.run(
        [bwrap, *_namespaces(), *_system(), "--", *nested, "/usr/bin/env", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    if trial.returncode:
        reason = trial.stderr.strip().splitlines()[-1:] or ["it did not say why"]
        raise SandboxMissing(
            f"bubblewrap cannot make a sandbox here: {reason[0]}. User namespaces may be switched "
            "off: `sysctl -w kernel.unprivileged_userns_clone=1`, on Ubuntu 24.04 also `sysctl -w "
            "kernel.apparmor_restrict_unprivileged_userns=0`; in a container they need the "
            f"container's permission. {hint}"
        )
    return bwrap


def available() -> bool:
    """Whether a sandbox is to be had on this machine."""
    try:
        require()
    except SandboxMissing:
        return False
    return True


def command(kernels: Path, files: Path | None, preload: Sequence[str], limits: Limits) -> list[str]:
    """Return the command that starts a zygote in a sandbox.

    Args:
        kernels: the folder in which each kernel finds its connection file and makes its sockets;
            the only one that is writable and shared with the outside.
        files: what the assignment comes with besides its notebook, or None.
        preload: modules to import before the first kernel.
        limits: of each kernel.
    """
    shown = [str(path) for path in _python()]
    settings = {"limits": asdict(limits), "preload": list(preload), "shown": shown}
    return [
        require(),
        *_namespaces(),
        *_system(),
        *_read_only(_python()),
        *("--ro-bind", str(Path(__file__).parent), PROGRAM),
        *(("--ro-bind", str(files), FILES) if files else ()),
        *("--bind", str(kernels), str(kernels)),
        *("--remount-ro", "/", "--remount-ro", "/dev"),
        "--clearenv",
        *(part for name, value in ENVIRONMENT.items() for part in ("--setenv", name, value)),
        *("--chdir", "/", "--"),
        *(sys.executable, "-I", f"{PROGRAM}/zygote.py", json.dumps(settings)),
    ]


def _namespaces() -> list[str]:
    """Return bwrap's options for everything that is cut off."""
    user = ["--uid", str(USER), "--gid", str(USER), "--hostname", "sandbox"]
    end = ["--die-with-parent", "--new-session"]
    return ["--unshare-all", "--unshare-user", *user, *end]


def _system() -> list[str]:
    """Return bwrap's options for the operating system, read-only."""
    options = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108
    for name in SYSTEM:
        path = Path(name)
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            options += ["--ro-bind", name, name]
    for name in SETTINGS:
        options += ["--ro-bind-try", name, name]
    return options


def _python() -> list[Path]:
    """Return the folders of this Python, its packages, and the course's helpers."""
    found = [Path(sys.base_prefix), Path(sys.prefix), Path(sys.executable).resolve().parent.parent]
    helpers = importlib.util.find_spec("helpers")
    if helpers and helpers.origin:
        found.append(Path(helpers.origin).parent)
    return found


def _read_only(paths: Sequence[Path]) -> list[str]:
    """Return bwrap's options for folders, once each, without those the system has already."""
    options = []
    for path in dict.fromkeys(paths):
        if not path.is_relative_to("/usr"):
            options += ["--ro-bind", str(path), str(path)]
    return options
