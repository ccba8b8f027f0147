"""What a reader meets: something to see on the first screens, and more text than code."""

import pytest

from ..book.test_reading import CHAPTERS
from .conftest import settle

pytestmark = pytest.mark.slow

HEIGHTS = """() => {
  const shown = (e) => e.checkVisibility({ visibilityProperty: true });
  const tall = (e) => e.getBoundingClientRect().height;
  const code = [...document.querySelectorAll("article div.highlight")].filter(shown);
  const seen = [...document.querySelectorAll("article :is(img, figure, form.predict)")];
  const picture = seen.find(shown);
  return {
    code: code.reduce((sum, e) => sum + tall(e), 0),
    page: tall(document.querySelector("article")),
    first: picture ? picture.getBoundingClientRect().top + window.scrollY : Infinity,
  };
}"""


@pytest.mark.parametrize("slug", CHAPTERS)
def test_something_is_seen_early_and_a_quarter_is_code_at_most(page, site, slug):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto((site / f"{slug}.html").as_uri())
    settle(page)
    heights = page.evaluate(HEIGHTS)
    assert heights["first"] <= 1.5 * 900
    assert heights["code"] <= 0.25 * heights["page"]
