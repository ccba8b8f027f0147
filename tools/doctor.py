"""Look at this machine: does it have what reading, working and grading need?

    python course.py doctor

Works before the installation, too. Each fault ends with what to type.
"""

import locale
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools import install, system
from tools.system import HERE

OK, NOTE, FAULT = "ok", "note", "FAULT"
LITTLE_MEMORY = 4  # GiB
# Run in the environment: what the chapters compute with.
_TORCH = """
import torch
from helpers.compute import device
print("torch", torch.__version__, "on", device())
"""
# Run in the environment: a notebook's kernel answers.
_KERNEL = """
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(startup_timeout=60)
try:
    reply = client.execute_interactive("assert 6 * 7 == 42", timeout=60)
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
assert reply["content"]["status"] == "ok", reply["content"]
print("a notebook's kernel starts and answers")
"""
# A sandbox of the kind that grading makes.
_SANDBOX = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"]


@dataclass(frozen=True)
class Finding:
    """What one look found: `OK`, a `NOTE`, or a `FAULT`, and what to type about it."""

    state: str
    what: str
    advice: str = ""


def main(course, arguments: list[str]) -> int:
    """Print what was found; return 1 if something is missing that reading or working needs."""
    faults = 0
    for finding in findings(course.root):
        faults += finding.state == FAULT
        print(f"{finding.state:>5}  {finding.what}", flush=True)
        if finding.advice:
            print(f"       -> {finding.advice}", flush=True)
    print(f"\n{faults} fault(s)." if faults else "\nReading and working have what they need.")
    return 1 if faults else 0


def findings(root: Path) -> Iterator[Finding]:
    """Look at everything, what is quick first."""
    yield python(sys.version_info[:2])
    yield venv_module()
    yield folder(root)
    yield writing(root)
    yield home()
    yield disk(root, shutil.disk_usage(root).free)
    yield memory(system.memory())
    yield text()
    yield fonts()
    if (root / "src" / "grading").exists():
        yield sandbox()
    installation = install.Installation(root)
    yield packages(installation)
    if installation.python.exists():
        yield torch(root, installation.python)
        yield kernel(root, installation.python)


def python(version: tuple[int, int]) -> Finding:
    """Is this a Python for which every package is made?"""
    if system.OLDEST <= version <= system.NEWEST:
        return Finding(OK, f"Python {platform.python_version()} ({sys.executable})")
    advice = system.wrong_python(version, ["doctor"]).partition("; ")[2]
    return Finding(FAULT, f"Python {version[0]}.{version[1]} is not 3.11, 3.12 or 3.13", advice)


def venv_module() -> Finding:
    """Can this Python make environments?"""
    try:
        install.check_venv_module()
    except install.InstallError as error:
        return Finding(FAULT, "this Python cannot make environments", str(error))
    return Finding(OK, "this Python can make environments")


def folder(root: Path, where: system.System = HERE) -> Finding:
    """Has the course's folder a name that all tools take?"""
    if odd := where.odd_path(root):
        what, _, advice = odd.rpartition("; ")
        return Finding(FAULT, f"{root}: {what}", advice)
    return Finding(OK, f"folder: {root}")


def writing(root: Path) -> Finding:
    """Can something be written beside the course?"""
    try:
        with tempfile.TemporaryFile(dir=root):
            return Finding(OK, "the folder can be written to")
    except OSError as error:
        return Finding(
            FAULT,
            f"nothing can be written to {root} ({error.strerror})",
            "copy the course to a folder of your own",
        )


def home() -> Finding:
    """Is there a home? Without one the course keeps everything in `_build`."""
    if system.home_is_writable():
        return Finding(OK, "the home folder can be written to")
    return Finding(NOTE, "the home folder cannot be written to: settings are kept in _build")


def disk(root: Path, free: int) -> Finding:
    """Does the installation fit on the disk? (`free` in bytes)"""
    what = f"{free / 2**30:.1f} GiB of disk are free"
    if install.Installation(root).made or free >= install.NEEDED_GIB * 2**30:
        return Finding(OK, what)
    return Finding(
        FAULT,
        f"{what}; the installation needs {install.NEEDED_GIB}",
        f"free some. {install.CPU_BUILD}",
    )


