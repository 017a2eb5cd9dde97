"""What is recorded: each key, with the words on the screen that it waits for."""

import base64
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Error

from scripts.recordings.terminal import PATIENCE_SECONDS, Frame, Terminal, environment
from tests.support.chromium import chromium
from tests.support.projects import snapshot

DOWN, UP, ENTER, CTRL_C = "\x1b[B", "\x1b[A", "\r", "\x03"
ORIGIN = "https://git.example.com/acme/scaffold.git"
# It is as long as the name of a temporary folder, so that no line breaks elsewhere.
SHOWN_FOLDER = "/home/ada/dev"
PORT = 8000

# The questions of `scaffold new`: the words to wait for, how long to read them, and the keys.
QUESTIONS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("> API", 1.5, (DOWN, DOWN, UP, UP, ENTER)),
    ("> FastAPI", 1.5, (ENTER,)),
    ("> Create the project", 2.5, (ENTER,)),
)
CHANGELOG = """\
# Changelog

## [0.2.0] - 2026-11-30

### Added

- Every response has `Cross-Origin-Opener-Policy`.

## [0.1.0] - 2026-11-01

The first release.
"""


@dataclass
class Stage:
    """A folder to work in, a home, and the template with its releases."""

    folder: Path
    home: Path
    template: Path
    port: int
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        (self.home / ".gitconfig").write_text(
            "[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n"
            "[init]\n\tdefaultBranch = main\n"
            f'[url "{self.template}"]\n\tinsteadOf = {ORIGIN}\n'
        )
        self.environment = environment(
            self.home,
            Path(sys.executable).parent,
            SCAFFOLD_TEMPLATE=ORIGIN,
        )
        if self.port != PORT:
            self.environment["PORT"] = str(self.port)

    def terminal(self) -> Terminal:
        """A terminal in the folder."""
        shown = {str(self.folder): SHOWN_FOLDER, str(self.port): str(PORT)}
        return Terminal(self.folder, self.environment, shown)

    def run(self, *command: str, folder: Path) -> None:
        """Run a command that is not shown."""
        subprocess.run(  # noqa: S603 - our own commands
            command, cwd=folder, env=self.environment, check=True, stdout=subprocess.DEVNULL
        )

    def release(self, version: str) -> None:
        """Commit and tag the template."""
        for words in (
            ("add", "--all"),
            ("commit", "--quiet", "--message", version),
            ("tag", version),
        ):
            self.run("git", *words, folder=self.template)


@contextmanager
def stage() -> Iterator[Stage]:
    """A stage with the template of the work tree as its version 0.1.0."""
    home = Path(tempfile.mkdtemp(dir="/tmp"))
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix=""))
    try:
        template = home / "template"
        snapshot(template)
        made = Stage(folder, home, template, free_port())
        made.run("git", "tag", "--delete", "v0.0.1", folder=template)
        (template / "CHANGELOG.md").write_text(CHANGELOG)
        made.release("v0.1.0")
        yield made
    finally:
        shutil.rmtree(home)
        shutil.rmtree(folder)


@dataclass(frozen=True)
class Recording:
    """What the terminal showed, and the page that was opened in the end."""

    frames: list[Frame]
    page: str | None = None


@dataclass(frozen=True)
class Scene:
    """What is recorded in one picture."""

    name: str
    title: str
    play: Callable[[Stage], Recording]


def play_new(stage: Stage) -> Recording:
    """From the questions to the documentation of the service."""
    terminal = stage.terminal()
    try:
        answer_questions(terminal, "scaffold new shop")
        terminal.type("cd shop")
        terminal.type("clear")
        terminal.type("uv run poe dev")
        terminal.wait(f"http://127.0.0.1:{stage.port}")
        terminal.show(2)
        page = take_page(f"http://127.0.0.1:{stage.port}/docs")
        terminal.press(CTRL_C)
        terminal.finish()
    finally:
        terminal.close()
    return Recording(terminal.frames, page)


def answer_questions(terminal: Terminal, command: str) -> None:
    """Start a new project, answer its questions, and wait until it is there."""
    terminal.type(command)
    for words, seconds, keys in QUESTIONS:
        terminal.wait(words)
        terminal.show(seconds)
        terminal.press(*keys)
    terminal.wait("The same again")
    terminal.finish()
    terminal.show(2.5)


def play_update(stage: Stage) -> Recording:
    """A release of the template that meets an edit of the owner in one file."""
    made = ("--yes", "--no-install", "--database", "none")
    stage.run("scaffold", "new", "shop", *made, folder=stage.folder)
    shop = stage.folder / "shop"
    edit(shop / "app/http_security.py", '"600"', '"3600"')
    stage.run(
        "git", "commit", "--all", "--quiet", "--message=Keep preflights for an hour", folder=shop
    )
    add_header(stage.template)
    stage.release("v0.2.0")
    terminal = stage.terminal()
    try:
        terminal.type("scaffold check shop")
        terminal.finish()
        terminal.show(1.5)
        terminal.type("cd shop")
        terminal.type("git show --format=%s --unified=0")
        terminal.finish()
        terminal.show(2.5)
        terminal.type("scaffold update")
        terminal.finish()
        terminal.show(3)
        terminal.type("grep -E 'Opener-Policy|Max-Age' app/http_security.py")
        terminal.finish()
        terminal.show(4)
    finally:
        terminal.close()
    return Recording(terminal.frames)


SCENES = (
    Scene(
        "new", "scaffold new asks, creates a service and installs it; poe dev starts it", play_new
    ),
    Scene("update", "scaffold update merges a release of the template into a service", play_update),
)


def edit(file: Path, old: str, new: str) -> None:
    """Change one place of a file."""
    text = file.read_text()
    if text.count(old) != 1:
        raise RuntimeError(f"{file} has not once {old}")
    file.write_text(text.replace(old, new))


def add_header(template: Path) -> None:
    """What the next release of the template brings."""
    edit(
        template / "templates/shared/app/http_security.py.jinja",
        '            "X-Frame-Options": "DENY",\n',
        '            "X-Frame-Options": "DENY",\n'
        '            "Cross-Origin-Opener-Policy": "same-origin",\n',
    )


def take_page(url: str) -> str:
    """A picture of a page, as the address of its data."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 980, "height": 644})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:  # a server that reloads says where it is before it is there
            try:
                page.goto(url, wait_until="networkidle")
                break
            except Error:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)
        page.wait_for_selector(".opblock")
        data = page.screenshot(type="jpeg", quality=60)
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"


def free_port() -> int:
    """The port of the pictures, or one with as many digits where it is taken."""
    for port in range(PORT, 10 * PORT // 8):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
