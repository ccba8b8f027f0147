"""The installer says in one sentence what is wrong, and does nothing the second time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import install

ROOT = Path(__file__).resolve().parents[2]
LOG = Path("/somewhere/install.log")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one tiny requirement."""
    (tmp_path / "src" / "tiny").mkdir(parents=True)
    (tmp_path / "src" / "tiny" / "__init__.py").write_text("")
    (tmp_path / "requirements.txt").write_text("setuptools\n")
    shutil.copy(ROOT / "constraints.txt", tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "tiny"\nversion = "1"\n'
    )
    monkeypatch.delenv("PYTHON", raising=False)
    return tmp_path


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_the_right_pythons_pass(version):
    install.check_python(version)


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 14), (4, 0)])
def test_a_wrong_python_is_one_sentence(version):
    with pytest.raises(install.InstallError, match=r"needs Python 3.11, 3.12 or 3.13.*PYTHON="):
        install.check_python(version)


def test_a_wrong_python_stops_before_anything_is_made(project, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    assert install.main(project) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (project / ".venv").exists()


def test_debian_without_venv_is_told_the_package(monkeypatch):
    monkeypatch.setattr(install.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(install.InstallError, match=r"apt-get install python3\.\d+-venv"):
        install.check_venv_module()


def test_a_full_disk_stops_before_anything_is_made(project, monkeypatch, capsys):
    usage = shutil.disk_usage(project)._replace(free=2**30)
    monkeypatch.setattr(install.shutil, "disk_usage", lambda path: usage)
    assert install.main(project) == 1
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


def test_the_installed_project_is_current_and_a_changed_pin_makes_it_stale(tmp_path):
    stamp = tmp_path / ".venv" / "installed.json"
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_text("")
    before = install._inputs(tmp_path)
    assert not install._is_current(stamp, before)
    (tmp_path / "constraints.txt").write_text("x==1")
    assert install._inputs(tmp_path) != before


@pytest.mark.slow
def test_install_twice_then_repair(project, capsys):
    assert install.main(project) == 0
    python = project / ".venv" / "bin" / "python"
    assert not subprocess.run([python, "-c", "import tiny"]).returncode
    assert "Installed in" in capsys.readouterr().out
    assert install.main(project) == 0
    assert capsys.readouterr().out == ""  # nothing to do

    (project / ".venv" / "unfinished").touch()  # what an interrupted run leaves
    shutil.rmtree(project / ".venv" / "lib")
    assert install.main(project) == 0
    assert not subprocess.run([python, "-c", "import tiny"]).returncode


@pytest.mark.slow
def test_no_network_is_one_sentence_and_the_next_run_repairs(project, monkeypatch, capsys):
    (project / "requirements.txt").write_text("tabulate\n")
    elsewhere = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "1",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_FIND_LINKS": "",
    }
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    assert install.main(project) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and "cannot be reached" in err and "install.log" in err
    for name in elsewhere:
        monkeypatch.delenv(name)
    (project / "requirements.txt").write_text("setuptools\n")
    assert install.main(project) == 0


def test_make_names_a_python_that_is_not_there():
    run = subprocess.run(
        ["make", "install", "PYTHON=python-of-nowhere"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode and "there is no python-of-nowhere" in run.stderr


@pytest.mark.parametrize("target", ["check", "grade"])
def test_make_says_what_is_missing(target):
    run = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
    assert f"make {target} " in run.stdout
