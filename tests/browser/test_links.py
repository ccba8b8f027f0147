"""Every link, download, image and script of the site leads to something that is there."""

from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.slow


@cache
def parsed(path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def targets(soup):
    for attribute in ("href", "src"):
        for element in soup.find_all(attrs={attribute: True}):
            yield element.name, element[attribute]


def problem(path, tag: str, url: str) -> str | None:
    """Why a link is broken, or None."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        return None if tag == "a" else "comes from another host"
    if parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return "has a scheme that a reader's browser may not open"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file() or not target.stat().st_size:
        return "is not there"
    if parts.fragment and target.suffix == ".html":
        anchor = unquote(parts.fragment)
        if parsed(target).find(id=anchor) is None:
            return "has no such anchor"
    return None


def test_no_link_is_broken(site, pages):
    broken = [
        f"{name}: {url} {why}"
        for name in pages
        for tag, url in targets(parsed(site / name))
        if (why := problem(site / name, tag, url))
    ]
    assert broken == []


def test_no_page_uses_an_id_twice(site, pages):
    twice = []
    for name in pages:
        ids = [element["id"] for element in parsed(site / name).find_all(id=True)]
        twice += [f"{name}: {each}" for each in set(ids) if ids.count(each) > 1]
    assert twice == []
