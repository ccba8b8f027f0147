"""What must be true of every page: one visit a page, in both themes, wide and narrow.

A page is opened once over http, and everything that takes a browser is measured then; the tests
look at what was seen. What holds of one page only stands in the other files.
"""

import io
import re
from dataclasses import dataclass, field

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from .conftest import ROOT, settle

pytestmark = pytest.mark.slow

WIDTHS = (360, 768, 1920)
# Code has the same few colours on every page, in thousands of pieces: one page stands for all.
WITH_CODE = "initialization.html"
CODE = {"exclude": [["div.highlight"]]}
UNFOLD = "document.querySelectorAll('details').forEach(fold => fold.open = true)"
# what is only loaded when it is seen must be there, and come from here, too
LOAD_ALL = """async () => {
  window.scrollTo(0, document.body.scrollHeight);
  const images = [...document.images].map(image => {
    image.loading = "eager";
    return image.decode().catch(() => {});
  });
  await Promise.all(images);
  window.scrollTo(0, 0);
}"""


def names() -> list[str]:
    """The pages of the table of contents, and those that Sphinx adds."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    files = [toc["root"], *(each["file"] for part in toc["parts"] for each in part["chapters"])]
    return [f"{name}.html" for name in [*files, "genindex", "search"]]


@dataclass
class Seen:
    """What one visit found.

    Attributes:
        complaints: requests to other hosts, missing files, errors in the console.
        formulas: how many the page has in its source.
        equations: how many MathJax set; `described` of them have MathML for screen readers.
        errors: what MathJax could not set.
        images: of each its address, alternative text and caption.
        unreadable: figures without a dark ground and light ink, or the reverse, by theme.
        needed: pixels that the page takes in a window of each width.
        violations: what axe found, by theme.
    """

    name: str
    complaints: list[str] = field(default_factory=list)
    formulas: int = 0
    equations: int = 0
    described: int = 0
    errors: list[str] = field(default_factory=list)
    images: list[tuple[str, str, str]] = field(default_factory=list)
    unreadable: dict[str, list[str]] = field(default_factory=dict)
    needed: dict[int, int] = field(default_factory=dict)
    violations: dict[str, list[str]] = field(default_factory=dict)


@pytest.fixture(scope="module", params=names())
def seen(request, browser, address) -> Seen:
    """One page, opened and measured."""
    found = Seen(request.param)
    # Every figure fits: the browser enlarges its window for one that does not, and may then be
    # photographed before it has painted what is new.
    context = browser.new_context(
        viewport={"width": 1280, "height": 1600}, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    complaints = listen(page, address)
    page.goto(f"{address}/{found.name}")
    settle(page)
    read(page, found)
    page.evaluate(UNFOLD)
    page.evaluate(LOAD_ALL)
    found.complaints = list(complaints)  # axe asks for files on its own account
    for theme, width in (("light", 1280), ("dark", 360)):
        page.emulate_media(color_scheme=theme)
        found.unreadable[theme] = unreadable(page, theme)
        page.set_viewport_size({"width": width, "height": 800})
        found.violations[theme] = violations(page, found.name)
        page.set_viewport_size({"width": 1280, "height": 1600})
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found.needed[width] = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    return found


def listen(page, home: str) -> list[str]:
    """Return a list that fills with what goes wrong, and with requests that leave `home`."""
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
    return found


def read(page, found: Seen) -> None:
    """Note the equations and the images."""
    found.formulas = page.locator("article .math").count()
    found.equations = page.locator("article mjx-container").count()
    found.described = page.locator("article mjx-container mjx-assistive-mml").count()
    wrong = page.locator("mjx-merror, [data-mjx-error]")
    found.errors = wrong.all_text_contents()
    found.images = [
        tuple(each)
        for each in page.locator("article img").evaluate_all(
            """images => images.map(image => [
              image.getAttribute("src"), image.getAttribute("alt") ?? "",
              image.closest("figure")?.querySelector("figcaption")?.innerText ?? ""])"""
        )
    ]


def violations(page, name: str) -> list[str]:
    """Return what axe-core finds, with every fold open."""
    context = None if name == WITH_CODE else CODE
    result = Axe().run(page, context, options={"resultTypes": ["violations"]}).response
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
        for each in result["violations"]
    ]


def unreadable(page, theme: str) -> list[str]:
    """Return the plots that, as shown, have not the ground and the ink of their theme."""
    poor = []
    for image in page.locator("article img:not(.keep-colours):visible").all():
        shown = Image.open(io.BytesIO(image.screenshot())).convert("L")
        width, height = shown.size
        corners = [shown.getpixel((x, y)) / 255 for x in (1, width - 2) for y in (1, height - 2)]
        darkest, lightest = (value / 255 for value in shown.getextrema())
        paper = max(corners) < 0.2 if theme == "dark" else min(corners) > 0.8
        ink = lightest > 0.6 if theme == "dark" else darkest < 0.4
        if not (paper and ink):
            poor.append(image.get_attribute("src"))
    return poor


def test_the_pages_are_all_there_are(site):
    built = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert {name for name in built if not name.startswith("_static/")} == set(names())


def test_nobody_is_asked_and_nothing_is_missing(seen):
    assert seen.complaints == []


def test_every_equation_is_set(seen):
    assert seen.errors == []
    assert seen.equations >= seen.formulas
    assert seen.described == seen.equations, "screen readers get MathML"


def test_every_figure_is_described(seen):
    poor = [
        f"{source}: {alt!r}"
        for source, alt, caption in seen.images
        if len(alt) < 20 or re.search(r"\.(svg|png)$|^_images", alt) or alt in caption
    ]
    assert poor == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plots_are_legible(seen, theme):
    assert seen.unreadable[theme] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_never_scrolls_sideways(seen, width):
    assert seen.needed[width] <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(seen, theme):
    assert seen.violations[theme] == []


def test_a_chapter_has_equations_and_figures(seen):
    if seen.name == WITH_CODE:  # the measures above see what is there
        assert seen.formulas > 20
        assert len(seen.images) > 5


def test_no_page_asks_another_host_from_a_folder(page, site):
    found = listen(page, site.as_uri())
    for name in names():
        page.goto((site / name).as_uri())
        settle(page)
        page.evaluate(LOAD_ALL)
    assert found == []
