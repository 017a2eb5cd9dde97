"""The manual as it is written: its Markdown, and the commands in it."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
README = ROOT / "README.md"
FRONT = [README, ROOT / "CONTRIBUTING.md"]

# What is left out, rules of `=`, revisions, days, and how long something took.
_VARIES = re.compile(r"…|={2,}|(?<=/)[0-9a-f]{12}(?=_)|\d{4}-\d\d-\d\d|\d+\.\d+(?= ?s\b)")
_BETWEEN_COMMANDS = {"&&", "||", "|", ";", "&"}
# A paragraph that begins with a path, and ends with the framework where it is for one only.
_LABEL = re.compile(r"`([\w./-]+)`.*?(?: with (FastAPI|Flask))?:", re.DOTALL)


@dataclass(frozen=True)
class Call:
    """A command, and what a page shows of its output."""

    words: list[str]
    output: str = ""


@dataclass(frozen=True)
class Change:
    """What a page has its readers do to a file of their project: write it, or change some lines."""

    path: str
    framework: str | None
    text: str
    is_diff: bool

    def apply(self, project: Path, *, replaces: bool = False) -> None:
        """Do it; where it replaces, a file that is there already may be written anew."""
        file = project / self.path
        if not self.is_diff:
            assert replaces or not file.exists(), f"{self.path} is there already"
            file.write_text(self.text)
            return
        # An empty line needs no blank before it.
        lines = [line if line.strip() else " \n" for line in self.text.splitlines(keepends=True)]
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        text = file.read_text()
        assert f"\n{text}".count(f"\n{before}") == 1, f"{self.path} has not once:\n{before}"
        file.write_text(f"\n{text}".replace(f"\n{before}", f"\n{after}").removeprefix("\n"))


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
    for step in steps(page):
        if isinstance(step, Call):
            yield step.words


def _calls(block: Token) -> Iterator[Call]:
    text = block.content.replace("\\\n", " ")
    _, *prompted = f"\n{text}".split("\n$ ")
    for part in prompted or text.splitlines():
        line, _, output = part.partition("\n")
        *before, last = _split(line)
        yield from map(Call, before)
        yield Call(last, output)


def shows(output: str, said: str) -> bool:
    """Whether a page shows what was said: `…` is whatever stands there, and so are figures."""
    place = 0
    for part in _VARIES.split(output.strip()):
        found = said.find(part, place)
        if found < 0:
            return False
        place = found + len(part)
    return True


def steps(page: Path) -> Iterator[Change | Call]:
    """The changes and commands of a page, in the order of its readers."""
    return _steps(tokens(page))


def sections(page: Path) -> dict[str, list[Change | Call]]:
    """The changes and commands below each heading of the second level."""
    blocks = tokens(page)
    starts = [place for place, block in enumerate(blocks) if block.type == "heading_open"]
    starts = [place for place in starts if blocks[place].tag == "h2"]
    return {
        blocks[start + 1].content: list(_steps(blocks[start:end]))
        for start, end in zip(starts, [*starts[1:], len(blocks)], strict=True)
    }


def _steps(blocks: list[Token]) -> Iterator[Change | Call]:
    label = None
    for place, block in enumerate(blocks):
        if block.type == "inline" and blocks[place - 1].type == "paragraph_open":
            label = _LABEL.fullmatch(block.content)
        elif block.type == "heading_open":
            label = None
        elif block.type == "fence" and block.info == "console":
            yield from _calls(block)
        elif block.type == "fence" and block.info in ("css", "diff", "html", "python") and label:
            yield Change(label[1], label[2], block.content, block.info == "diff")


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
