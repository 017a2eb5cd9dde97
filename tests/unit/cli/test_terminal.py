"""What the streams of the program say of its terminal."""

import sys

import pytest

from scaffold.cli.terminal import is_interactive, wants_colour


@pytest.mark.parametrize(
    ("terminals", "answer"), [("io", True), ("i", False), ("o", False), ("", False)]
)
def test_questions_need_somebody_who_sees_and_answers_them(
    monkeypatch: pytest.MonkeyPatch, terminals: str, answer: bool
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: "i" in terminals, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: "o" in terminals, raising=False)
    assert is_interactive() is answer


@pytest.mark.parametrize(
    ("terminal", "no_color", "colour"),
    [(True, None, True), (True, "1", False), (False, None, False)],
)
def test_colour_is_for_terminals_whose_user_likes_it(
    monkeypatch: pytest.MonkeyPatch, terminal: bool, no_color: str | None, colour: bool
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    assert wants_colour() is colour
