"""Asks one question line by line, where the terminal cannot move its cursor."""

import sys
from getpass import getpass
from shutil import get_terminal_size
from typing import Any

from scaffold.asking.forms import Back, Choose, Form, Row, Tick, Type, reason
from scaffold.asking.layout import fit
from scaffold.errors import UsageError

_BACK = "<"  # no answer has this text alone
_EMPTY = "-"


def show(form: Form) -> Any:
    """Ask until there is an answer; raises `Back` and `EOFError` as a screen does."""
    print(file=sys.stderr)
    for text in (form.note, form.title, form.explanation):
        _print(text)
    if isinstance(form, Choose | Tick):
        for number, row in enumerate(form.rows, 1):
            _print(f"{number:>3}  {row.title}")
            _print(row.explanation, indent="     ")
    while True:
        try:
            return form.check(_read(form))
        except UsageError as error:
            _print(reason(error))


def _read(form: Choose | Tick | Type) -> Any:
    if isinstance(form, Choose):
        at = next((n for n, row in enumerate(form.rows, 1) if row.value == form.default), 1)
        return _row(form.rows, _line(form, "A number", str(at))).value
    if isinstance(form, Tick):
        on = [str(n) for n, row in enumerate(form.rows, 1) if row.value in form.ticked]
        words = f"The numbers of what is on, {_EMPTY} for none"
        return [_row(form.rows, word).value for word in _line(form, words, " ".join(on)).split()]
    return _line(form, f"An answer, {_EMPTY} for none", form.default, secret=form.secret)


def _row(rows: tuple[Row, ...], word: str) -> Row:
    if word.isdecimal() and 1 <= int(word) <= len(rows):
        return rows[int(word) - 1]
    raise UsageError(f"Type a number from 1 to {len(rows)}.")


def _line(form: Form, words: str, default: str, *, secret: bool = False) -> str:
    """What the user types; nothing is the default."""
    back = "" if form.first else f", or {_BACK} to go back"
    prompt = f"{words}{back} [{'*' * len(default) if secret else default}]: "
    if secret:
        line = getpass(prompt, stream=sys.stderr)
    else:
        print(prompt, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise EOFError
    line = line.strip()
    if line == _BACK and not form.first:
        raise Back
    return "" if line == _EMPTY else line or default


def _print(text: str, indent: str = "") -> None:
    for line in fit(text, get_terminal_size().columns - len(indent)):
        print(f"{indent}{line}", file=sys.stderr)
