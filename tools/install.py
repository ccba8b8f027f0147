"""Make `.venv` and install what requirements.txt and constraints.txt say.

Standard library only, and old syntax: it is what a wrong Python runs first. The second time
it compares one hash and is done.
"""

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
NEEDED_GIB = 3
# torch's build for NVIDIA GPUs, which PyPI serves to Linux, brings the CUDA libraries along.
CPU_BUILD = (
    "On Linux without an NVIDIA GPU, PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu "
    "before the command takes the small build of torch (under 1 GB) instead of about 8 GB."
)
OFFLINE = re.compile(
    "Failed to establish a new connection|NewConnectionError|Temporary failure in name resolution"
    "|Name or service not known|nodename nor servname|Connection refused|ConnectTimeout"
    "|Network is unreachable|No route to host|Read timed out|Could not fetch URL|ProxyError"
)


class InstallError(Exception):
    """The installation cannot go on; the message is one sentence that says what to do."""


def main(root=ROOT):
    """Install unless the environment is as the files say; return 0, or 1 with a message."""
    try:
        _install(root)
    except InstallError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command repairs and finishes the installation.", file=sys.stderr)
        return 130
    return 0


def _install(root):
    venv, log = root / ".venv", root / "_build" / "install.log"
    stamp, unfinished = venv / "installed.json", venv / "unfinished"
    inputs = _inputs(root)
    if _is_current(stamp, inputs):
        return
    check_python(sys.version_info[:2])
    check_venv_module()
    check_disk(shutil.disk_usage(str(root)).free)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("")
    if unfinished.exists() or _minor_of(venv) != list(sys.version_info[:2]):
        print(f"Making .venv with Python {platform.python_version()}", flush=True)
        base = getattr(sys, "_base_executable", sys.executable)
        _run([base, "-m", "venv", "--clear", str(venv)], log)
    unfinished.touch()
    stamp.unlink() if stamp.exists() else None
    pip = [str(_python(venv)), "-m", "pip", "--disable-pip-version-check", "install", "--no-input"]
    print(f"Installing the packages of requirements.txt (log: {log})", flush=True)
    files = ["-r", str(root / "requirements.txt"), "-c", str(root / "constraints.txt")]
    _run([*pip, "--progress-bar=off", "--only-binary=:all:", *files], log)
    _run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(root)], log)
    _install_kernel(root, venv, log)
    stamp.write_text(json.dumps({"inputs": inputs, "python": list(sys.version_info[:2])}))
    unfinished.unlink()
    print(f"Installed in {venv}", flush=True)


def _install_kernel(root, venv, log):
    """Name the sandboxed kernel, where there is grading: a student's copy has none."""
    folder = root / "src" / "grading" / "sandbox" / "kernelspec"
    if folder.exists():
        jupyter = [str(_python(venv)), "-m", "jupyter", "kernelspec", "install", "--sys-prefix"]
        _run([*jupyter, "--name", "course-sandbox", str(folder)], log)


def check_python(version):
    """Raise unless (major, minor) is one that every pinned package has a wheel for."""
    if OLDEST <= version <= NEWEST:
        return
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = next((name for name in names if shutil.which(name)), None)
    advice = "say PYTHON={} make book".format(found or "python3.12")
    raise InstallError(
        "the course needs Python 3.11, 3.12 or 3.13, and {} is {}.{}; {}{}.".format(
            sys.executable, version[0], version[1], "" if found else "install one, then ", advice
        )
    )


def check_venv_module():
    """Raise where Debian has left `venv` out of Python."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    raise InstallError(
        "this Python cannot make virtual environments; on Debian or Ubuntu run "
        "`apt-get install python{}.{}-venv`, then the same command again.".format(
            *sys.version_info[:2]
        )
    )


def check_disk(free):
    """Raise when fewer than NEEDED_GIB are free (`free` in bytes)."""
    if free < NEEDED_GIB * 2**30:
        raise InstallError(
            f"the disk has {free / 2**30:.1f} GiB free and the installation needs at least "
            f"{NEEDED_GIB}; free some, then run the same command again. {CPU_BUILD}"
        )


def explain(output, log):
    """One sentence for what stopped pip, from its output."""
    if "No space left on device" in output or "Errno 28" in output:
        return (
            "the disk is full (or the folder for temporary files, TMPDIR, is); free some space, "
            f"then run the same command again. {CPU_BUILD} Full log: {log}"
        )
    if OFFLINE.search(output):
        return (
            "the package index cannot be reached; check the network (and the proxy settings), "
            f"then run the same command again. Full log: {log}"
        )
    missing = re.search(r"No matching distribution found for (\S+)", output)
    if missing:
        return (
            f"there is no ready-made package of {missing.group(1)} for {_machine()}; the course "
            "runs on Linux (x86-64, ARM) and on Macs with Apple silicon (macOS 14 or later), with "
            f"Python 3.11 to 3.13. Full log: {log}"
        )
    lines = [line for line in output.splitlines() if line.strip()]
    wrong = [line for line in lines if line.upper().startswith("ERROR")] or lines or ["no message"]
    return f"the installation failed: {wrong[-1].strip()} Full log: {log}"


def _run(command, log):
    """Run a command, its output into the log and the milestones of pip's to the screen."""
    lines = []
    try:
        with log.open("a", encoding="utf-8") as file:
            process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                universal_newlines=True,
                env=dict(os.environ, PYTHONNOUSERSITE="1", PIP_REQUIRE_VIRTUALENV="0"),
            )
            try:
                for line in process.stdout:
                    file.write(line)
                    lines.append(line)
                    _show(line)
            except BaseException:
                process.terminate()
                raise
            finally:
                process.wait()
    except OSError as error:
        raise InstallError(explain(str(error), log)) from None
    if process.returncode:
        raise InstallError(explain("".join(lines), log))


def _show(line):
    large = re.match(r"\s*Downloading (\S+?)-\d\S* \((\d+(?:\.\d+)? [MG]B)\)", line)
    if large and float(large.group(2).split()[0]) >= 10:
        print("  downloading {} ({})".format(*large.groups()), flush=True)
    elif line.startswith("Installing collected packages") and line.count(",") > 20:
        count = line.count(",") + 1
        print(f"  unpacking {count} packages; this takes a minute or two", flush=True)


def _machine():
    return f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"


def _inputs(root):
    digest = hashlib.sha256(str(root).encode())  # an environment cannot be moved
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        digest.update((root / name).read_bytes() + b"\0")
    return digest.hexdigest()


def _is_current(stamp, inputs):
    """Whether the environment fits the files, and the Python asked for with PYTHON=, if any."""
    try:
        made = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return False
    wanted = [list(sys.version_info[:2])] if os.environ.get("PYTHON") else [made.get("python")]
    return (
        made.get("inputs") == inputs
        and made.get("python") in wanted
        and _python(stamp.parent).exists()
        and not (stamp.parent / "unfinished").exists()
    )


def _python(venv):
    return venv / "bin" / "python"


def _minor_of(venv):
    """[major, minor] of the environment's Python; None when there is none that runs."""
    code = "import sys, pip; print(*sys.version_info[:2])"
    try:
        run = subprocess.run(
            [str(_python(venv)), "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        return [int(part) for part in run.stdout.split()]
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None


if __name__ == "__main__":
    sys.exit(main())
