"""The site in a real browser, on a phone and on a desk."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.docs.manual import DOCS, PAGES
from tests.support.accessibility import complaints
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
def seen(site: Path) -> Iterator[Seen]:
    """Visit every page once, and look at it at both widths and in both schemes of colours."""
    seen = Seen()
    with chromium() as browser:
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
        yield seen


def test_the_browser_complains_of_nothing(seen: Seen) -> None:
    assert seen.console == []


def test_nothing_leaves_the_machine(seen: Seen) -> None:
    assert seen.requests
    assert [
        (page, url) for page, url in seen.requests if not url.startswith(("file:", "data:"))
    ] == []


def test_everybody_can_read_it_at_both_widths(seen: Seen) -> None:
    assert seen.wrong == []
