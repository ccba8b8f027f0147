"""Take the README's picture of the built course: `python -m tools.screenshot`."""

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

PAGE = Path("_build/html/en/initialization.html")
PICTURE = Path("book/_static/chapter.webp")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


def main() -> None:
    """Photograph the top of the chapter, 1280 x 960 in the light theme."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 960}, color_scheme="light")
        page.goto(PAGE.resolve().as_uri())
        page.evaluate("window.MathJax.startup.promise")
        picture = page.screenshot()
        browser.close()
    Image.open(io.BytesIO(picture)).save(PICTURE, "WEBP", quality=80)
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