def memory(total: int | None) -> Finding:
    """Is there memory for several chapters at once? (`total` in bytes)"""
    if total is None:
        return Finding(NOTE, "this system does not say how much memory it has")
    what = f"{total / 2**30:.1f} GiB of memory"
    if total >= LITTLE_MEMORY * 2**30:
        return Finding(OK, what)
    advice = "run one chapter at a time: set the variable JOBS to 1 before `python course.py book`"
    return Finding(NOTE, f"{what} is little", advice)


def text() -> Finding:
    """Which code page has this system? The course's own commands use UTF-8 on every one."""
    encoding = locale.getpreferredencoding(False)
    return Finding(OK, f"text is {encoding} here, and UTF-8 in the course's commands")


def fonts(where: system.System = HERE, which=shutil.which) -> Finding:
    """Is there a font with Korean letters, for the glossary?"""
    if not where.linux:
        return Finding(OK, "fonts: this system comes with Korean ones")
    if not which("fc-list"):
        return Finding(NOTE, "fonts: fc-list is not there to ask for Korean ones")
    found = subprocess.run(["fc-list", ":lang=ko"], capture_output=True, check=False).stdout.strip()
    if found:
        return Finding(OK, "fonts: Korean letters have one")
    advice = where.packages_to_install(["fonts-noto-cjk"])
    return Finding(NOTE, "fonts: none has Korean letters, which the glossary shows", advice)


def sandbox(where: system.System = HERE, which=shutil.which) -> Finding:
    """Can classes be graded here?"""
    if why := where.why_no_grading():
        return Finding(NOTE, why)
    if not which("bwrap"):
        advice = where.packages_to_install(["bubblewrap"])
        return Finding(NOTE, "grading a class needs bubblewrap, which is not there", advice)
    run = subprocess.run(_SANDBOX, capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return Finding(OK, "grading: bubblewrap makes a sandbox")
    reason = (run.stderr.strip().splitlines() or ["it does not say why"])[-1]
    return Finding(
        NOTE,
        f"grading: bubblewrap cannot make a sandbox ({reason})",
        "user namespaces may be switched off: sudo sysctl -w kernel.unprivileged_userns_clone=1 "
        "kernel.apparmor_restrict_unprivileged_userns=0",
    )


def packages(installation: install.Installation) -> Finding:
    """Is the course installed?"""
    advice = "python course.py install"
    if installation.is_current(("reading",)):
        groups = ", ".join(installation.made["groups"])
        return Finding(OK, f"packages: installed ({groups})")
    if installation.unfinished.exists():
        return Finding(FAULT, "packages: the installation was interrupted", advice)
    if installation.moved:
        made = installation.made["root"]
        return Finding(NOTE, f"packages: installed in {made}; the next command mends it", advice)
    if installation.made:
        return Finding(NOTE, "packages: the requirements have changed", advice)
    return Finding(NOTE, "packages: not installed; the first command does it", advice)


def torch(root: Path, python: Path) -> Finding:
    """Does torch load, and on what does it compute?"""
    status, said = _ask(root, python, _TORCH)
    if status == 0:
        return Finding(OK, said)
    advice = "python course.py install --fresh"
    if "DLL" in said:
        advice = "install Microsoft's Visual C++ Redistributable (x64), then type it again"
    return Finding(FAULT, f"torch does not load: {said}", advice)


def kernel(root: Path, python: Path) -> Finding:
    """Does a notebook's kernel start?"""
    status, said = _ask(root, python, _KERNEL)
    if status == 0:
        return Finding(OK, said)
    return Finding(FAULT, f"no kernel starts: {said}", "python course.py install --fresh")


def _ask(root: Path, python: Path, code: str) -> tuple[int, str]:
    """Run code in the environment; return its status and its last line."""
    own = root / "_build"
    env = system.child_environment(os.environ, str(own))
    try:
        own.mkdir(exist_ok=True)
        run = subprocess.run(
            [str(python), "-c", code],
            cwd=root,
            env=env,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=180,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 1, str(error)
    lines = (run.stdout if run.returncode == 0 else run.stderr).strip().splitlines()
    return run.returncode, (lines or ["it says nothing"])[-1]
