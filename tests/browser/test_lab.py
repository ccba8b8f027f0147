"""A student in JupyterLab: opens the exercise, solves one item, runs all, presses Validate."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from playwright.sync_api import expect

from tools import door, system

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SLUG = "initialization"
TOKEN = "course"
LATEST = 120_000  # ms: a busy machine, a cold import of torch

SOLVED = """def two_slope_gain(negative_slope, positive_slope=1.0):
    return math.sqrt(2 / (negative_slope**2 + positive_slope**2))
"""


def start_lab(folder: Path, port: int, log) -> subprocess.Popen:
    """Start JupyterLab as `course.py lab` does, for a test: no browser, a known port and token."""
    options = ["--no-browser", "--allow-root", f"--IdentityProvider.token={TOKEN}"]
    options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command = [sys.executable, "-m", *door.lab_command(folder, options)]
    env = system.child_environment(os.environ, str(folder / "own"))
    return subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)


@pytest.fixture
def lab():
    """JupyterLab as `course.py lab` starts it, in a copy of the course: (folder, port)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TemporaryDirectory(prefix="lab-") as name:
        folder = Path(name)
        shutil.copytree(ROOT / "exercises", folder / "exercises")
        shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
        with (folder / "log").open("w") as log:
            server = start_lab(folder, port, log)
            try:
                wait_for(server, port, folder / "log")
                yield folder, port
            finally:
                server.terminate()
                server.wait(30)


def wait_for(server: subprocess.Popen, port: int, log: Path) -> None:
    """Return when the server answers; fail with its log when it ends instead."""
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5)
            return
        except (urllib.error.URLError, OSError):
            try:
                server.wait(0.3)
            except subprocess.TimeoutExpired:
                continue
            break
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


def cell_with(page, text: str):
    return page.locator(".jp-NotebookPanel .jp-Cell").filter(has_text=text).first


def test_solve_one_item_run_all_validate(lab, page):
    folder, port = lab
    page.set_default_timeout(LATEST)
    page.goto(f"http://127.0.0.1:{port}/lab/tree/{SLUG}/{SLUG}.ipynb?token={TOKEN}")

    answer = cell_with(page, "def two_slope_gain")
    answer.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(SOLVED)
    expect(answer).not_to_contain_text("YOUR CODE HERE")

    page.locator(".lm-MenuBar-item").get_by_text("Run", exact=True).click()
    page.locator(".lm-Menu-item").get_by_text("Run All Cells", exact=True).click()
    test = cell_with(page, "gain = two_slope_gain(1.0)")
    test.scroll_into_view_if_needed()
    expect(test.locator(".jp-InputPrompt")).to_have_text("[3]:", timeout=LATEST)
    expect(test.locator(".jp-OutputArea-output")).to_have_count(0)
    # "Run All" goes on after the unsolved items: the last test has its number and its verdict.
    last = cell_with(page, "layer = predict_layer(0.01, 512)")
    last.scroll_into_view_if_needed()
    expect(last.locator(".jp-InputPrompt")).to_have_text("[12]:", timeout=LATEST)
    expect(last.locator(".jp-OutputArea")).to_contain_text("Your code goes here", timeout=LATEST)

    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog").filter(has_text="Validation Results")
    failures = dialog.get_by_text("The following cell failed:")
    expect(failures).to_have_count(5, timeout=LATEST)  # four tests and the explanation
    said = dialog.inner_text()
    assert "gain = two_slope_gain(1.0)" not in said, "the solved item is among the failures"
    for unsolved in ("measured_gain(F.relu)", "conv_fans(", "repair(_net0)", "predict_layer("):
        assert unsolved in said
    assert "Your code goes here: replace these two lines." in said
    assert "You did not provide a response." in said

    saved = nbformat.read(folder / "exercises" / SLUG / f"{SLUG}.ipynb", as_version=4)
    assert any(cell.source == SOLVED for cell in saved.cells), "Validate checks what is on disk"
