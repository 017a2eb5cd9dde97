"""The site in a real browser, on a phone and on a desk."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.docs.manual import DOCS, PAGES
from tests.support.accessibility import WIDTHS, complaints
from tests.support.chromium import chromium

# The site is built by one worker only.
pytestmark = pytest.mark.xdist_group("manual")

# The decisions look alike, and their list stands for them.
SHOWN = [page for page in PAGES if page.parent == DOCS or page.name == "index.md"]


@dataclass
class Seen:
    """What was wrong, each with its page."""

    wrong: list[tuple[str, int, str, str]] = field(default_factory=list)
    console: list[tuple[str, str]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def seen(browser: Browser, site: Path) -> Seen:
    """Visit every page once, and look at it at both widths and in both schemes of colours."""
    seen = Seen()
    page = browser.new_page()
    name = ""
    page.on(
        "console",
        lambda m: seen.console.append((name, m.text)) if m.type == "error" else None,
    )
    page.on("pageerror", lambda error: seen.console.append((name, str(error))))
    page.on("request", lambda request: seen.requests.append((name, request.url)))
    for source in SHOWN:
        path = site / source.relative_to(DOCS).with_suffix(".html")
        name = path.relative_to(site).as_posix()
        page.goto(path.as_uri())
        seen.wrong += [(name, *complaint) for complaint in complaints(page)]
    return seen


def test_the_browser_complains_of_nothing(seen: Seen) -> None:
    assert seen.console == []


def test_nothing_leaves_the_machine(seen: Seen) -> None:
    assert seen.requests
    assert [
        (page, url) for page, url in seen.requests if not url.startswith(("file:", "data:"))
    ] == []


def test_everybody_can_read_it_at_both_widths(seen: Seen) -> None:
    assert seen.wrong == []


def test_what_somebody_cannot_read_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("""
        <html lang="en"><title>A page</title><style>
        p { color: black; background: white }
        .grey { color: #777; background: #888 }
        @media (prefers-color-scheme: dark) { #late { color: #666; background: #777 } }
        @media (width < 500px) { #phone { color: #888; background: #999 } }
        </style><main><h1>Heading</h1><p>Good</p><p class="grey" id="text">Grey</p>
        <div class="grey"><b id="bold">Grey</b></div>
        <input class="grey" id="input" aria-label="Grey" value="Grey">
        <p id="late">Late</p><p id="phone">Phone</p><img id="image" src="data:,"></main>
    """)
    grey = {"#text", "#bold", "#input"}
    on = {width: set[tuple[str, str]]() for width in WIDTHS}
    for width, rule, place in complaints(page):
        on[width].add((rule, place))
    phone, desk = WIDTHS
    for width, light in ((phone, grey | {"#phone"}), (desk, grey)):
        assert on[width] == {
            ("image-alt", "#image"),
            *(("color-contrast (light)", place) for place in light),
            *(("color-contrast (dark)", place) for place in light | {"#late"}),
        }
