"""A plot has no edge on the page, and keeps its ground where the page's colours are forced."""

import io

import pytest
from PIL import Image

from .conftest import settle

pytestmark = pytest.mark.slow

PAGE = "initialization.html"


def ground(browser, site, **options) -> tuple[list, list]:
    """Colours in the corners of the page's first plot, and just outside of them."""
    context = browser.new_context(viewport={"width": 1280, "height": 1600}, **options)
    page = context.new_page()
    page.goto((site / PAGE).as_uri())
    settle(page)
    image = page.locator("article img:not(.keep-colours):visible").first
    image.scroll_into_view_if_needed()
    image.evaluate("image => image.decode()")
    box = image.bounding_box()
    shown = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    left, right = box["x"], box["x"] + box["width"] - 1
    top, bottom = box["y"] + 3, box["y"] + box["height"] - 4
    inside = [(x, y) for x in (left + 3, right - 3) for y in (top, bottom)]
    outside = [(x, y) for x in (left - 3, right + 3) for y in (top, bottom)]
    return tuple([shown.getpixel(place) for place in places] for places in (inside, outside))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ground_of_a_plot_is_that_of_the_page(browser, site, theme):
    inside, outside = ground(browser, site, color_scheme=theme)
    assert set(inside) == set(outside)
    assert len(set(outside)) == 1


def test_forced_colours_leave_a_plot_on_white(browser, site):
    inside, outside = ground(browser, site, color_scheme="dark", forced_colors="active")
    assert set(inside) == {(255, 255, 255)}
    assert set(outside) == {(0, 0, 0)}
