"""The front door: what it lists, what it says to the wrong arguments, what it runs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools import door, system

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ran(monkeypatch) -> list:
    """Modules that the door would have run, with their arguments; nothing is installed or run."""
    calls = []

    def module(course, name, *arguments, **_options):
        calls.append([name, *arguments])
        return 0

    monkeypatch.setattr(door.Course, "module", module)
    monkeypatch.setattr(door.install, "install", lambda root, groups: calls.append(groups) or 0)
    return calls


def type_in(*words: str, root: Path = ROOT) -> int:
    """Return the exit status of `python course.py ...`."""
    return door.main(str(root), list(words))


@pytest.fixture
def students(tmp_path) -> Path:
    """The folders of a student's copy."""
    for name in ("course.py", "book/index.md", "tools/door.py", "exercises/tiny/tiny.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


@pytest.mark.parametrize("words", [(), ("--help",), ("help",)])
def test_the_door_lists_every_command_of_this_copy(words, capsys):
    assert type_in(*words) == 0
    out = capsys.readouterr().out
    shown = re.findall(r"^  ([a-z-]+) ", out, re.MULTILINE)
    assert shown == [name for name, each in door.COMMANDS.items() if (ROOT / each.needs).exists()]
    assert max(map(len, out.splitlines())) <= 100


def test_a_students_copy_lists_what_it_can_do(students, capsys):
    assert type_in(root=students) == 0
    shown = re.findall(r"^  ([a-z-]+) ", capsys.readouterr().out, re.MULTILINE)
    assert shown == ["book", "lab", "check", "serve", "doctor", "install", "seeds", "clean"]
    assert type_in("grade", "tiny", root=students) == 2
    assert "This copy of the course cannot `grade`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["boook"], 2, "There is no command 'boook'. Did you mean `book`?"),
        (["check"], 2, "Say which exercise: python course.py check attention"),
        (["check", ""], 2, "Say which exercise"),
        (["check", "initialisation"], 1, "Did you mean initialization? There are: attention, "),
        (["grade"], 2, "Say which assignment"),
        (["grade", "--force"], 2, "Say which assignment"),
        (["report", "nothing-like-it"], 1, "There is no assignment 'nothing-like-it'. There are:"),
        (["regrade", "attention"], 2, "Say which item: python course.py regrade attention --item"),
        (["serve", "--port"], 2, "Say which port"),
        (["serve", "--port", "70000"], 2, "Say which port"),
    ],
)
def test_wrong_arguments_are_one_sentence_with_what_exists(words, status, said, ran, capsys):
    assert type_in(*words) == status
    assert said in capsys.readouterr().err
    assert not [call for call in ran if isinstance(call, list)]


@pytest.mark.parametrize(
    ("words", "groups", "module"),
    [
        ("book --chapter initialization", ("reading",), "tools.build --chapter initialization"),
        ("check initialization", ("reading",), "grading.check initialization"),
        ("grade attention --force", ("reading", "grading"), "grading.grade attention --force"),
        ("status", ("reading", "grading"), "grading.status"),
        ("status attention", ("reading", "grading"), "grading.status attention"),
        ("release --check", ("reading", "grading"), "grading.release --check"),
        ("seeds --chapter a", ("reading",), "tools.seeds 1 2 3 --chapter a"),
        ("seeds 7 --threads 2", ("reading",), "tools.seeds 7 --threads 2"),
        ("catalogue", ("reading", "grading", "dev"), "tools.build --catalogue"),
        ("grade --help", ("reading", "grading"), "grading.grade --help"),
    ],
)
def test_a_command_installs_what_it_needs_and_runs_its_module(words, groups, module, ran):
    assert type_in(*words.split()) == 0
    assert ran == [groups, module.split()]


def test_the_accelerator_is_tried_without_an_installation(ran, monkeypatch):
    seen = {}
    monkeypatch.setattr(door.Course, "module", lambda *_a, **options: seen.update(options) or 0)
    assert type_in("accelerator", "--minutes", "1") == 0
    assert not ran and seen["PYTHONPATH"] == str(ROOT / "src")


def test_check_in_a_students_copy_runs_the_visible_tests(students, ran):
    assert type_in("check", "tiny", root=students) == 0
    assert ran[-1] == ["tools.check", "tiny"]


def test_test_ends_with_pytest_and_stops_at_the_first_failure(ran, monkeypatch):
    assert type_in("test", "-x") == 0
    assert [call[0] for call in ran[1:]] == ["ruff", "ruff", "pytest", "tools.build", "pytest"]
    quick, slow = ran[3], ran[5]
    assert "not slow" in quick and "-x" in quick and "slow" in slow and "-x" in slow

    def fail(course, name, *arguments, **_options):
        ran.append([name])
        return 3 if name == "tools.build" else 0

    monkeypatch.setattr(door.Course, "module", fail)
    assert type_in("test") == 3
    assert ran[-1] == ["tools.build"]


