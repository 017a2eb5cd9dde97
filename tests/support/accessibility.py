"""Whether a page can be read by everybody: at each width, in each scheme of colours."""

from collections.abc import Iterator
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

WIDTHS = (400, 1280)  # a phone and a desk
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# axe would read the stylesheets again, which a page in a file may not, and tell what is right, too.
OPTIONS: dict[str, Any] = {"preload": False, "resultTypes": ["violations"]}
# Colours take axe longer than all the rest, since it looks behind each word. So it is asked about them
# once for each look of a text: its own colour and size, and all that stands behind it.
ALL_BUT_COLOURS = {**OPTIONS, "rules": {"color-contrast": {"enabled": False}}}
COLOURS = {**OPTIONS, "runOnly": ["color-contrast"]}
LOOK_AT_EACH_LOOK = """
options => {
    const looks = new Map();
    for (const element of document.body.querySelectorAll("*")) {
        const says = [...element.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.data.trim());
        if (!says && !element.matches("input, select, textarea") || !element.checkVisibility())
            continue;
        const own = getComputedStyle(element);
        const look = [element.matches(":disabled"), own.color, own.fontSize, own.fontWeight, own.textShadow];
        for (let behind = element; behind; behind = behind.parentElement) {
            const {backgroundColor, backgroundImage, opacity} = getComputedStyle(behind);
            const seen = [backgroundColor, backgroundImage, opacity].join();
            if (seen !== "rgba(0, 0, 0, 0),none,1")
                look.push(seen);
        }
        looks.set(look.join("|"), element);
    }
    return axe.run({include: [...looks.values()]}, options);
}
"""


def complaints(page: Page) -> Iterator[tuple[int, str, str]]:
    """What is wrong with the page: a width, a rule and the place where it is broken."""
    axe = Axe()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if more := page.evaluate(WIDER):
            yield width, "wider than the window", f"{more} px"
        found = axe.run(page, options=ALL_BUT_COLOURS).response["violations"]
        yield from ((width, *broken) for broken in _broken(found))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found = page.evaluate(LOOK_AT_EACH_LOOK, COLOURS)["violations"]
            yield from ((width, f"{rule} ({scheme})", place) for rule, place in _broken(found))


def _broken(violations: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each rule that is broken, and where."""
    for violation in violations:
        for node in violation["nodes"]:
            yield violation["id"], " ".join(node["target"])
