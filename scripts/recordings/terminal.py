"""A terminal of 80 columns, in which programs really run, and what it showed at which time."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import pexpect
import pyte

COLUMNS, ROWS = 80, 24
PROMPT = "$ "
PATIENCE_SECONDS = 300
# After so long without output a screen counts as painted.
PAINTED_SECONDS = 0.3
KEY_SECONDS = 0.04


@dataclass(frozen=True)
class Run:
    """Some text of one style."""

    column: int
    text: str
    style: tuple[str, ...]


Row = tuple[Run, ...]


@dataclass(frozen=True)
class Frame:
    """What the screen shows, and for how long."""

    rows: tuple[Row, ...]
    seconds: float


class Screen(pyte.Screen):
    """A screen that knows of dim text, which pyte takes for plain."""

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        """Show dim text in grey."""
        super().select_graphic_rendition(*(90 if a == 2 else a for a in attributes))


@dataclass
class Terminal:
    """Types commands, presses keys, and takes a picture where it is told to."""

    folder: Path
    environment: Mapping[str, str]
    # What stands for a path or a port of this machine; each is as long as the other.
    shown: Mapping[str, str]
    frames: list[Frame] = field(default_factory=list)
    _screen: Screen = field(default_factory=lambda: Screen(COLUMNS, ROWS))
    _program: Any = None

    def __post_init__(self) -> None:
        self._stream = pyte.Stream(self._screen)
        self._prompt()

    def type(self, command: str) -> None:
        """Type a command letter by letter, and start it."""
        self._wait_for_the_end()
        for letter in command:
            self._stream.feed(letter)
            self.show(KEY_SECONDS)
        self.show(0.4)
        self._stream.feed("\r\n")
        if command.startswith("cd "):
            self.folder /= command.removeprefix("cd ")
            self._prompt()
            return
        self._program = pexpect.spawn(
            "/bin/sh",
            ["-c", f"exec {command}"],
            cwd=str(self.folder),
            env={**self.environment},
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
            codec_errors="replace",
            timeout=PATIENCE_SECONDS,
        )

    def wait(self, text: str) -> None:
        """Read on until the screen has this text and is painted."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while text not in self.display():
            if not self._read(1) and not self._program.isalive():
                break
            if time.monotonic() > deadline:
                break
        while self._read(PAINTED_SECONDS) and time.monotonic() < deadline:
            pass
        if text not in self.display():
            raise RuntimeError(f"the screen never had {text!r}:\n{self.display()}")

    def press(self, *keys: str) -> None:
        """Press keys, and show what each but the last does."""
        for place, key in enumerate(keys):
            if place:
                while self._read(PAINTED_SECONDS):
                    pass
                self.show(0.3)
            self._program.send(key)

    def show(self, seconds: float) -> None:
        """Keep what is on the screen for so long."""
        rows = tuple(self._row(number) for number in range(ROWS))
        if self.frames and self.frames[-1].rows == rows:
            seconds += self.frames.pop().seconds
        self.frames.append(Frame(rows, round(seconds, 3)))

    def display(self) -> str:
        """What is on the screen now."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def finish(self) -> None:
        """Wait for the last command."""
        self._wait_for_the_end()

    def close(self) -> None:
        """End what still runs."""
        if self._program and self._program.isalive():
            self._program.terminate(force=True)

    def _wait_for_the_end(self) -> None:
        if self._program is None:
            return
        while self._program.isalive() or self._read(0):
            self._read(PAINTED_SECONDS)
        while self._read(0):
            pass
        self._program = None
        if self._screen.cursor.x:
            self._stream.feed("\r\n")
        self._prompt()

    def _prompt(self) -> None:
        self._stream.feed(f"\x1b[0;32m{PROMPT}\x1b[0m")

    def _read(self, seconds: float) -> bool:
        try:
            self._stream.feed(self._program.read_nonblocking(65536, timeout=seconds))
        except (pexpect.TIMEOUT, pexpect.EOF):
            return False
        return True

    def _row(self, number: int) -> Row:
        line = self._screen.buffer[number]
        cells = [line[column] for column in range(COLUMNS)]
        text = "".join(cell.data for cell in cells)
        for here, there in self.shown.items():
            text = text.replace(here, there)
        runs = []
        for style, columns in groupby(range(COLUMNS), lambda column: _style(cells[column])):
            first, *rest = columns
            words = text[first : first + 1 + len(rest)]
            if style or words.strip():
                runs.append(Run(first, words, style))
        return tuple(runs)


def _style(cell: Any) -> tuple[str, ...]:
    """The names of the styles of a character; none where it is plain."""
    names = []
    if cell.fg != "default":
        names.append(cell.fg)
    if cell.bold:
        names.append("bold")
    if cell.underscore:
        names.append("underline")
    if cell.reverse or cell.bg != "default":
        names.append("reverse")
    return tuple(names)


def environment(home: Path, program: Path, **more: str) -> dict[str, str]:
    """What programs find: a home of their own, and the tool on their path."""
    kept = {k: v for k, v in os.environ.items() if k.startswith(("UV_", "PIP_", "SSL_"))}
    return {
        **kept,
        "HOME": str(home),
        "PATH": f"{program}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "GIT_PAGER": "cat",
        "PROMPT_TOOLKIT_NO_CPR": "1",
        **more,
    }
