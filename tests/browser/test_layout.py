"""Long equations, themes, paper. (What holds of every page: test_every_page.py.)"""

import pytest

from .conftest import settle

pytestmark = pytest.mark.slow


def test_a_long_equation_scrolls_in_its_own_box(page, site):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto((site / "initialization.html").as_uri())
    settle(page)
    page.wait_for_function("document.querySelector('mjx-container[tabindex]') !== null")
    box = page.locator("mjx-container[tabindex='0']").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert box.evaluate("box => { box.scrollLeft = 50; return box.scrollLeft }") == 50


def background(page) -> tuple[int, ...]:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return tuple(int(float(part)) for part in colour.strip("rgba()").split(",")[:3])


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_the_theme_follows_the_system(page, site, scheme, dark):
    page.emulate_media(color_scheme=scheme)
    page.goto((site / "index.html").as_uri())
    assert (max(background(page)) < 80) is dark


def test_the_theme_button_goes_round_and_is_remembered(page, site):
    page.goto((site / "index.html").as_uri())
    settle(page)
    modes = []
    for _press in range(3):
        page.locator(".theme-switch-button:visible").click()
        modes.append(page.evaluate("document.documentElement.dataset.mode"))
    assert sorted(modes) == ["auto", "dark", "light"]
    while page.evaluate("document.documentElement.dataset.mode") != "dark":
        page.locator(".theme-switch-button:visible").click()
    page.goto((site / "notation.html").as_uri())
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert max(background(page)) < 80


def test_paper_is_light(page, site):
    page.emulate_media(color_scheme="dark")
    page.goto((site / "index.html").as_uri())
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert min(background(page)) > 200
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert max(background(page)) < 80
