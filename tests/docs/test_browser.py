"""The site in a real browser, on a phone and on a desk."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.docs.manual import DOCS, PAGES
from tests.support.chromium import chromium

# The site is built by one worker only.
pytestmark = pytest.mark.xdist_group("manual")

WIDTHS = (400, 1280)  # a phone and a desk
# The decisions look alike, and their list stands for them.
SHOWN = [page for page in PAGES if page.parent == DOCS or page.name == "index.md"]
# axe would read the stylesheets again, which a page in a file may not, and tell what is right, too.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}
# What is not about colours needs to be looked at once.
SCHEMES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": OPTIONS,
    "dark": OPTIONS | {"runOnly": ["color-contrast"]},
}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Seen:
    """What was wrong, each with its page."""

    wider: list[tuple[str, int, int]] = field(default_factory=list)
    complaints: list[tuple[str, str]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    violations: list[tuple[str, int, str, str, str]] = field(default_factory=list)


@pytest.fixture(scope="module")
def seen(site: Path) -> Iterator[Seen]:
    """Visit every page once, and look at it at both widths and in both schemes of colours."""
    seen, axe = Seen(), Axe()
    with chromium() as browser:
        page = browser.new_page()
        name = ""
        page.on(
            "console",
            lambda m: seen.complaints.append((name, m.text)) if m.type == "error" else None,
        )
        page.on("pageerror", lambda error: seen.complaints.append((name, str(error))))
        page.on("request", lambda request: seen.requests.append((name, request.url)))
        for source in SHOWN:
            path = site / source.relative_to(DOCS).with_suffix(".html")
            name = path.relative_to(site).as_posix()
            page.goto(path.as_uri())
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                if more := page.evaluate(WIDER):
                    seen.wider.append((name, width, more))
                for scheme, options in SCHEMES.items():
                    page.emulate_media(color_scheme=scheme)
                    for rule, place in violations(axe, page, options):
                        seen.violations.append((name, width, scheme, rule, place))
        yield seen


def violations(axe: Axe, page: Page, options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What axe finds: a rule, and the place where it is broken."""
    for violation in axe.run(page, options=options).response["violations"]:
        for node in violation["nodes"]:
            yield violation["id"], " ".join(node["target"])


def test_no_page_is_wider_than_the_window(seen: Seen) -> None:
    assert seen.wider == []


def test_the_browser_complains_of_nothing(seen: Seen) -> None:
    assert seen.complaints == []


def test_nothing_leaves_the_machine(seen: Seen) -> None:
    assert seen.requests
    assert [
        (page, url) for page, url in seen.requests if not url.startswith(("file:", "data:"))
    ] == []


def test_everybody_can_read_it(seen: Seen) -> None:
    assert seen.violations == []
