"""What the tutorial shows of the tool is what the tool shows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pexpect
import pyte
import pytest
from uv import find_uv_bin

from scripts.recordings.scenes import CHANGELOG, Stage, add_header, stage
from scripts.recordings.terminal import PATIENCE_SECONDS
from tests.docs.manual import DOCS, Call, shows, steps, tokens

TUTORIAL = DOCS / "tutorial.md"
SIZE = (100, 120)
UP, ENTER = "\x1b[A", "\r"
# The words of each screen to wait for, and the keys.
SCREENS = (
    ("Folder", f"shop{ENTER}"),
    ("> API", UP + ENTER),
    ("Name", ENTER),
    ("Description", f"Keeps the stock of a shop.{ENTER}"),
    ("Author", ENTER),
    ("> FastAPI", ENTER),
    ("> SQLite", ENTER),
    ("> None", ENTER),
    ("htmx", ENTER),
    ("Features", ENTER),
    ("> Create the project", UP + ENTER),
)


@pytest.fixture(scope="module")
def released() -> Iterator[Stage]:
    """The template at the version that the tutorial begins with."""
    with stage() as released:
        (released.template / "CHANGELOG.md").write_text("# Changelog\n")
        released.release("v0.2.0")
        # The home is a new one, and would have uv fetch every package.
        cache = subprocess.check_output([find_uv_bin(), "cache", "dir"], text=True)  # noqa: S603
        released.environment["UV_CACHE_DIR"] = cache.strip()
        yield released


def test_the_questions_are_those_of_the_tutorial(released: Stage) -> None:
    terminal, seen = released.terminal(), []
    try:
        terminal.type("scaffold new")
        for words, keys in SCREENS:
            terminal.wait(words)
            seen.append(terminal.display())
            terminal.press(keys)
        terminal.finish()
    finally:
        terminal.close()
    assert not (released.folder / "shop").exists()
    blocks = [t.content for t in tokens(TUTORIAL) if t.type == "fence" and t.info == "text"]
    assert len(blocks) == 3
    assert [block for block in blocks if not any(block in screen for screen in seen)] == []


def test_the_tool_prints_what_the_tutorial_shows(released: Stage) -> None:
    shop, found = released.folder / "shop", 0
    for step in steps(TUTORIAL):
        if not (isinstance(step, Call) and step.words[0] == "scaffold"):
            continue
        if step.words[1] == "check":
            add_header(released.template)
            news = CHANGELOG.replace("0.2.0", "0.3.0")
            (released.template / "CHANGELOG.md").write_text(news)
            released.release("v0.3.0")
        if step.words[1] == "update":
            released.folder = shop
        said = run(step.words, released)
        assert shows(step.output, said), f"{step}\n{said}"
        found += 1
    assert found == 4


def run(words: list[str], stage: Stage) -> str:
    """What a command leaves on a terminal that is high enough."""
    screen = pyte.Screen(*SIZE)
    program, *rest = words
    running: pexpect.spawn[str] = pexpect.spawn(
        program,
        rest,
        cwd=str(stage.folder),
        env={**stage.environment},
        dimensions=SIZE[::-1],
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
    )
    pyte.Stream(screen).feed(running.read())
    return "\n".join(line.rstrip() for line in screen.display).rstrip()
