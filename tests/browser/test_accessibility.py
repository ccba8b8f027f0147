"""axe-core finds nothing, and the keyboard reaches everything."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from .conftest import settle

pytestmark = pytest.mark.slow

# Code has the same few colours on every page, in thousands of pieces: one page stands for all.
WITH_CODE = "initialization.html"
CODE = {"exclude": [["div.highlight"]]}


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing(page, pages, site, theme, width):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    axe, found = Axe(), []
    for name in pages:
        page.goto((site / name).as_uri())
        settle(page)
        # what is folded away is checked as well
        page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        page.wait_for_timeout(100)
        context = None if name == WITH_CODE else CODE
        result = axe.run(page, context, options={"resultTypes": ["violations"]}).response
        for violation in result["violations"]:
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{name}: {violation['id']}: {violation['help']}: {nodes}")
    assert found == []


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
