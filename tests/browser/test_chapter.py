"""A chapter's card, its claims and the page of all claims, as a reader meets them."""

import json
import re

import pytest
import yaml

from .conftest import ROOT, settle

pytestmark = pytest.mark.slow

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
CHAPTERS = [
    each["file"]
    for part in TOC["parts"]
    for each in part["chapters"]
    if "\ncourse:" in (ROOT / "book" / f"{each['file']}.md").read_text("utf-8")
]


def download(page, url: str, link: str) -> tuple[str, bytes]:
    """Press a link of the card; the name and the content of what a reader then has."""
    page.goto(url)
    with page.expect_download() as event:
        page.locator(".chapter-card").get_by_role("link", name=link).click()
    return event.value.suggested_filename, event.value.path().read_bytes()


@pytest.mark.parametrize("slug", CHAPTERS)
def test_the_notebook_of_the_page_downloads_as_it_was_run(page, address, slug):
    name, content = download(page, f"{address}/{slug}.html", "Chapter notebook")
    assert name == f"{slug}.ipynb"
    assert content == (ROOT / "_build" / "executed" / name).read_bytes()
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
def test_the_card_shows_what_the_run_cost(page, site, slug):
    run = json.loads((ROOT / "_build" / "executed" / f"{slug}.ipynb").read_text("utf-8"))
    cost = run["metadata"]["course"]
    page.goto((site / f"{slug}.html").as_uri())
    card = page.locator(".chapter-card").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    assert f"{cost['cpu_seconds']:.0f} CPU seconds of a budget of" in card
    assert f"{cost['peak_mib']:.0f} MiB" in card


def test_the_claims_page_has_every_claim_and_links_to_it(page, site):
    written = sum(
        len(re.findall(r"^claim\(", (ROOT / "book" / f"{slug}.md").read_text("utf-8"), re.M))
        for slug in CHAPTERS
    )
    page.goto((site / "claims.html").as_uri())
    links = page.locator("table.claims-table tbody tr td:first-child a")
    rows = [(link.inner_text(), link.get_attribute("href")) for link in links.all()]
    assert page.locator("table.claims-table tbody tr").count() == len(rows) == written > 0
    assert page.locator(".claims-count").inner_text().startswith(f"Claims: {written}.")
    shown = ""
    for statement, href in rows:
        name, _hash, anchor = href.partition("#")
        if name != shown:
            page.goto((site / name).as_uri())
            settle(page)
            shown = name
        badge = page.locator(f"[id='{anchor}']")
        assert statement in badge.inner_text()
        assert "claim-holds" in badge.get_attribute("class")
