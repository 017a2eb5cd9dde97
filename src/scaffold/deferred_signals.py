"""Signals that end the program: held back where they would leave something behind, or noted."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
_Handler = Callable[[int, FrameType | None], object]


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Let a signal that comes meanwhile wait for the end of the block."""
    came: list[int] = []
    try:
        with _replaced(lambda _before: lambda number, _frame: came.append(number)):
            yield
    finally:
        for number in came:
            signal.raise_signal(number)


@contextmanager
def noted_signals() -> Iterator[list[int]]:
    """The signals that came so far; each does what it does anyway, unless somebody catches that."""
    came: list[int] = []

    def noting(before: _Handler) -> _Handler:
        def handler(number: int, frame: FrameType | None) -> None:
            came.append(number)
            before(number, frame)

        return handler

    with _replaced(noting):
        yield came


@contextmanager
def _replaced(replacement: Callable[[_Handler], _Handler]) -> Iterator[None]:
    """Other handlers while the block runs; one that is ignored, as under nohup, stays so."""
    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    before = {n: handler for n in numbers if callable(handler := signal.getsignal(n))}
    for number, handler in before.items():
        signal.signal(number, replacement(handler))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
