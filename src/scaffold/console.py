"""What a run tells while it works, on stderr, and its result, on stdout."""

import json
import os
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from scaffold.errors import ScaffoldError

if TYPE_CHECKING:
    from rich.console import Console as Terminal

Result = TypeVar("Result")


class Advance(Protocol):
    """Tells what comes next, or without it that one more step is done."""

    def __call__(self, step: str = "", /) -> None: ...


class Console:
    """Results go to stdout, everything else to stderr."""

    def __init__(self, *, as_json: bool = False, debug: bool = False) -> None:
        self.as_json = as_json
        self.debug = debug
        self.notes: list[str] = []
        self.answered = False  # a program has its one object
        self._subject = ""

    def note(self, message: str) -> None:
        """Tell something that matters but stops nothing."""
        message = f"{self._subject}{message}"
        self.notes.append(message)
        write_to_stderr(f"note: {_one_line(message)}")

    @contextmanager
    def about(self, subject: object) -> Iterator[None]:
        """Say of which one of several the notes are that come meanwhile."""
        self._subject = f"{subject}: "
        try:
            yield
        finally:
            self._subject = ""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show what is being waited for, and in a terminal how long it took."""
        if not sys.stderr.isatty():
            write_to_stderr(f"{title} …")
            yield
            return
        start = time.monotonic()
        with self.busy(title):
            yield
        write_to_stderr(f"{title}: {time.monotonic() - start:.1f} s")

    @contextmanager
    def busy(self, title: str) -> Iterator[None]:
        """Show in a terminal that something happens, and for how long by now; nothing stays."""
        if not sys.stderr.isatty():
            yield
            return
        if not _can_move():
            write_to_stderr(f"{title} …")
            yield
            return
        if "rich.progress" not in sys.modules:
            _write_at_once(title)
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn("line"), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self._terminal, transient=True) as bar:
            bar.add_task(title, total=None)
            yield

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Advance]:
        """Show how much of a long work is done: each call says what is next, or that one is done."""
        if not (sys.stderr.isatty() and _can_move()):
            write_to_stderr(f"{title} …")
            yield lambda step="": write_to_stderr(f"  {step}") if step else None
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._terminal, transient=True) as bar:
            task = bar.add_task(title, total=total)

            def advance(step: str = "") -> None:
                if step:
                    bar.update(task, description=f"{title}, {step}")
                else:
                    bar.advance(task)

            yield advance

    @contextmanager
    def watch(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show in a terminal what is waited for, and how that stands by now."""
        with self._terminal.status(f"{title} …") as status:
            yield lambda now: status.update(f"{title}: {now}")

    @cached_property
    def _terminal(self) -> "Terminal":
        """What moves; one for all, since a step may be a part of another."""
        from rich.console import Console as Terminal

        return Terminal(stderr=True)

    def explain(self, error: ScaffoldError) -> None:
        """Tell an error, and what to do about it."""
        if self.debug:
            traceback.print_exception(error)
        write_to_stderr(f"error: {_one_line(error.message)}")
        if error.hint:
            write_to_stderr(f"hint: {error.hint}")

    def show(
        self,
        result: Result,
        as_text: Callable[[Result], None],
        as_json: Callable[[Result], dict[str, Any]],
    ) -> None:
        """Print the result of a command, in the form that the user wants."""
        if self.as_json:
            self.print_json(as_json(result))
        else:
            as_text(result)

    def print_json(self, document: dict[str, Any]) -> None:
        """Print one object, with the notes of the run in it."""
        self.answered = True
        print(json.dumps({**document, "notes": self.notes}, default=str))


def write_to_stderr(line: str) -> None:
    """Print a line; where stderr is closed, the work goes on without it."""
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)


def _can_move() -> bool:
    """Whether a terminal can write over what it has written."""
    return os.environ.get("TERM") not in ("dumb", "unknown")


def _write_at_once(title: str) -> None:
    """Say it before what moves is imported, which takes a moment; later on it would stay."""
    line = f"{title} …"[: shutil.get_terminal_size().columns - 1]
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\r")
        sys.stderr.flush()


def _one_line(message: str) -> str:
    """A message in which names hold anything, without what ends a line or steers the terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
