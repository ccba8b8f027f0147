"""The search works without a server, and leads to the section, not only to the page."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(params=["http", "file"])
def home(request, site, address):
    return address if request.param == "http" else site.as_uri()


def test_xavier_is_found_and_the_link_lands_on_the_section(page, home):
    page.goto(f"{home}/search.html?q=Xavier")
    hit = page.locator("#search-results a[href*='initialization.html#']").first
    hit.wait_for()
    hit.click()
    page.wait_for_url("**/initialization.html*#*")
    section = page.locator(":target")
    assert "Xavier" in section.locator("h1, h2, h3").first.inner_text()
    page.wait_for_function("document.querySelector(':target').getBoundingClientRect().top < 400")
    assert section.evaluate("part => part.getBoundingClientRect().top > -10")


def test_the_search_button_opens_the_search(page, home):
    page.goto(f"{home}/index.html")
    page.locator(".search-button-field:visible").first.click()
    page.locator("dialog[open] input[type=search]").fill("Xavier")
    page.keyboard.press("Enter")
    page.locator("#search-results a[href*='initialization.html']").first.wait_for()


def test_a_word_that_is_nowhere_is_not_found(page, home):
    page.goto(f"{home}/search.html?q=zyzzyvaquux")
    page.get_by_text("did not match any documents").wait_for()
    assert page.locator("#search-results li").count() == 0
