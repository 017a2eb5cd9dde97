"""A real browser: the Chromium of the system."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.support.missing import give_up

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, until the end; it asks nothing of the network by itself."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        give_up("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-quic"])
        yield browser
        browser.close()
