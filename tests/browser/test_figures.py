"""Figures: said in words for those who do not see them, legible in both themes."""

import io
import re

import pytest
from PIL import Image

from .conftest import settle

pytestmark = pytest.mark.slow

IMAGES = "article img"


def lightness(page, image) -> list[float]:
    """Lightness (0 to 1) of an image as shown: its four corners, its darkest, its lightest."""
    image.scroll_into_view_if_needed()
    image.evaluate("image => image.decode()")
    shown = Image.open(io.BytesIO(image.screenshot())).convert("L")
    width, height = shown.size
    corners = [shown.getpixel((x, y)) for x in (1, width - 2) for y in (1, height - 2)]
    return [value / 255 for value in (*corners, *shown.getextrema())]


def test_every_figure_is_described(page, pages, site):
    found, poor = 0, []
    for name in pages:
        page.goto((site / name).as_uri())
        for image in page.locator(IMAGES).all():
            found += 1
            alt = image.get_attribute("alt") or ""
            figure = image.locator("xpath=ancestor::figure")
            caption = figure.locator("figcaption").inner_text() if figure.count() else ""
            if len(alt) < 20 or re.search(r"\.(svg|png)$|^_images", alt) or alt in caption:
                poor.append(f"{name}: {image.get_attribute('src')}: {alt!r}")
    assert poor == []
    assert found > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plots_are_legible(page, pages, site, theme):
    page.emulate_media(color_scheme=theme)
    # Every figure fits: the browser enlarges its window for one that does not, and may then be
    # photographed before it has painted what is new.
    page.set_viewport_size({"width": 1280, "height": 1600})
    found, poor = 0, []
    for name in pages:
        page.goto((site / name).as_uri())
        settle(page)
        for image in page.locator(f"{IMAGES}:not(.keep-colours):visible").all():
            *corners, darkest, lightest = lightness(page, image)
            found += 1
            paper = max(corners) < 0.2 if theme == "dark" else min(corners) > 0.8
            ink = lightest > 0.6 if theme == "dark" else darkest < 0.4
            if not (paper and ink):
                poor.append(f"{name}: {image.get_attribute('src')}")
    assert poor == []
    assert found > 0
