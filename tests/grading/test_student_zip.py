"""The students' zip, unpacked in an empty folder, with an empty home and no network."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from classroom import write_course
from tiny_course import answered, tiny_solution

from grading import release
from tools import system
from tools.install import PINS, Installation

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type")]

ROOT = Path(__file__).parents[2]
TINY = Path("exercises", "tiny", "tiny.ipynb")


@pytest.fixture(scope="module")
def received(tmp_path_factory) -> Path:
    """The course as a student unpacks it, with the one exercise `tiny`; installed."""
    root = tmp_path_factory.mktemp("instructor")
    for pattern in release.FOR_STUDENTS:
        for found in ROOT.glob(pattern):
            target = root / found.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            if found.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(found, target, dirs_exist_ok=True, ignore=ignored)
            else:
                shutil.copyfile(found, target)
    write_course(root, "tiny", tiny_solution())
    archive = release.write_zip(root, {"tiny": release.generate(root, "tiny")})
    folder = tmp_path_factory.mktemp("학생 folder")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    borrow_environment(folder / "course")
    return folder / "course"


def borrow_environment(root: Path) -> None:
    """Give the copy an environment whose packages are those that these tests run with."""
    venv = root / ".venv"
    make = [sys._base_executable, "-m", "venv", "--without-pip", str(venv)]
    subprocess.run(make, check=True, capture_output=True)
    version = sys.version_info[:2]
    packages, ours = (
        system.HERE.packages(venv, version),
        system.HERE.packages(Path(sys.prefix), version),
    )
    for path in ours.iterdir():  # all but the packages of this course itself
        if "deep_learning_course" not in path.name and path.name != "__pycache__":
            (packages / path.name).symlink_to(path)
    (packages / "deep_learning_course.pth").write_text("../../../../src\n", "ascii")
    installation = Installation(root)
    made = {
        "python": list(version),
        "groups": ["reading"],
        "inputs": installation.inputs(["reading"]),
    }
    installation.unfinished.touch()
    installation._finish(made)


# Files of a user that would change what a notebook does, if they were read.
USERS_FILES = {
    ".local/share/jupyter/kernels/python3/kernel.json": '{"argv": ["false"]}',
    ".jupyter/jupyter_config.json": '{"KernelManager": {"kernel_cmd": ["false"]}}',
    ".ipython/profile_default/startup/00-mine.py": "raise SystemExit('my start-up file')",
    ".config/matplotlib/matplotlibrc": "this is not a setting",
}


def course(
    received: Path, tmp_path: Path, *words: str, home: Path | None = None
) -> subprocess.CompletedProcess:
    """Run a command of the student's copy: empty home, no network, nothing of ours about."""
    if home is None:
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
    nothing = "http://127.0.0.1:9"
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "USERPROFILE": str(home),
        "http_proxy": nothing,
        "https_proxy": nothing,
        "no_proxy": "127.0.0.1,localhost",
    }
    command = [sys._base_executable, str(received / "course.py"), *words]
    return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8")


def test_the_copy_has_no_solution_no_tests_no_grading(received):
    for name in (
        "solutions",
        "tests",
        "src/grading",
        "pyproject.toml",
        "Makefile",
        "CONTRIBUTING.md",
    ):
        assert not (received / name).exists()
    assert "return x + x" not in (received / TINY).read_text("utf-8")


def test_what_its_readme_says_is_there(received):
    readme = (received / "README.md").read_text("utf-8")
    assert len(readme.splitlines()) < 30 and "make " not in readme
    commands = re.findall(r"python course\.py ([a-z-]+)", readme)
    listed = course(received, received, "help").stdout
    for name in commands:
        assert f"  {name} " in listed
    for name in re.findall(r"`([\w./-]+)`", readme):
        if "/" in name or name.startswith("LICENSE"):
            assert (received / name.replace("initialization", "tiny")).exists(), name
    assert not re.findall(r"\]\((?!http)([^)]+)\)", readme), "a link to a file that may be missing"
    assert (received / PINS).exists()


def test_what_it_cannot_do_is_not_listed(received, tmp_path):
    listed = course(received, tmp_path).stdout
    assert re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE) == [
        *("book", "lab", "check", "serve", "doctor", "install", "seeds", "clean")
    ]
    assert "cannot `test`" in course(received, tmp_path, "test").stderr


def test_check_gives_points_and_says_who_runs_the_hidden_tests(received, tmp_path):
    untouched = course(received, tmp_path, "check", "tiny")
    assert "double  0 / 2\n    Your code goes here" in untouched.stdout, untouched.stderr
    notebook = answered(received / TINY, "def double(x):\n    return 4", "Because of the sum.")
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    mine = course(received, tmp_path, "check", "tiny", "--notebook", str(tmp_path / "mine.ipynb"))
    assert "double  2 / 2" in mine.stdout, mine.stderr  # the hidden test would see through it
    assert "Hidden tests look at other cases: your instructor runs them" in mine.stdout
    assert untouched.stderr == mine.stderr == ""


def test_a_users_kernel_and_start_up_files_change_nothing(received, tmp_path):
    for name, content in USERS_FILES.items():
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    said = course(received, tmp_path, "check", "tiny")
    assert "double  0 / 2\n    Your code goes here" in said.stdout and not said.stderr


def test_no_home_is_needed(received, tmp_path):
    nowhere = Path(os.devnull) / "home"  # where nobody can write, not even root
    said = course(received, tmp_path, "check", "tiny", home=nowhere)
    assert "double  0 / 2\n    Your code goes here" in said.stdout and not said.stderr
    assert (
        "the home folder cannot be written to"
        in course(received, tmp_path, "doctor", home=nowhere).stdout
    )


def test_jupyterlab_starts(received, tmp_path):
    said = course(received, tmp_path, "lab", "--version")
    assert said.returncode == 0 and re.match(r"4\.\d", said.stdout), said.stderr


def test_its_book_is_whole(received):
    """What the build reads is there: the configuration, each page of its list, the helpers."""
    code = (
        "from pathlib import Path; from tools.book import Book; import helpers.training\n"
        "print(*Book(Path.cwd()).chapters)"
    )
    python = str(system.HERE.python(received / ".venv"))
    run = subprocess.run([python, "-c", code], cwd=received, capture_output=True, text=True)
    assert "initialization" in run.stdout, run.stderr


def test_the_doctor_finds_it_healthy(received, tmp_path):
    said = course(received, tmp_path, "doctor")
    assert said.returncode == 0, said.stdout
    assert "bubblewrap" not in said.stdout
