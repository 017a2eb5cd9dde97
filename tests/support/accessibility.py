"""Whether a page can be read by everybody: at each width, in each scheme of colours."""

from collections.abc import Iterator
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

WIDTHS = (400, 1280)  # a phone and a desk
# axe would read the stylesheets again, which a page in a file may not, and tell what is right, too.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}
# What is not about colours needs to be looked at once.
SCHEMES: dict[Literal["light", "dark"], dict[str, Any]] = {
    "light": OPTIONS,
    "dark": OPTIONS | {"runOnly": ["color-contrast"]},
}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def complaints(page: Page) -> Iterator[tuple[int, str, str]]:
    """What is wrong with the page: a width, a rule and the place where it is broken."""
    axe = Axe()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if more := page.evaluate(WIDER):
            yield width, "wider than the window", f"{more} px"
        for scheme, options in SCHEMES.items():
            page.emulate_media(color_scheme=scheme)
            for violation in axe.run(page, options=options).response["violations"]:
                for node in violation["nodes"]:
                    yield width, f"{violation['id']} ({scheme})", " ".join(node["target"])
