"""The manual as it is written: its Markdown, and the commands in it."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
README = ROOT / "README.md"
FRONT = [README, ROOT / "CONTRIBUTING.md"]

_BETWEEN_COMMANDS = {"&&", "||", "|", ";", "&"}


def name(page: Path) -> str:
    """What a page is called in the name of a test."""
    return page.relative_to(ROOT).as_posix()


def tokens(page: Path) -> list[Token]:
    """The blocks of a page."""
    return MarkdownIt("commonmark").enable("table").parse(page.read_text())


def inline(page: Path) -> list[Token]:
    """The words, code and links of a page."""
    return [child for token in tokens(page) for child in token.children or []]


def commands(page: Path) -> Iterator[list[str]]:
    """The commands in the console blocks of a page; where one has a prompt, the rest is output."""
    for token in tokens(page):
        if token.type == "fence" and token.info == "console":
            lines = token.content.replace("\\\n", " ").splitlines()
            prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
            for line in prompted or lines:
                yield from _split(line)


def _split(line: str) -> Iterator[list[str]]:
    """The words of each command of a line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word in _BETWEEN_COMMANDS:
            yield words
            words = []
        else:
            words.append(word)
    yield words
