"""Links to other sites, as they are written."""

from pathlib import Path

import pytest

from tests.docs.manual import FRONT, PAGES, ROOT, inline, name

HERE = ("http://127.0.0.1", "http://localhost")


def external(page: Path) -> list[str]:
    """The addresses of other sites that a page links to."""
    links = [str(t.attrs["href"]) for t in inline(page) if t.type == "link_open"]
    return [link for link in links if "://" in link and not link.startswith(HERE)]


@pytest.mark.parametrize("page", PAGES + FRONT, ids=name)
def test_links_to_other_sites_are_https(page: Path) -> None:
    assert [link for link in external(page) if not link.startswith("https://")] == []


@pytest.mark.parametrize("page", PAGES + FRONT, ids=name)
def test_an_address_stands_behind_words_and_not_in_them(page: Path) -> None:
    texts = [token.content for token in inline(page) if token.type == "text"]
    shown = [text for text in texts if "://" in text and not text.startswith(HERE)]
    assert shown == []


@pytest.mark.parametrize("page", FRONT, ids=name)
def test_a_link_of_the_front_pages_leads_to_a_file(page: Path) -> None:
    links = [str(t.attrs["href"]) for t in inline(page) if t.type == "link_open"]
    files = [link.partition("#")[0] for link in links if "://" not in link]
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_an_address_is_written_in_one_way() -> None:
    written = {link for page in PAGES + FRONT for link in external(page)}
    assert len({link.rstrip("/").replace("//www.", "//") for link in written}) == len(written)
