"""The keyboard reaches everything. (What axe finds: test_every_page.py.)"""

import pytest

from .conftest import settle

pytestmark = pytest.mark.slow

FOCUSED = """() => {
  const e = document.activeElement;
  return {
    text: e.innerText || e.getAttribute("aria-label") || "",
    classes: e.className + " " + (e.parentElement?.className ?? ""),
    outline: getComputedStyle(e).outlineStyle,
  };
}"""


def test_tab_reaches_skip_link_search_and_theme(page, site):
    page.goto((site / "initialization.html").as_uri())
    settle(page)
    stops = []
    for _press in range(40):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    assert "Skip to main content" in stops[0]["text"]
    for wanted in ("search-button", "theme-switch-button"):
        reached = [stop for stop in stops if wanted in stop["classes"]]
        assert reached, f"Tab does not reach {wanted}"
        assert reached[0]["outline"] != "none", f"the focus on {wanted} is not visible"


def test_the_skip_link_skips(page, site):
    page.goto((site / "initialization.html").as_uri())
    settle(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#main-content') !== null")


def test_a_question_unfolds_with_the_keyboard(page, site):
    page.goto((site / "initialization.html").as_uri())
    settle(page)
    question = page.locator("details.sd-dropdown").first
    question.locator("summary").focus()
    page.keyboard.press("Enter")
    assert question.evaluate("fold => fold.open")
