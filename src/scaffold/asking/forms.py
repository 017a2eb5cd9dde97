"""What one question shows, and what answers it. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scaffold.errors import UsageError


class Back(Exception):
    """The user wants the question before."""


def accept(answer: Any) -> Any:
    """Take any answer."""
    return answer


def reason(error: UsageError) -> str:
    """Why an answer is not taken, and what to do."""
    return f"{error.message.rstrip('.')}: {error.hint}" if error.hint else error.message


@dataclass(frozen=True)
class Row:
    """One line to choose."""

    title: str
    value: Any
    explanation: str = ""


@dataclass(frozen=True, kw_only=True)
class _Form:
    """One question. `check` makes the answer of what was entered, or raises a `UsageError`."""

    title: str
    explanation: str = ""
    note: str = ""  # what the user should know before answering
    above: tuple[str, ...] = ()  # the answers so far
    first: bool = False  # no question comes before it, so that nothing leads back
    check: Callable[[Any], Any] = accept


@dataclass(frozen=True, kw_only=True)
class Choose(_Form):
    """One of some rows: the answer is its value."""

    rows: tuple[Row, ...]
    default: Any = None


@dataclass(frozen=True, kw_only=True)
class Tick(_Form):
    """Any of some rows: the answer is the list of their values."""

    rows: tuple[Row, ...]
    ticked: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Type(_Form):
    """Some text: the answer is what `check` makes of it."""

    default: str = ""
    secret: bool = False
    path: bool = False
    multiline: bool = False


Form = Choose | Tick | Type
Show = Callable[[Form], Any]
