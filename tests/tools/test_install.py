"""The installer says in one sentence what is wrong, and does nothing the second time."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import install, system

ROOT = Path(__file__).resolve().parents[2]
LOG = Path("/somewhere/install.log")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one tiny requirement."""
    (tmp_path / "src" / "tiny").mkdir(parents=True)
    (tmp_path / "src" / "tiny" / "__init__.py").write_text("")
    (tmp_path / "requirements.txt").write_text("tabulate\n")
    (tmp_path / "requirements-grading.txt").write_text("webencodings\n")
    (tmp_path / "requirements-dev.txt").write_text("")
    shutil.copy(ROOT / "constraints.txt", tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "tiny-course"\nversion = "1"\n'
        '[project.entry-points."course.tests"]\nfirst = "tiny:first"\n'
    )
    monkeypatch.delenv("PYTHON", raising=False)
    return tmp_path


@pytest.fixture
def pretend(project, monkeypatch) -> list[list[str]]:
    """Commands that the installer would have run in `project`; `venv` makes only its folders."""
    ran = []

    def run(command, log):
        ran.append([str(word) for word in command])
        if "venv" in command:
            system.HERE.scripts(project / ".venv").mkdir(parents=True, exist_ok=True)
            here = list(sys.version_info[:2])
            system.HERE.packages(project / ".venv", here).mkdir(parents=True, exist_ok=True)
            system.HERE.python(project / ".venv").write_text("")

    monkeypatch.setattr(install, "_run", run)
    monkeypatch.setattr(install.Installation, "_compile", lambda self: None)
    monkeypatch.setattr(
        install.Installation,
        "version",
        lambda self: list(sys.version_info[:2]) if self.python.exists() else None,
    )
    return ran


def in_environment(project: Path, code: str) -> str:
    """Return what code prints that the environment of `project` runs."""
    python = system.HERE.python(project / ".venv")
    run = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.strip()


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_the_right_pythons_pass(version):
    install.check_python(version)


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14), (4, 0)])
def test_a_wrong_python_is_one_sentence(version):
    with pytest.raises(install.InstallError, match=r"needs Python 3.11, 3.12 or 3.13.*type `"):
        install.check_python(version)


def test_a_wrong_python_stops_before_anything_is_made(project, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert install.install(project) == 1
    assert "needs Python 3.11" in capsys.readouterr().err
    assert not (project / ".venv").exists()


def test_debian_without_venv_is_told_the_package(monkeypatch):
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(install.InstallError, match=r"apt-get install python3\.\d+-venv"):
        install.check_venv_module()


def test_a_full_disk_stops_before_anything_is_made(project, monkeypatch, capsys):
    usage = shutil.disk_usage(project)._replace(free=2**30)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: usage)
    assert install.install(project) == 1
    assert "1.0 GiB free" in capsys.readouterr().err
    assert not (project / ".venv").exists()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("ERROR: Could not install: [Errno 28] No space left on device", ["disk is full"]),
        (
            "WARNING: Retrying: NewConnectionError(... Temporary failure in name resolution)\n"
            "ERROR: No matching distribution found for torch==2.13.0",
            ["cannot be reached", "network"],
        ),
        (
            "WARNING: Retrying: SSLError(SSLCertVerificationError(1, '[SSL: "
            "CERTIFICATE_VERIFY_FAILED] self-signed certificate'))\nCould not fetch URL https://pypi.org\n"
            "ERROR: No matching distribution found for torch==2.13.0",
            ["certificate is not accepted", "PIP_CERT"],
        ),
        (
            "ERROR: Could not find one\nERROR: No matching distribution found for torch==2.13.0",
            ["no ready-made package of torch==2.13.0", "Apple silicon"],
        ),
        ("Collecting x\nERROR: something else\n", ["ERROR: something else"]),
        ("", ["no message"]),
    ],
)
def test_what_stops_pip_is_explained_and_the_log_is_named(output, words):
    sentence = install.explain(output, LOG)
    assert "\n" not in sentence and str(LOG) in sentence
    assert all(word in sentence for word in words)


def test_readers_get_less_than_those_who_test(pretend, project):
    assert install.install(project) == 0
    assert sum("requirements.txt" in word for word in pretend[-1]) == 1
    assert not any("requirements-" in word for word in pretend[-1])
    assert install.install(project) == 0 and len(pretend) == 2  # venv and pip: nothing more to do

    assert install.install(project, ("reading", "grading")) == 0
    assert "venv" not in pretend[-2] and any("requirements-grading" in w for w in pretend[-1])
    assert install.install(project) == 0 and len(pretend) == 3  # what is there stays


def test_a_changed_pin_installs_again_what_was_there(pretend, project):
    install.install(project, ("reading", "grading"))
    (project / "constraints.txt").write_text("")
    assert install.install(project) == 0
    assert len(pretend) == 3 and any("requirements-grading" in word for word in pretend[-1])


@pytest.mark.parametrize("what", ["unfinished", "not json", "an older version's", "no python"])
def test_an_environment_that_is_not_whole_is_made_again(pretend, project, what):
    install.install(project)
    installation = install.Installation(project)
    if what == "unfinished":
        installation.unfinished.touch()
    elif what == "no python":
        installation.python.unlink()
    else:
        installation.stamp.write_text("{" if what == "not json" else '{"inputs": "", "python": []}')
    assert install.install(project) == 0
    assert "venv" in pretend[2] and installation.is_current(("reading",))


