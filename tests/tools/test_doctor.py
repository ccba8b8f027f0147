"""The doctor: each fault ends with what to type, before the installation, too."""

import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tools import doctor
from tools.doctor import FAULT, NOTE, OK
from tools.system import System

LINUX, MAC, WINDOWS = System("posix", "linux"), System("posix", "darwin"), System("nt", "win32")
GIB = 2**30


def nowhere(name):
    return None


@pytest.mark.parametrize(
    ("finding", "state", "words"),
    [
        (doctor.python((3, 12)), OK, ""),
        (doctor.python((3, 10)), FAULT, "course.py doctor"),
        (doctor.python((3, 14)), FAULT, "course.py doctor"),
        (doctor.folder("/home/김 철수", LINUX), OK, ""),
        (doctor.folder("/a:b", LINUX), FAULT, "rename the folder"),
        (doctor.folder("C:\\" + "long\\" * 30, WINDOWS), FAULT, "move the course to a short one"),
        (doctor.memory(8 * GIB), OK, ""),
        (doctor.memory(2 * GIB), NOTE, "JOBS"),
        (doctor.memory(None), NOTE, ""),
        (doctor.fonts(MAC), OK, ""),
        (doctor.fonts(LINUX, nowhere), NOTE, ""),
        (doctor.sandbox(WINDOWS), NOTE, ""),
        (doctor.sandbox(LINUX, nowhere), NOTE, "sudo apt install bubblewrap"),
    ],
)
def test_each_look_says_what_it_found_and_what_to_type(finding, state, words):
    assert finding.state == state and words in finding.advice
    assert bool(finding.advice) == bool(words)


def test_grading_on_windows_points_to_wsl():
    assert "WSL" in doctor.sandbox(WINDOWS).what


def test_a_full_disk_is_a_fault_only_before_the_installation(tmp_path):
    finding = doctor.disk(tmp_path, GIB)
    assert finding.state == FAULT and "PIP_EXTRA_INDEX_URL" in finding.advice
    (tmp_path / ".venv").mkdir()
    stamp = '{"root": "", "python": [3, 11], "groups": [], "inputs": ""}'
    (tmp_path / ".venv" / "installed.json").write_text(stamp)
    assert doctor.disk(tmp_path, GIB).state == OK


def test_a_folder_that_cannot_be_written_to_is_a_fault(tmp_path):
    finding = doctor.writing(tmp_path / "not there")
    assert finding.state == FAULT and "copy the course" in finding.advice


def test_fonts_without_korean_letters_are_a_note(monkeypatch):
    run = SimpleNamespace(stdout=b"\n")
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_a, **_o: run)
    finding = doctor.fonts(LINUX, lambda name: "/usr/bin/fc-list")
    assert finding.state == NOTE and "fonts-noto-cjk" in finding.advice


def test_a_sandbox_that_is_refused_is_a_note_with_the_reason(monkeypatch):
    run = subprocess.CompletedProcess([], 1, "", "bwrap: No permissions to create namespace\n")
    monkeypatch.setattr(doctor.subprocess, "run", lambda *_a, **_o: run)
    finding = doctor.sandbox(LINUX, lambda name: "/usr/bin/bwrap")
    assert finding.state == NOTE and "No permissions" in finding.what and "sysctl" in finding.advice


@pytest.mark.parametrize("error", ["ImportError: DLL load failed", "ModuleNotFoundError: torch"])
def test_torch_that_does_not_load_is_a_fault(tmp_path, monkeypatch, error):
    monkeypatch.setattr(doctor, "_ask", lambda *_: (1, error))
    finding = doctor.torch(tmp_path, tmp_path)
    assert finding.state == FAULT and error in finding.what
    assert ("Visual C++" in finding.advice) == ("DLL" in error)
    assert doctor.kernel(tmp_path, tmp_path).state == FAULT


def test_a_broken_interpreter_is_a_sentence(tmp_path):
    status, said = doctor._ask(tmp_path, tmp_path / "python", "pass")
    assert status == 1 and "python" in said


def test_the_doctor_comes_before_the_installation(tmp_path, capsys):
    assert doctor.main(SimpleNamespace(root=tmp_path), []) == 0
    out = capsys.readouterr().out
    assert "packages: not installed" in out and "-> python course.py install" in out


def test_one_fault_is_the_exit_status(tmp_path, capsys, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=GIB)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    assert doctor.main(SimpleNamespace(root=tmp_path), []) == 1
    assert "1 fault(s)." in capsys.readouterr().out


@pytest.mark.slow
def test_what_runs_these_tests_is_healthy(capsys):
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    python = Path(sys.executable)
    assert doctor.torch(root, python).state == OK
    assert doctor.kernel(root, python).state == OK
