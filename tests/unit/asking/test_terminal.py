"""A question is shown as the terminal can, on stderr."""

import io
import sys

import pytest

from scaffold.asking import lines, screen, terminal
from scaffold.asking.forms import Form, Type
from scaffold.errors import Interrupted

NAME = Type(title="Name")


@pytest.mark.parametrize(("term", "asker"), [("dumb", lines), ("xterm", screen)])
def test_a_terminal_that_cannot_move_its_cursor_is_asked_in_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], term: str, asker: object
) -> None:
    def show(form: Form) -> str:
        print(form.title)
        return "Ada"

    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(asker, "show", show)
    assert terminal.show(NAME) == "Ada"
    assert capsys.readouterr() == ("", "Name\n")


def test_the_end_of_the_input_is_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(Interrupted, match="the input ended; nothing was created"):
        terminal.show(NAME)