def test_fresh_begins_from_nothing(pretend, project):
    install.install(project)
    assert install.main(["--fresh", "--all"], project) == 0
    assert "--clear" in pretend[2]
    assert install.Installation(project).made["groups"] == list(install.GROUPS)


def test_the_python_asked_for_is_the_one_that_is_used(pretend, project, monkeypatch):
    install.install(project)
    stamp = install.Installation(project).stamp
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"python": [3, 99]}))
    assert install.install(project) == 0 and len(pretend) == 2  # whoever opens the door
    monkeypatch.setenv("PYTHON", "python3")
    assert install.install(project) == 0 and len(pretend) == 3


def test_nothing_of_the_users_settings_reaches_pip(project, monkeypatch):
    seen = {}

    def refuse(command, env, **_how):
        seen.update(env)
        raise OSError("seen enough")

    monkeypatch.setattr(install.subprocess, "Popen", refuse)
    unwanted = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    for name in unwanted:
        monkeypatch.setenv(name, "1")
    assert install.install(project) == 1
    assert seen["PYTHONUTF8"] == "1" and not set(unwanted) & set(seen)


def test_a_folder_that_cannot_be_written_to_is_one_sentence(project, monkeypatch, capsys):
    def refuse(self, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(install.Path, "mkdir", refuse)
    assert install.install(project) == 1
    assert "copy the course to a folder of your own" in capsys.readouterr().err


def test_a_path_that_environments_refuse_is_one_sentence(tmp_path, capsys):
    odd = tmp_path / "a:b"
    odd.mkdir()
    assert install.install(odd) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "rename the folder" in err


def test_the_packages_of_src_are_found_by_a_relative_path_in_ascii(tmp_path):
    """Python 3.12 reads such a file in the code page, and a moved folder keeps it."""
    packages = tmp_path / "딥러닝" / ".venv" / "lib" / "site-packages"
    packages.mkdir(parents=True)
    install.write_package(tmp_path / "딥러닝", packages)
    (line,) = (packages / "deep_learning_course.pth").read_text("ascii").splitlines()
    assert (packages / line).resolve() == tmp_path / "딥러닝" / "src"
    assert [path.name for path in packages.iterdir()] == ["deep_learning_course.pth"]


HANGUL = "딥러닝 course"


@pytest.mark.slow
def test_install_twice_move_repair(project, tmp_path, monkeypatch, capsys):
    """A real installation, in a folder with a space and Hangul, with a user's pip settings."""
    root = project / HANGUL
    root.mkdir()
    for path in [*project.glob("*.t*"), project / "src"]:
        path.rename(root / path.name)
    settings = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    settings.write_text(f"[global]\ntarget = {elsewhere}\n[install]\nuser = true\n")
    for name, value in {"HOME": str(tmp_path / "home"), "PIP_USER": "1", "LC_ALL": "C"}.items():
        monkeypatch.setenv(name, value)

    assert install.install(root) == 0
    assert not elsewhere.exists()
    assert in_environment(root, "import tabulate, tiny; print(tiny.__file__)").startswith(str(root))
    points = "from importlib.metadata import entry_points as e; print(*e(group='course.tests'))"
    assert "tiny:first" in in_environment(root, points)
    assert "Installed in" in capsys.readouterr().out
    assert install.install(root) == 0
    assert capsys.readouterr().out == ""  # nothing to do

    moved = project / "이사 간 course"
    shutil.copytree(root, moved, symlinks=True)  # the old folder is there still
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # and the network is not
    assert install.install(moved) == 0
    assert "mending .venv" in capsys.readouterr().out
    where = "import sys, tiny; print(sys.prefix, tiny.__file__)"
    assert str(root) not in in_environment(moved, where)
    script = system.HERE.scripts(moved / ".venv") / "tabulate"
    assert str(moved) in script.read_text() and str(root) not in script.read_text()
    run = subprocess.run([script], input="a b", capture_output=True, text=True)
    assert run.returncode == 0 and "a  b" in run.stdout
    assert install.install(moved) == 0
    assert capsys.readouterr().out == ""

    monkeypatch.delenv("PIP_INDEX_URL")
    (moved / ".venv" / "unfinished").touch()  # what an interrupted run leaves
    shutil.rmtree(moved / ".venv" / "lib")
    assert install.install(moved) == 0
    in_environment(moved, "import tabulate, tiny")


@pytest.mark.slow
def test_no_network_is_one_sentence_and_the_next_run_repairs(project, monkeypatch, capsys):
    elsewhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_FIND_LINKS": "",
    }
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    assert install.install(project) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "cannot be reached" in err and "install.log" in err
    for name in elsewhere:
        monkeypatch.delenv(name)
    (project / "requirements.txt").write_text("")
    assert install.install(project) == 0


def test_every_package_is_pinned_once_and_has_a_group():
    names = [
        line.partition("==")[0].partition("[")[0]
        for group in install.GROUPS.values()
        for line in (ROOT / group).read_text().splitlines()
        if line and not line.startswith("#")
    ]
    pinned = {
        line.partition("==")[0].lower() for line in (ROOT / install.PINS).read_text().splitlines()
    }
    assert len(names) == len(set(names)) and set(names) <= pinned
