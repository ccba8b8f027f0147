"""Make `.venv` and install what the requirements say.

    python course.py install [--all] [--fresh]

Standard library only. The second time it compares one hash and is done. Readers get what reading
and working need; each command adds the groups of packages that it needs itself.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tools import system
from tools.system import HERE

# Group of packages -> its requirements. The first is part of every installation.
GROUPS = {
    "reading": "requirements.txt",
    "grading": "requirements-grading.txt",
    "dev": "requirements-dev.txt",
}
PINS = "constraints.txt"
# Measured with torch for the CPU: 1.4 GiB of .venv, pip's downloads and its cache.
PEAK_GIB = 2
NEEDED_GIB = 3  # with what the book's build adds
# torch's build for NVIDIA GPUs, which PyPI serves to Linux, brings the CUDA libraries along.
CPU_BUILD = (
    "On Linux without an NVIDIA GPU, PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu "
    "before the command takes the small build of torch (under 1 GB) instead of about 8 GB."
)
TLS = re.compile("CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SSLError|TLSV1_ALERT")
OFFLINE = re.compile(
    "Failed to establish a new connection|NewConnectionError|Temporary failure in name resolution"
    "|Name or service not known|nodename nor servname|getaddrinfo failed|Connection refused"
    "|ConnectTimeout|Network is unreachable|No route to host|Read timed out"
    "|Could not fetch URL|ProxyError"
)
# What commands import first, in processes that run side by side. pip would compile every module of
# every package, a minute's work; importing these compiles the third of them that is used.
_FIRST_IMPORTS = (
    "import torch, matplotlib.pyplot, sklearn.datasets, ipykernel.kernelapp\n"
    "torch.optim.Adam([torch.zeros(1, requires_grad=True)])",
    "import jupyter_book.sphinx, myst_nb.sphinx_ext, nbclient, sphinx_book_theme, jupyter_cache,"
    " sphinx_design, sphinxcontrib.bibtex",
    "import jupyterlab.labapp, nbgrader.apps, notebook.app",
)
# Settings of pip that would put packages elsewhere: an empty value hides a user's own.
_PIP_SETTINGS = "".join(
    f"[{section}]\nuser = false\ntarget =\nprefix =\nroot =\n" for section in ("global", "install")
)
# Run by the environment's Python: write its commands again, for the folder that it is in now.
_REPOINT = """
import sys
from importlib.metadata import entry_points
from pip._vendor.distlib.scripts import ScriptMaker
maker = ScriptMaker(None, sys.argv[1])
maker.clobber, maker.variants = True, {""}
maker.make_multiple(f"{each.name} = {each.value}" for each in entry_points(group="console_scripts"))
"""


class InstallError(Exception):
    """The installation cannot go on; the message is one sentence that says what to do."""


def main(argv=None, root=None):
    """Install what a person asks for by hand; return the exit status."""
    parser = argparse.ArgumentParser(prog="course.py install", description=main.__doc__)
    parser.add_argument("--all", action="store_true", help="what grading and testing need, too")
    parser.add_argument("--fresh", action="store_true", help="make .venv again from nothing")
    options = parser.parse_args(argv)
    return install(root or Path.cwd(), GROUPS if options.all else ("reading",), options.fresh)


def install(root, groups=("reading",), fresh=False):
    """Install unless the environment is as the files say.

    Args:
        root: the course's folder.
        groups: which of `GROUPS` must be there; others that are there stay.
        fresh: whether to begin from nothing.

    Returns:
        0, or 1 with a sentence on stderr that says what to do.
    """
    try:
        Installation(root).update(groups, fresh)
    except InstallError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command repairs and finishes the installation.", file=sys.stderr)
        return 130
    return 0


class Installation:
    """The environment of one folder."""

    def __init__(self, root):
        """Look at the environment in `root`."""
        self.root, self.venv = root, root / ".venv"
        self.python = HERE.python(self.venv)
        self.log = root / "_build" / "install.log"
        self.stamp, self.unfinished = self.venv / "installed.json", self.venv / "unfinished"

    @property
    def made(self):
        """What the last installation wrote down; {} when there is none, or not a whole one."""
        try:
            made = json.loads(self.stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        whole = isinstance(made, dict) and {"root", "python", "groups", "inputs"} <= set(made)
        return made if whole and not self.unfinished.exists() else {}

    @property
    def moved(self):
        """Whether the environment was made in another folder."""
        return self.made.get("root", str(self.root)) != str(self.root)

    def is_current(self, groups):
        """Whether the environment fits the files, and the Python asked for with PYTHON=, if any."""
        made = self.made
        return (
            made.get("root") == str(self.root)
            and self._is_wanted(made["python"])
            and set(groups) <= set(made["groups"])
            and made["inputs"] == self.inputs(made["groups"])
            and self.python.exists()
        )

    def update(self, groups, fresh=False):
        """Make the environment, or bring it up to date.

        Raises:
            InstallError: it cannot be done.
        """
        if not fresh and self.is_current(groups):
            return
        if not fresh and self.moved and self._repoint() and self.is_current(groups):
            return
        self._check()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.write_text("")
        made = self.made
        groups = [name for name in GROUPS if name in {*groups, *made.get("groups", ())}]
        if fresh or not made or self.moved or not self._is_wanted(self.version()):
            self._make()
        self.unfinished.touch()
        self._install(groups)
        self._compile()
        version = self.version()
        write_package(self.root, HERE.packages(self.venv, version))
        install_kernel(self.root, self.venv)
        made = {"python": version, "groups": groups, "inputs": self.inputs(groups)}
        self._finish(made)
        print(f"Installed in {self.venv}", flush=True)

    def version(self):
        """[major, minor] of the environment's Python; None when there is none that runs."""
        code = "import sys, pip; print(*sys.version_info[:2])"
        try:
            run = subprocess.run(
                [str(self.python), "-c", code],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=True,
            )
            return [int(part) for part in run.stdout.split()]
        except (OSError, ValueError, subprocess.CalledProcessError):
            return None

    def inputs(self, groups):
        """Return a hash of the files that say what is installed."""
        digest = hashlib.sha256()
        for name in (*(GROUPS[group] for group in groups), PINS, "pyproject.toml"):
            path = self.root / name
            digest.update(path.read_bytes() + b"\0" if path.exists() else b"\0")
        return digest.hexdigest()

    def _finish(self, made):
        self.stamp.write_text(json.dumps({"root": str(self.root), **made}), "utf-8")
        self.unfinished.unlink()

    @staticmethod
    def _is_wanted(version):
        """Whether an environment of this Python may stay: which is asked for with PYTHON=."""
        if os.environ.get("PYTHON"):
            return version == list(sys.version_info[:2])
        return version is not None

    def _check(self):
        """Raise what would stop the installation half-way."""
        if odd := HERE.odd_path(self.root):
            raise InstallError(f"the course cannot be installed in {self.root}: {odd}.")
        try:
            free = shutil.disk_usage(self.root).free
            (self.root / "_build").mkdir(exist_ok=True)
        except OSError as error:
            raise InstallError(
                f"nothing can be written to {self.root} ({error.strerror}); copy the course to a "
                "folder of your own."
            ) from None
        check_disk(free)

    def _make(self):
        check_python(sys.version_info[:2])
        check_venv_module()
        print(f"Making .venv with Python {platform.python_version()}", flush=True)
        base = getattr(sys, "_base_executable", sys.executable)
        _run([base, "-m", "venv", "--clear", str(self.venv)], self.log)
        HERE.pip_settings(self.venv).write_text(_PIP_SETTINGS)

    def _install(self, groups):
        names = ", ".join(GROUPS[group] for group in groups)
        print(
            f"Installing {names}: this needs about {PEAK_GIB} GiB of disk, 8 with torch for NVIDIA "
            f"GPUs (log: {self.log})",
            flush=True,
        )
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "install"]
        how = ["--no-input", "--no-compile", "--progress-bar=off", "--only-binary=:all:"]
        files = [word for group in groups for word in ("-r", str(self.root / GROUPS[group]))]
        _run([*pip, *how, *files, "-c", str(self.root / PINS)], self.log)

    def _compile(self):
        """Compile what is used, once: a sandbox, or who sets PYTHONDONTWRITEBYTECODE, could not.

        An import that fails is not told here: `doctor` says what is wrong.
        """
        env = system.pip_environment(os.environ)
        nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        running = [
            subprocess.Popen([str(self.python), "-c", code], env=env, cwd=self.venv, **nowhere)
            for code in _FIRST_IMPORTS
        ]
        for process in running:
            process.wait()

    def _repoint(self):
        """Mend an environment that was moved, without a network; return whether that worked.

        Packages are found wherever they are; only the commands of an environment hold its path.
        """
        made = self.made
        if self.version() != made["python"]:
            return False
        print(f"The folder was {made['root']}: mending .venv", flush=True)
        self.unfinished.touch()
        base = [str(self.python), "-c", "import sys; print(sys._base_executable)"]
        try:
            self._quietly([str(self.python), "-c", _REPOINT, str(HERE.scripts(self.venv))])
            base = self._quietly(base).strip()
            self._quietly([base, "-m", "venv", "--without-pip", str(self.venv)])
        except (OSError, subprocess.CalledProcessError):
            return False
        self._finish(made | {"root": str(self.root)})
        return True

    @staticmethod
    def _quietly(command):
        env = system.pip_environment(os.environ)
        run = subprocess.run(command, env=env, check=True, capture_output=True, encoding="utf-8")
        return run.stdout


