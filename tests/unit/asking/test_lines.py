"""A question in a terminal that can only write one line after another."""

import io
import sys
from dataclasses import replace
from typing import Any

import pytest

from scaffold.asking import lines
from scaffold.asking.forms import Back, Choose, Form, Row, Tick, Type
from scaffold.errors import UsageError

ROWS = (Row("Red", "r", "Like blood."), Row("Green", "g"))
COLOUR = Choose(title="Colour", explanation="Of the door.", note="Mind.", rows=ROWS, default="g")
PARTS = Tick(title="Parts", rows=ROWS, ticked=("g",))
NAME = Type(title="Name", default="Ada")


def answered(monkeypatch: pytest.MonkeyPatch, form: Form, typed: str) -> Any:
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    return lines.show(form)


@pytest.mark.parametrize(
    ("form", "typed", "answer"),
    [
        (COLOUR, "\n", "g"),
        (COLOUR, "1\n", "r"),
        (COLOUR, "3\nred\n 2 \n", "g"),
        (PARTS, "\n", ["g"]),
        (PARTS, "1 2\n", ["r", "g"]),
        (PARTS, "-\n", []),
        (NAME, "\n", "Ada"),
        (NAME, "Bob\n", "Bob"),
        (NAME, "-\n", ""),
    ],
)
def test_a_line_answers(
    monkeypatch: pytest.MonkeyPatch, form: Form, typed: str, answer: Any
) -> None:
    assert answered(monkeypatch, form, typed) == answer


def test_all_of_the_question_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answered(monkeypatch, COLOUR, "9\n1\n")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.split("\n") == [
        "",
        "Mind.",
        "Colour",
        "Of the door.",
        "  1  Red",
        "     Like blood.",
        "  2  Green",
        "A number, or < to go back [2]: Type a number from 1 to 2.",
        "A number, or < to go back [2]: ",
    ]


def test_what_is_wrong_is_told_and_asked_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(answer: str) -> str:
        if answer == "Ada":
            raise UsageError("Not her.", "ask Bob")
        return answer

    assert answered(monkeypatch, Type(title="Name", check=check), "Ada\nBob\n") == "Bob"
    assert "Not her: ask Bob\n" in capsys.readouterr().err


@pytest.mark.parametrize("form", [COLOUR, PARTS, NAME])
@pytest.mark.parametrize(("typed", "error"), [("<\n", Back), ("", EOFError)])
def test_a_question_is_left_without_an_answer(
    monkeypatch: pytest.MonkeyPatch, form: Form, typed: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        answered(monkeypatch, form, typed)


def test_from_the_first_question_nothing_leads_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answered(monkeypatch, replace(COLOUR, first=True), "<\n1\n") == "r"
    assert capsys.readouterr().err.endswith(
        "A number [2]: Type a number from 1 to 2.\nA number [2]: "
    )


def test_a_secret_is_read_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prompts: list[str] = []

    def getpass(prompt: str, stream: Any) -> str:
        prompts.append(prompt)
        return ""

    monkeypatch.setattr(lines, "getpass", getpass)
    assert lines.show(Type(title="Token", secret=True, default="hunter2")) == "hunter2"
    assert "hunter2" not in prompts[0] + capsys.readouterr().err