def test_a_failed_installation_runs_nothing(ran, monkeypatch):
    monkeypatch.setattr(door.install, "install", lambda root, groups: 1)
    assert type_in("book") == 1 and not ran


def test_a_busy_port_is_one_sentence_before_the_book_is_built(ran, capsys):
    import socket

    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert type_in("serve", "--port", str(port)) == 1
    assert f"serve --port {port + 1}" in capsys.readouterr().err
    assert len(ran) == 1  # the installation


def test_the_door_opens_from_any_folder_with_any_letters_on_any_code_page(tmp_path):
    """A path with a space and Hangul, a C locale, a Korean code page for the output."""
    copy = tmp_path / "딥러닝 course"
    shutil.copytree(ROOT / "tools", copy / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "course.py", copy / "course.py")
    for extra in (
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "cp949"},
    ):
        run = subprocess.run(
            [sys.executable, copy / "course.py", "한글"],
            cwd=tmp_path,
            env=os.environ | extra,
            capture_output=True,
        )
        assert run.returncode == 2, run.stderr
        assert b"There is no command" in run.stderr and b"Traceback" not in run.stderr


@pytest.mark.skipif(system.HERE.windows, reason="signals of POSIX")
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_command_and_is_quiet(tmp_path, signum):
    """The command itself gets it, may save something, and its status is the door's."""
    code = """
import pathlib, sys, time, signal
for each in (signal.SIGINT, signal.SIGTERM):  # whoever runs the tests may ignore the first
    signal.signal(each, signal.default_int_handler)
pathlib.Path("started").touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.6)  # longer than subprocess would wait
    pathlib.Path("saved").touch()
    sys.exit(130)
"""
    door_code = f"""
import os, sys
from pathlib import Path
from tools import door
command = [sys.executable, "-c", {code!r}]
sys.exit(door.wait_for(command, Path({str(tmp_path)!r}), os.environ))
"""
    process = subprocess.Popen(
        [sys.executable, "-c", door_code],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "started").exists():
        assert process.poll() is None
        time.sleep(0.05)
    if signum == signal.SIGINT:
        os.killpg(process.pid, signum)  # as a terminal does
    else:
        process.send_signal(signum)
    assert process.wait(30) == 130
    assert (tmp_path / "saved").exists() and process.stderr.read() == ""


def test_a_command_that_a_signal_ended_is_told_by_the_status():
    code = [sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
    assert door.wait_for(code, ROOT, os.environ) == 137


MAKE = {
    "help": "",
    "book": "book",
    "book CHAPTER=initialization": "book --chapter initialization",
    "test": "test",
    "test PYTEST_ARGS='-x -q'": "test -x -q",
    "test-fast": "test-fast",
    "lint": "lint",
    "lab": "lab",
    "lab LAB_ARGS=--no-browser": "lab --no-browser",
    "serve": "serve",
    "serve PORT=9000": "serve --port 9000",
    "check EXERCISE=initialization": "check initialization",
    "check": "check ''",
    "release": "release",
    "grade ASSIGNMENT=a GRADE_ARGS='--force --student ann'": "grade a --force --student ann",
    "regrade ASSIGNMENT=a ITEM=b": "regrade a --item b",
    "status": "status ''",
    "report ASSIGNMENT=a": "report a",
    "export ASSIGNMENT=a FORMAT=canvas": "export a --format canvas",
    "seeds SEEDS='1 2' CHAPTER=a THREADS=2": "seeds 1 2 --chapter a --threads 2",
    "bench": "bench",
    "accelerator": "accelerator",
    "catalogue": "catalogue",
    "doctor": "doctor",
    "install": "install",
    "clean": "clean",
}


@pytest.mark.skipif(not shutil.which("make"), reason="make is an alias that not every system has")
def test_make_is_an_alias_of_every_command():
    import shlex

    env = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "PYTHON")}
    for typed, wanted in MAKE.items():
        run = subprocess.run(
            ["make", "--dry-run", *shlex.split(typed)],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
        )
        assert shlex.split(run.stdout.lstrip("@")) == shlex.split(f"python3 course.py {wanted}")
    assert {each.split()[0] for each in MAKE} == {*door.COMMANDS, "help"}


@pytest.mark.skipif(not shutil.which("make"), reason="make is an alias that not every system has")
def test_make_names_a_python_that_is_not_there():
    make = ["make", "book", "PYTHON=python-of-nowhere"]
    run = subprocess.run(make, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode and "there is no python-of-nowhere here" in run.stderr
