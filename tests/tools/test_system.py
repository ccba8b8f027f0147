"""What depends on the system, asked with the other systems' answers put in."""

import ast
import io
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from tools import system
from tools.system import System

ROOT = Path(__file__).resolve().parents[2]
LINUX, MAC, WINDOWS = System("posix", "linux"), System("posix", "darwin"), System("nt", "win32")
C_DRIVE = PureWindowsPath(r"C:\Users\김 철수\course")


@pytest.mark.parametrize(
    ("where", "venv", "python", "packages", "settings"),
    [
        (
            LINUX,
            PurePosixPath("/home/김/.venv"),
            "/home/김/.venv/bin/python",
            "/home/김/.venv/lib/python3.12/site-packages",
            "/home/김/.venv/pip.conf",
        ),
        (
            WINDOWS,
            C_DRIVE / ".venv",
            r"C:\Users\김 철수\course\.venv\Scripts\python.exe",
            r"C:\Users\김 철수\course\.venv\Lib\site-packages",
            r"C:\Users\김 철수\course\.venv\pip.ini",
        ),
    ],
)
def test_an_environment_has_its_parts_where_the_system_puts_them(
    where, venv, python, packages, settings
):
    assert str(where.python(venv)) == python
    assert str(where.packages(venv, (3, 12))) == packages
    assert str(where.pip_settings(venv)) == settings
    assert where.scripts(venv) == where.python(venv).parent


def test_this_system_is_where_python_says_it_is():
    home = Path(sys.prefix)
    assert system.HERE.python(home).exists()
    assert system.HERE.packages(home, sys.version_info[:2]).exists()


@pytest.mark.parametrize(
    ("where", "known", "found"),
    [
        (LINUX, ["python3.11", "python3.12"], "python3.12"),
        (MAC, [], None),
        (WINDOWS, ["py -3.11"], "py -3.11"),
        (WINDOWS, ["python3.12"], None),
    ],
)
def test_the_newest_python_that_fits_is_named_as_one_types_it(where, known, found):
    assert where.find_python(lambda words: " ".join(words) in known) == found


def test_a_wrong_python_is_one_sentence_with_what_to_type():
    sentence = system.wrong_python((3, 9), ["lab"], WINDOWS, lambda words: "-3.12" in words)
    assert "this is 3.9" in sentence and "type `py -3.12 course.py lab`" in sentence
    sentence = system.wrong_python((3, 9), [], LINUX, lambda words: False)
    assert "install one" in sentence and "`python3.12 course.py book`" in sentence


@pytest.mark.parametrize(
    ("where", "path", "words"),
    [
        (LINUX, "/home/김 철수/딥러닝 course", ""),
        (LINUX, "/data/a:b", "colon"),
        (MAC, "/data/a\nb", "line break"),
        (WINDOWS, str(C_DRIVE), ""),
        (WINDOWS, "C:\\" + "very long\\" * 12, "123 characters"),
        (LINUX, "/very long" * 12, ""),
    ],
)
def test_a_path_that_tools_refuse_is_told(where, path, words):
    said = where.odd_path(path)
    assert words in said and bool(said) == bool(words)


def test_grading_is_for_linux():
    assert not LINUX.why_no_grading()
    assert "use WSL" in WINDOWS.why_no_grading()
    assert "Linux machine" in MAC.why_no_grading()


USERS = {
    "PYTHONPATH": "/elsewhere",
    "PYTHONHOME": "/elsewhere",
    "MPLBACKEND": "TkAgg",
    "MATPLOTLIBRC": "/home/me/matplotlibrc",
    "JUPYTER_PATH": "/home/me/kernels",
    "JUPYTER_CONFIG_DIR": "/home/me/.jupyter",
    "IPYTHONDIR": "/home/me/.ipython",
    "PIP_USER": "1",
    "PIP_TARGET": "/elsewhere",
    "PIP_INDEX_URL": "https://mirror",
    "PATH": "/bin",
}


def test_a_users_settings_do_not_reach_the_course():
    env = system.child_environment(USERS, "/course/_build")
    assert not {"PYTHONPATH", "PYTHONHOME", "MPLBACKEND", "MATPLOTLIBRC", "JUPYTER_PATH"} & set(env)
    assert env["PATH"] == "/bin" and env["PYTHONUTF8"] == "1"
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        assert env[name].startswith(os.path.join("/course/_build", "."))


def test_jupyterlab_keeps_a_users_settings_but_not_their_kernels():
    env = system.child_environment(USERS, "/course/_build", users_jupyter=True)
    assert env["JUPYTER_CONFIG_DIR"] == "/home/me/.jupyter"
    assert env["JUPYTER_PREFER_ENV_PATH"] == "1" and env["IPYTHONDIR"].startswith("/course")


def test_pip_keeps_a_users_index_and_installs_here():
    env = system.pip_environment(USERS)
    assert env["PIP_INDEX_URL"] == "https://mirror"
    assert not {"PIP_USER", "PIP_TARGET", "PYTHONPATH"} & set(env)


@pytest.mark.parametrize("code_page", ["cp949", "ascii", "cp1252", "utf-8"])
def test_any_text_can_be_printed_on_any_code_page(code_page):
    console = io.TextIOWrapper(io.BytesIO(), encoding=code_page)
    system.print_anything(console)
    console.write("한글 é 😀 → ✓\n")
    console.flush()
    assert console.buffer.getvalue().endswith(b"\n")


def test_a_home_that_is_not_there_is_not_writable(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "nobody"))
    assert not system.home_is_writable()
    (tmp_path / "nobody").mkdir()
    assert system.home_is_writable()


def test_memory_is_a_number_of_bytes():
    assert system.memory() > 2**28


@pytest.mark.parametrize("name", ["course.py", "tools/system.py", "tools/__init__.py"])
def test_an_old_python_can_read_what_tells_it_so(name):
    """No syntax newer than Python 2.7: what it would not parse, it could not say."""
    source = (ROOT / name).read_text("ascii")
    newer = (
        *(ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.Match),
        *(ast.AsyncFunctionDef, ast.Await, ast.YieldFrom, ast.MatMult, ast.TryStar),
    )
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, newer), f"line {node.lineno}: {type(node).__name__}"
        if isinstance(node, ast.FunctionDef):
            assert not node.args.kwonlyargs and not node.args.posonlyargs and not node.returns
            assert not any(each.annotation for each in node.args.args)
        if isinstance(node, ast.ClassDef):
            assert not node.keywords
        if isinstance(node, ast.Raise):
            assert not node.cause
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            assert not any(isinstance(each, ast.Starred) for each in node.elts)
        if isinstance(node, ast.Call):  # nothing after *arguments
            assert not any(isinstance(each, ast.Starred) for each in node.args[:-1])


POSIX_ALONE = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog")
DOOR = ("tools.door", "tools.install", "tools.doctor", "tools.check", "tools.system")


@pytest.mark.parametrize("module", DOOR)
def test_what_readers_run_needs_no_module_that_windows_lacks(module):
    code = f"""
import sys
for name in {POSIX_ALONE!r}:
    sys.modules[name] = None
import {module}
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
