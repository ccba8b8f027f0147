"""nbgrader's formgrader opens on what `course.py grade` has written, and shows it all."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from attacks import ATTACKS, SLUG, solution
from classroom import hand_in, write_course
from playwright.sync_api import expect, sync_playwright

from grading import grade
from grading.course import Course

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("sandbox"),
    pytest.mark.filterwarnings("ignore:Object of type"),
]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
HANDED_IN = {
    "right": "right",
    "wrong": "wrong",
    "cheat": "strips assertions",
    "vandal": "scripts for the instructor",
}
LATEST = 60_000  # ms


@pytest.fixture
def formgrader(tmp_path, monkeypatch):
    """A graded class, and the address of JupyterLab in its folder."""
    write_course(tmp_path, SLUG, solution())
    for student, attack in HANDED_IN.items():
        hand_in(tmp_path, SLUG, student, ATTACKS[attack][0])
    monkeypatch.chdir(tmp_path)
    assert grade.main([SLUG]) == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--IdentityProvider.token=course"]
    own = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.3)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def test_it_shows_every_mark_and_the_notebook_behind_it(formgrader):
    with ThreadPoolExecutor(1) as thread:  # other browser tests may hold this one's event loop
        thread.submit(look, formgrader).result()


def test_nbgraders_own_steps_run_no_submission(tmp_path, monkeypatch):
    """Formgrader's buttons call the same functions as the commands."""
    write_course(tmp_path, SLUG, solution())
    hand_in(tmp_path, SLUG, "cheat", ATTACKS["strips assertions"][0])
    monkeypatch.chdir(tmp_path)
    assert grade.main([SLUG]) == 0
    notebook = tmp_path / "grading" / "autograded" / "cheat" / SLUG / f"{SLUG}.ipynb"
    page = tmp_path / "grading" / "feedback" / "cheat" / SLUG / f"{SLUG}.html"
    before = notebook.read_bytes(), page.read_bytes()
    api = Course(tmp_path).api
    for done in (api.autograde(SLUG, "cheat"), api.generate_feedback(SLUG, "cheat")):
        assert not done["success"]
        assert f"python course.py grade {SLUG}" in done["log"]
    for step in ("autograde", "generate_feedback"):
        command = [sys.executable, "-m", "nbgrader", step, SLUG]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert run.returncode == 1
        assert f"python course.py grade {SLUG}" in run.stderr
    assert (notebook.read_bytes(), page.read_bytes()) == before


def look(formgrader):
    """Open the pages and find what must be there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(LATEST)
        page.goto(f"{formgrader}/lab?token=course")
        page.goto(f"{formgrader}/formgrader/manage_submissions/{SLUG}")
        for student, score in (("right", "5 / 6"), ("wrong", "3 / 6"), ("cheat", "0 / 6")):
            row = page.locator("tr").filter(has_text=student)
            expect(row).to_contain_text(score, timeout=LATEST)
            expect(row).to_contain_text("needs manual grading")
        shown = ""
        for number in range(len(HANDED_IN)):
            page.goto(f"{formgrader}/formgrader/gradebook/{SLUG}/{SLUG}")
            page.locator("a").filter(has_text="Submission #").nth(number).click()
            expect(page.locator("body")).to_contain_text("def double(x)", timeout=LATEST)
            shown += page.locator("body").inner_text()
            assert page.evaluate("window.owned === undefined"), "a student's script has run"
        assert "It is a sum." in shown and "A sum." in shown
        browser.close()
