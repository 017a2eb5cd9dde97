"""The built site: whole, and of one piece without a network."""

import re
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from tests.docs.conftest import Built
from tests.docs.manual import DOCS, PAGES

# The site is built by one worker only.
pytestmark = pytest.mark.xdist_group("manual")

ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//")
# What a browser fetches without being asked; of <link> all but what only says where something is.
FETCHED = "[src], [srcset], [poster], [data], link[href]"


def test_the_site_builds_without_a_warning(site: Path) -> None:
    assert (site / "index.html").is_file()


def test_every_page_of_the_manual_is_built(site: Path, built: dict[Path, Built]) -> None:
    assert {site / p.relative_to(DOCS).with_suffix(".html") for p in PAGES} <= built.keys()


def test_no_page_asks_the_network_for_anything(built: dict[Path, Built]) -> None:
    asked = {
        (path.name, address)
        for path, page in built.items()
        for tag in page.html.select(FETCHED)
        for attribute in ("src", "srcset", "poster", "data", "href")
        if ELSEWHERE.match(address := str(tag.get(attribute, "")))
        and not address.startswith("data:")
    }
    assert asked == set()


def test_no_stylesheet_asks_the_network_for_anything(site: Path) -> None:
    for sheet in site.rglob("*.css"):
        fetched = re.findall(r"""(?:url\(\s*["']?|@import\s+["'])([^"')]+)""", sheet.read_text())
        assert [a for a in fetched if ELSEWHERE.match(a) and not a.startswith("data:")] == []


def test_every_link_within_the_site_leads_somewhere(site: Path, built: dict[Path, Built]) -> None:
    lost = []
    for path, page in built.items():
        for tag in page.html.select("a[href], link[href], img[src], script[src]"):
            address = str(tag.get("href") or tag.get("src"))
            if ELSEWHERE.match(address):
                continue
            file, fragment = urldefrag(address)
            target = (path.parent / unquote(file.partition("?")[0])).resolve() if file else path
            if not target.is_file() or (
                fragment and target in built and unquote(fragment) not in built[target].ids
            ):
                lost.append((path.relative_to(site).as_posix(), address))
    assert lost == []


def test_every_page_is_reachable_from_the_navigation(site: Path, built: dict[Path, Built]) -> None:
    links = built[site / "index.html"].html.select(".sidebar-tree a[href]")
    reached = {(site / urldefrag(str(link["href"])).url).resolve() for link in links}
    wanted = {site / page.relative_to(DOCS).with_suffix(".html") for page in PAGES}
    assert wanted - reached == {site / "index.html"}, "put the page into NAVIGATION of docs/conf.py"
    home = built[site / "options.html"].html.select(".sidebar-brand[href='index.html']")
    assert home, "the name above the navigation leads home"
