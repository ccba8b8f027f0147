"""A chapter's card, its claims and the page of all claims, as a reader meets them."""

import json
import re

import pytest

from tools.book import Book

from .conftest import ROOT

pytestmark = pytest.mark.slow

CLAIM = "application/vnd.course.claim+json"
CHAPTERS = list(Book(ROOT).budgets)


def download(page, url: str, link: str) -> tuple[str, bytes]:
    """Press a link of the card; the name and the content of what a reader then has."""
    page.goto(url)
    with page.expect_download() as event:
        page.locator(".chapter-card").get_by_role("link", name=link).click()
    return event.value.suggested_filename, event.value.path().read_bytes()


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_notebook_of_the_page_downloads_as_it_was_run(page, address, site, slug):
    name, content = download(page, f"{address}/{slug}.html", "Chapter notebook")
    assert name == f"{slug}.ipynb"
    assert content == (site / "_downloads" / name).read_bytes()
    assert any(cell.get("outputs") for cell in json.loads(content)["cells"])


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_exercise_downloads(page, address, slug):
    name, content = download(page, f"{address}/{slug}.html", "Exercise notebook")
    assert name == f"{slug}.ipynb"
    assert content == (ROOT / "exercises" / slug / name).read_bytes()


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_notebooks_are_there_without_a_server(page, site, slug):
    page.goto((site / f"{slug}.html").as_uri())
    links = page.locator(".chapter-card a.download").all()
    assert len(links) == 2
    for link in links:
        file = (site / link.get_attribute("href")).resolve()
        assert file.is_relative_to(site)
        assert json.loads(file.read_text("utf-8"))["nbformat"] == 4


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_card_says_in_words_what_the_run_takes(page, site, slug):
    page.goto((site / f"{slug}.html").as_uri())
    card = page.locator(".chapter-card").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    words = r"about (a few seconds|half a minute|a minute|a minute and a half|\d minutes)"
    assert re.search(rf"{words}, with \d\.\d GB of memory", card)
    assert "CPU seconds" not in card and "of a budget" not in card


def claims_of(slug: str) -> list[dict]:
    """The claims that the run of a chapter has left, in order."""
    run = json.loads((ROOT / "_build" / "executed" / f"{slug}.ipynb").read_text("utf-8"))
    outputs = [output for cell in run["cells"] for output in cell.get("outputs", [])]
    return [output["data"][CLAIM] for output in outputs if CLAIM in output.get("data", {})]


# By anchor: the statement there, or in what the tick there opens, and the classes of its box.
CLAIMS_AT = """anchors => Object.fromEntries(anchors.map(anchor => {
  const target = document.getElementById(anchor);
  const claim = target.matches(".claim-tick")
    ? document.getElementById(anchor + "-details") : target;
  const statement = claim.querySelector(".claim-statement").cloneNode(true);
  statement.querySelector(".visually-hidden").remove();
  return [anchor, [statement.textContent, claim.className]];
}))"""


def plain(text: str) -> str:
    """Text as it was typed: straight quotes, plain spaces and hyphens."""
    return text.translate(str.maketrans("\u2018\u2019\u201c\u201d\u00a0\u2011", "''\"\" -"))


def test_the_claims_page_has_every_claim_and_links_to_it(page, site):
    page.goto((site / "claims.html").as_uri())
    links = page.locator(".claims-chapter table tbody tr td:first-child a")
    rows = links.evaluate_all("links => links.map(link => [link.textContent, link.href])")
    written = [claim["statement"] for slug in CHAPTERS for claim in claims_of(slug)]
    assert sorted(plain(statement) for statement, _ in rows) == sorted(map(plain, written))
    assert page.locator(".claims-count").inner_text().startswith(f"Claims: {len(written)}.")
    by_page: dict[str, dict[str, str]] = {}
    for statement, href in rows:
        address, _hash, anchor = href.partition("#")
        by_page.setdefault(address, {})[anchor] = plain(statement)
    for address, statements in by_page.items():
        page.goto(address)
        found = page.evaluate(CLAIMS_AT, list(statements))
        assert {anchor: plain(text) for anchor, (text, _classes) in found.items()} == statements
        assert all("claim-holds" in classes for _text, classes in found.values())


def test_the_claims_page_can_be_narrowed(page, site):
    page.goto((site / "claims.html").as_uri())
    rows = page.locator(".claims-chapter tbody tr:not([hidden])")
    every = rows.count()
    page.get_by_label("Chapter").select_option("initialization")
    assert 0 < rows.count() < every
    assert page.locator(".claims-chapter:visible").count() == 1
    page.get_by_label("Chapter").select_option("")
    page.get_by_label("against a common belief").check()
    against = sum(bool(claim["contradicts"]) for slug in CHAPTERS for claim in claims_of(slug))
    assert rows.count() == against > 0
    assert rows.first.is_visible(), "a fold stays closed over what was asked for"


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_link_opens_the_fold_that_it_leads_into(page, site, slug):
    folded = [n for n, claim in enumerate(claims_of(slug), 1) if not claim.get("headline")]
    page.goto((site / f"{slug}.html").as_uri() + f"#{slug}-claim-{folded[-1]}")
    claim = page.locator(f"[id='{slug}-claim-{folded[-1]}']")
    claim.wait_for(state="visible")


@pytest.mark.parametrize("slug", CHAPTERS)
def test_a_tick_opens_its_claim_with_the_keyboard(page, site, slug):
    page.goto((site / f"{slug}.html").as_uri())
    headlines = [claim for claim in claims_of(slug) if claim.get("headline")]
    ticks = page.locator(".claim-tick")
    assert ticks.count() == len(headlines)
    for tick in ticks.all():
        details = page.locator(f"[id='{tick.get_attribute('id')}-details']")
        assert not details.is_visible()
        tick.focus()
        page.keyboard.press("Enter")
        assert details.is_visible() and "required" in details.inner_text()
        page.keyboard.press("Escape")
        assert not details.is_visible()


PREDICTIONS = [
    slug for slug in CHAPTERS if "{predict}" in (ROOT / "book" / f"{slug}.md").read_text()
]


@pytest.mark.parametrize("slug", PREDICTIONS)
def test_a_prediction_hides_its_answer_until_the_reader_has_chosen(page, site, slug):
    page.goto((site / f"{slug}.html").as_uri())
    assert "the run bears out" not in page.locator("article").inner_text()
    for form in page.locator("form.predict").all():
        answer = form.locator("details.predict-answer ol")
        assert not answer.is_visible()
        assert form.locator(".predict-right").count() == 1
        assert form.locator("fieldset .predict-right").count() == 0
        form.get_by_role("radio").first.focus()
        page.keyboard.press("Space")
        assert answer.is_visible()
        assert form.locator("output").inner_text()
    page.reload()
    for form in page.locator("form.predict").all():
        assert form.get_by_role("radio").first.is_checked(), "the choice is not remembered"


def test_a_prediction_works_without_javascript(browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for slug in PREDICTIONS[:1]:
        page.goto((site / f"{slug}.html").as_uri())
        form = page.locator("form.predict").first
        assert not form.locator("details.predict-answer ol").is_visible()
        form.get_by_role("radio").first.check()
        form.locator("summary").click()
        assert form.locator(".predict-right").is_visible()
    context.close()
