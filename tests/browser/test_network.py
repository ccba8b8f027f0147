"""The site needs nobody: no request to another host, nothing missing, no error in the console."""

import pytest

from .conftest import settle

pytestmark = pytest.mark.slow


def complaints(page, urls: list[str], home: str) -> list[str]:
    """Open each address; return what went wrong, and every request that leaves `home`."""
    found = []

    def on_request(request):
        if not request.url.startswith((home, "data:", "blob:")):
            found.append(f"{page.url} asks for {request.url}")

    def on_response(response):
        if response.status >= 400:
            found.append(f"{page.url} misses {response.url} ({response.status})")

    def on_console(message):
        if message.type in ("error", "warning"):
            found.append(f"{page.url} logs {message.text}")

    def on_failure(request):
        # what the browser itself breaks off when the next page is opened is not missing
        if request.failure != "net::ERR_ABORTED":
            found.append(f"{page.url} misses {request.url} ({request.failure})")

    page.on("request", on_request)
    page.on("response", on_response)
    page.on("requestfailed", on_failure)
    page.on("console", on_console)
    page.on("pageerror", lambda error: found.append(f"{page.url} raises {error}"))
    for url in urls:
        page.goto(url)
        settle(page)
        # what is only loaded when it is seen must come from here, too
        page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
    return found


def test_no_page_asks_another_host_over_http(page, pages, address):
    assert complaints(page, [f"{address}/{name}" for name in pages], address) == []


def test_no_page_asks_another_host_from_a_folder(page, pages, site):
    home = site.as_uri()
    assert complaints(page, [f"{home}/{name}" for name in pages], home) == []
