"""What a run tells while it works, on stderr, and its result, on stdout."""

import json
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol, TypeVar

from scaffold.errors import ScaffoldError

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
        """Show what is being waited for."""
        start = time.monotonic()
        if sys.stderr.isatty():
            from rich.console import Console as Terminal

            with Terminal(stderr=True).status(f"{title} …"):
                yield
            write_to_stderr(f"{title}: {time.monotonic() - start:.1f} s")
        else:
            write_to_stderr(f"{title} …")
            yield

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Advance]:
        """Show how much of a long work is done: each call says what is next, or that one is done."""
        if not sys.stderr.isatty():
            write_to_stderr(f"{title} …")
            yield lambda step="": write_to_stderr(f"  {step}") if step else None
            return
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Terminal(stderr=True), transient=True) as bar:
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
        from rich.console import Console as Terminal

        with Terminal(stderr=True).status(f"{title} …") as status:
            yield lambda now: status.update(f"{title}: {now}")

    def waiting(self, title: str) -> None:
        """Tell a person at a terminal why there is no answer yet."""
        if sys.stderr.isatty():
            write_to_stderr(f"{title} …")

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


def _one_line(message: str) -> str:
    """A message in which names hold anything, without what ends a line or steers the terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
