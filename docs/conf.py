"""The manual as a site. The pages are plain Markdown; their order stands here, not in them."""

from pathlib import Path
from typing import Any

NAVIGATION = {
    "Start": ["install", "tutorial", "second-resource"],
    "Choose": ["choosing", "advise", "compare", "options"],
    "The service": [
        "resources",
        "pages",
        "auth",
        "websockets",
        "ml",
        "own-predictor",
        "outbound",
        "contract",
    ],
    "Your code": ["own-setting", "own-error", "streams-and-jobs"],
    "Running it": ["production", "observability", "behind-a-proxy", "kubernetes", "deploying"],
    "Later": ["updating", "updates-compared", "migrating", "fleets"],
    "Reference": ["cli", "troubleshooting", "decisions/index"],
}

project = "scaffold"
extensions = ["myst_parser"]
myst_heading_anchors = 4  # links such as cli.md#exit-codes lead to the same place as on a git host

html_theme = "furo"
html_title = "scaffold"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_copy_source = False
html_show_copyright = False
html_use_index = False


def add_contents(_app: object, page: str, source: list[str]) -> None:
    """Append to the two pages that lead on what a git host would show as code."""
    if page == "index":
        source[0] += "".join(
            contents(f":caption: {caption}\n:hidden:", pages)
            for caption, pages in NAVIGATION.items()
        )
    elif page == "decisions/index":
        source[0] += contents(":glob:\n:maxdepth: 1", ["0*"])


def contents(options: str, pages: list[str]) -> str:
    """The table of contents that lists these pages."""
    return "\n".join(["\n```{toctree}", options, "", *pages, "```\n"])


# What readers with a keyboard or a screen reader miss in what Sphinx and its theme write.
MENDED = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer">': '<aside class="toc-drawer" aria-label="On this page">',
    '<th class="head"><p></p></th>': "<td></td>",
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper ': '<div tabindex="0" class="table-wrapper ',
}


def mend(app: Any, _error: Exception | None) -> None:
    """Mend the pages that were written."""
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for written, right in MENDED.items():
            text = text.replace(written, right)
        page.write_text(text, encoding="utf-8")


def setup(app: Any) -> None:
    """What Sphinx calls."""
    app.connect("source-read", add_contents)
    app.connect("build-finished", mend)
