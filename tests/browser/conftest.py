"""The built site, a server for it, and one browser for all tests of it."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html" / "en"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# a browser that calls nobody on its own account
QUIET = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the English site; built when it is not there."""
    if not (SITE / "index.html").exists():
        subprocess.run([sys.executable, "-m", "tools.build"], cwd=ROOT, check=True)
    return SITE


@pytest.fixture(scope="session")
def pages(site) -> list[str]:
    """The file names of all pages of the site."""
    names = (path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return sorted(name for name in names if not name.startswith("_static/"))


@pytest.fixture(scope="session")
def address(site):
    """The site over http, `http://127.0.0.1:<port>`."""

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_args):
            pass

    handler = functools.partial(Silent, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Chromium, from Debian or from `$CHROMIUM`."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f"no browser at {CHROMIUM}: install chromium or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, "--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A fresh page of 1280 x 800 in the light theme."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    yield context.new_page()
    context.close()


def settle(page) -> None:
    """Wait until the page and its equations are set."""
    page.wait_for_load_state("load")
    page.evaluate("window.MathJax?.startup?.promise")
