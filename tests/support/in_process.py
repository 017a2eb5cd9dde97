"""The tool, called in this process: all of `python -m scaffold` but the start of an interpreter.

An update is carried out here as well, which the tool does in a second process.

A run sees the environment, the folder and the streams that its process would see, and nothing of it is left afterwards.
"""

import gc
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path
from typing import IO, NamedTuple
from unittest.mock import patch

from copier._main import Worker
from plumbum import local

from scaffold.cli.main import main
from scaffold.errors import ScaffoldError
from scaffold.update import journal

_SECONDS = 300  # no run takes that long, on whatever machine
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(NamedTuple):
    """How a run ended."""

    code: int
    out: str
    err: str


def run(args: Sequence[str], cwd: Path, env: Mapping[str, str], stdin: str) -> Ended:
    """Run the tool; its input is a file, not a terminal."""
    with ExitStack() as stack:
        streams = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        streams[0].write(stdin.encode())
        streams[0].seek(0)
        stack.enter_context(patch.object(journal, "_carry_out_detached", _carry_out))
        with _streams(streams), _environment(env), chdir(cwd), undone(), _heard(), _limit(args):
            code = _exit_code(["scaffold", *args])
        _, out, err = (_text(stream) for stream in streams)
    return Ended(code, out, err)


def _carry_out(project: Path, folder: Path) -> None:
    try:
        journal.carry_out(project, folder)
    except ScaffoldError as error:
        raise journal.cut_off(error.message) from None


def _exit_code(argv: list[str]) -> int:
    with patch.object(sys, "argv", argv):
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()


@contextmanager
def _streams(files: Sequence[IO[bytes]]) -> Iterator[None]:
    """Put files in place of the three streams, for Python and for the processes that are started."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(number) for number in range(3)]
    try:
        for number, file in enumerate(files):
            os.dup2(file.fileno(), number)
        with (
            open(0, encoding="utf-8", closefd=False) as stdin,
            open(1, "w", encoding="utf-8", closefd=False) as stdout,
            open(2, "w", encoding="utf-8", closefd=False) as stderr,
            patch.multiple(sys, stdin=stdin, stdout=stdout, stderr=stderr),
        ):
            yield
    finally:
        for number, descriptor in enumerate(kept):
            os.dup2(descriptor, number)
            os.close(descriptor)


@contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    """Exactly these variables, also for Copier: it runs git with what plumbum saw at its import."""
    with patch.dict(os.environ, env, clear=True), local.env():
        local.env.clear()  # the tool gives it all that is in os.environ
        yield


@contextmanager
def undone() -> Iterator[None]:
    """Take back what the tool sets for the rest of its process."""
    mode = Worker._sync_git_index_executable_bit
    with (
        patch.dict(os.environ),
        patch.object(tempfile, "tempdir", None),  # TMPDIR is looked up once
        patch.object(Worker, "_sync_git_index_executable_bit", mode),
    ):
        try:
            yield
        finally:
            gc.unfreeze()
            gc.enable()


@contextmanager
def _heard() -> Iterator[None]:
    """Let a signal that ends the tool, such as Ctrl-C, end the tests too."""
    came: list[int] = []

    def stop(number: int, _frame: object) -> None:
        came.append(number)
        raise KeyboardInterrupt

    heard = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    handlers = {number: signal.signal(number, stop) for number in heard}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if came:
        raise KeyboardInterrupt


@contextmanager
def _limit(args: Sequence[str]) -> Iterator[None]:
    """Stop a run that hangs, and say which one it was."""

    def stop(*_: object) -> None:
        raise RuntimeError(f"`scaffold {' '.join(args)}` is not done after {_SECONDS} seconds")

    handler = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, handler)