def write_package(root, packages):
    """Let the environment find the packages of `src/`, and Jupyter the kernel that they offer.

    The path is relative: it holds no letter that a code page could spoil, and outlives a move.
    pip's editable install writes an absolute one, which Python 3.12 reads in the code page.
    """
    source = os.path.relpath(root / "src", packages)
    (packages / "deep_learning_course.pth").write_text(source + "\n", "ascii")
    settings = root / "pyproject.toml"
    if not settings.exists():
        return  # a student's copy
    project = tomllib.loads(settings.read_text("utf-8"))["project"]
    name = project["name"].replace("-", "_")
    folder = packages / f"{name}-{project['version']}.dist-info"
    folder.mkdir(exist_ok=True)
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [
        line
        for group, points in project.get("entry-points", {}).items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in points.items()))
    ]
    (folder / "entry_points.txt").write_text("\n".join([*lines, ""]))


def install_kernel(root, venv):
    """Name the sandboxed kernel, where there is grading: a student's copy has none."""
    folder = root / "src" / "grading" / "sandbox" / "kernelspec"
    if folder.exists():
        target = venv / "share" / "jupyter" / "kernels" / "course-sandbox"
        shutil.copytree(folder, target, dirs_exist_ok=True)


def check_python(version):
    """Raise unless (major, minor) is one that every pinned package has a wheel for."""
    if not system.OLDEST <= version <= system.NEWEST:
        sentence = system.wrong_python(version, sys.argv[1:])
        raise InstallError(sentence.removeprefix("error: "))


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
    if TLS.search(output):
        return (
            "the package index is reached, but its certificate is not accepted: a proxy or a virus "
            "scanner in between has its own. Ask who runs the network for its certificate, set "
            "PIP_CERT to that file, and look at the clock of this machine, then run the same "
            f"command again. Full log: {log}"
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
            "runs on Linux (x86-64, ARM), Windows (x86-64) and on Macs with Apple silicon (macOS "
            f"14 or later), with Python 3.11 to 3.13. Full log: {log}"
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
                encoding="utf-8",
                errors="replace",
                env=system.pip_environment(os.environ),
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


if __name__ == "__main__":
    sys.exit(main())
