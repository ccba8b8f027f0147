"""What depends on the system: names of files, the environment, encodings, what to type.

A `System` is asked with another system's answers put in, so all three can be tested on one.
Standard library only, and nothing newer than Python 2.7 in its syntax: a Python that is too old
reads this file to say so.
"""

import os
import sys

OLDEST, NEWEST = (3, 11), (3, 13)

# What would put packages elsewhere than into .venv, or let others in.
_NOT_OURS = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONWARNINGS",
    "__PYVENV_LAUNCHER__",
    "MPLBACKEND",
    "MATPLOTLIBRC",
    "JUPYTER_PATH",
)
_PIP_ELSEWHERE = (
    "PYTHONDONTWRITEBYTECODE",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PYTHON",
    "PIP_DRY_RUN",
    "PIP_NO_DEPS",
    "PIP_NO_BINARY",
    "PIP_REQUIRE_HASHES",
)
_LONGEST_PATH = 100  # characters; Windows allows 260, and the packages' own paths need the rest


class System(object):
    """One operating system.

    Args:
        name: what `os.name` says there: "posix" or "nt".
        platform: what `sys.platform` says there: "linux", "darwin" or "win32".
    """

    def __init__(self, name=os.name, platform=sys.platform):
        self.windows = name == "nt"
        self.linux = platform.startswith("linux")

    def scripts(self, venv):
        """Return the folder of an environment's commands."""
        return venv / ("Scripts" if self.windows else "bin")

    def python(self, venv):
        """Return an environment's interpreter."""
        return self.scripts(venv) / ("python.exe" if self.windows else "python")

    def packages(self, venv, version):
        """Return the folder of an environment's packages; `version` is (major, minor)."""
        if self.windows:
            return venv / "Lib" / "site-packages"
        return venv / "lib" / "python{}.{}".format(*version) / "site-packages"

    def pip_settings(self, venv):
        """Return the file with the pip settings of one environment."""
        return venv / ("pip.ini" if self.windows else "pip.conf")

    def command_of(self, version):
        """Return what starts Python `version` here, as one types it."""
        return ("py -{}.{}" if self.windows else "python{}.{}").format(*version)

    def find_python(self, works):
        """Return the command of the newest Python that fits, or None.

        Args:
            works: tells whether a command, a list of words, starts a Python.
        """
        for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
            command = self.command_of((3, minor))
            if works(command.split()):
                return command
        return None

    def packages_to_install(self, names):
        """Return what to type for the system packages `names`, which are called as on Debian."""
        return "sudo apt install " + " ".join(names)

    def odd_path(self, path):
        """Say what is wrong with the course's folder; "" when nothing is."""
        path = str(path)
        if self.windows and len(path) > _LONGEST_PATH:
            return (
                "its path has {} characters, and Windows cuts off the packages' paths; move the "
                "course to a short one, such as C:\\course".format(len(path))
            )
        if not self.windows and ":" in path:
            return "its path has a colon, which no environment may have; rename the folder"
        if "\n" in path:
            return "its path has a line break; rename the folder"
        return ""

    def why_no_grading(self):
        """Say why classes cannot be graded on this system; "" where they can."""
        if self.linux:
            return ""
        return (
            "grading a class needs Linux, for the sandbox; "
            + ("on Windows use WSL (`wsl --install`)" if self.windows else "use a Linux machine")
            + ". Everything else works here"
        )


HERE = System()


def child_environment(environ, own, users_jupyter=False):
    """Return the environment in which the course's commands run.

    A user's own kernels, start-up files and styles change neither the book nor the exercises, and
    a home that cannot be written to is not needed. Text is UTF-8 whatever the code page.

    Args:
        environ: the present environment.
        own: folder for what these programs keep.
        users_jupyter: whether to keep the user's JupyterLab settings, such as the theme.
    """
    env = {name: value for name, value in environ.items() if name not in _NOT_OURS}
    env["PYTHONUTF8"] = "1"
    env["PYTHONNOUSERSITE"] = "1"
    env["JUPYTER_PREFER_ENV_PATH"] = "1"
    env["IPYTHONDIR"] = os.path.join(own, ".ipython")
    env["MPLCONFIGDIR"] = os.path.join(own, ".matplotlib")
    if not users_jupyter:
        env.pop("JUPYTER_CONFIG_PATH", None)
        for kind in ("CONFIG", "DATA", "RUNTIME"):
            env["JUPYTER_%s_DIR" % kind] = os.path.join(own, ".jupyter", kind.lower())
    return env


def pip_environment(environ):
    """Return the environment for pip: packages go to .venv, whatever the user set for others."""
    env = {name: value for name, value in environ.items() if name not in _NOT_OURS}
    for name in _PIP_ELSEWHERE:
        env.pop(name, None)
    env.update(PYTHONUTF8="1", PYTHONNOUSERSITE="1", PIP_REQUIRE_VIRTUALENV="0")
    return env


def home_is_writable():
    """Tell whether there is a home folder in which programs may keep their settings."""
    home = os.path.expanduser("~")
    return os.path.isdir(home) and os.access(home, os.W_OK)


def print_anything(*streams):
    """Let a console of any code page take any text: what it lacks becomes a question mark."""
    for stream in streams:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def memory():
    """Return the machine's memory in bytes, or None."""
    if not HERE.windows:
        try:
            return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        except (ValueError, OSError, AttributeError):
            return None
    import ctypes

    class Status(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong)] + [
            (name, ctypes.c_ulonglong)
            for name in ("total", "free", "page", "free_page", "virtual", "free_virtual", "more")
        ]

    status = Status()
    status.length = ctypes.sizeof(status)
    found = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return status.total if found else None


def works(command):
    """Tell whether a command, a list of words, starts a Python."""
    import subprocess

    try:
        with open(os.devnull, "w") as nothing:
            code = ["-c", "import sys"]
            return not subprocess.call(command + code, stdout=nothing, stderr=nothing)
    except OSError:
        return False


def wrong_python(version, arguments, system=HERE, works=works):
    """Say, in one sentence, that Python `version` cannot be used, and what to type instead.

    Args:
        version: (major, minor).
        arguments: what was typed after `course.py`.
        system: where.
        works: see `System.find_python`.
    """
    found = system.find_python(works)
    example = found or system.command_of((3, 12))
    line = " ".join([example, "course.py"] + list(arguments or ["book"]))
    return "error: the course needs Python 3.11, 3.12 or 3.13, and this is {}.{} ({}); {}".format(
        version[0],
        version[1],
        sys.executable,
        "type `{}`.".format(line)
        if found
        else "install one from python.org, then type `{}`.".format(line),
    )
