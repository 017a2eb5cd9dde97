"""A question in a terminal: its keys, and what can be read on it."""

from dataclasses import replace
from typing import Any

import pytest

from scaffold.asking import screen
from scaffold.asking.forms import Back, Choose, Form, Row, Tick, Type
from scaffold.errors import UsageError
from tests.support.user import pictures, terminal

UP, DOWN, LEFT, ESC, CTRL_U = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b", "\x15"
COLOURS = (Row("Red", "r", "Like blood."), Row("Green", "g", "Like grass."), Row("Blue", "b"))
COLOUR = Choose(title="Colour", explanation="Of the door.", rows=COLOURS, default="g")
PARTS = Tick(title="Parts", rows=COLOURS, ticked=("b",))
NAME = Type(title="Name", explanation="Of the owner.", default="Ada")


def answered(form: Form, *keys: str, columns: int = 80) -> Any:
    return pictures(screen.show, form, list(keys), columns)[0]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("\r", "g"),
        (DOWN + "\r", "b"),
        (UP + "\r", "r"),
        (DOWN * 2 + "\r", "r"),
        ("jk\r", "g"),
        (DOWN + "\n", "b"),
    ],
)
def test_arrows_choose_a_row(keys: str, answer: str) -> None:
    assert answered(COLOUR, keys) == answer


@pytest.mark.parametrize(
    ("keys", "answer"),
    [("\r", ["b"]), (" \r", ["r", "b"]), (UP + " \r", []), (" " + DOWN + "  \r", ["r", "b"])],
)
def test_space_ticks_a_row(keys: str, answer: list[str]) -> None:
    assert answered(PARTS, keys) == answer


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("\r", "Ada"),
        ("Bob\r", "Bob"),  # in place of what stood there
        (LEFT + "nd\r", "Adnda"),
        ("\x7f\r", ""),
        ("\x1b[3~\r", ""),
        (CTRL_U + "Eve\r", "Eve"),
        ("\x1b[200~Zoe\x1b[201~\r", "Zoe"),
    ],
)
def test_typing_replaces_what_is_offered_and_an_arrow_edits_it(keys: str, answer: str) -> None:
    assert answered(NAME, keys) == answer


def test_a_text_of_several_lines_ends_with_esc_and_enter() -> None:
    form = Type(title="Notes", multiline=True)
    assert answered(form, "one\rtwo" + ESC + "\r") == "one\ntwo"


def test_a_path_is_completed_by_tab(tmp_path: Any) -> None:
    (tmp_path / "services").mkdir()
    form = Type(title="Place", path=True)
    assert answered(form, f"{tmp_path}/ser\t\r") == f"{tmp_path}/services"


@pytest.mark.parametrize("form", [COLOUR, PARTS, NAME], ids=lambda form: type(form).__name__)
@pytest.mark.parametrize(
    ("key", "error"), [(ESC, Back), ("\x03", KeyboardInterrupt)], ids=["esc", "ctrl-c"]
)
def test_a_question_is_left_without_an_answer(
    form: Form, key: str, error: type[BaseException]
) -> None:
    with pytest.raises(error):
        answered(form, key)


@pytest.mark.parametrize("form", [COLOUR, PARTS, Type(title="Name")])
def test_the_end_of_the_input_ends_a_question(form: Form) -> None:
    with pytest.raises(EOFError):
        answered(form, "\x04")


def test_the_left_arrow_goes_back_from_a_list() -> None:
    with pytest.raises(Back):
        answered(COLOUR, LEFT)


@pytest.mark.parametrize(
    ("form", "keys", "answer"),
    [
        (COLOUR, LEFT + "\r", "g"),
        (COLOUR, ESC + DOWN + "\r", "b"),
        (PARTS, ESC + DOWN + " \r", ["g", "b"]),
    ],
)
def test_from_the_first_question_nothing_leads_back(form: Form, keys: str, answer: Any) -> None:
    assert answered(replace(form, first=True), keys) == answer
    with pytest.raises(Back):
        answered(form, keys)


def only_bob(answer: str) -> str:
    if answer != "Bob":
        raise UsageError("Nobody but Bob may own it" + ", for reasons that take a while" * 4, "ask")
    return answer


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_what_is_wrong_is_whole_and_goes_away_when_the_answer_changes(columns: int) -> None:
    form = Type(title="Name", explanation="Of the owner. " * 8, default="Ada", check=only_bob)
    answer, shown = pictures(screen.show, form, ["\r", "\r", CTRL_U + "Bob\r"], columns)
    assert answer == "Bob"
    reason = "Nobody but Bob may own it" + ", for reasons that take a while" * 4 + ": ask"
    assert reason not in shown[0]
    assert f"Ada {reason} Of the owner." in shown[1]
    assert reason not in shown[2]


def test_a_secret_is_not_shown() -> None:
    answer, shown = pictures(screen.show, Type(title="Token", secret=True), ["hunter2\r"])
    assert answer == "hunter2"
    assert "hunter2" not in shown[0]
    assert "*******" in shown[0]


def test_nothing_of_a_question_stays() -> None:
    with terminal() as opened:
        opened.keys.send_text("\r")
        screen.show(COLOUR)
        assert opened.text() == ""


@pytest.mark.parametrize("rows", [8, 24])
def test_a_long_list_scrolls_and_its_question_stays(rows: int) -> None:
    many = tuple(Row(f"Row {number}", number, "Why so many?") for number in range(40))
    form = Choose(title="Number", rows=many, above=("Before  yes",))
    answer, shown = pictures(screen.show, form, [DOWN * 30 + "\r"], rows=rows)
    assert answer == 30
    for words in ("Number", "> Row 30", "Why so many?", "Enter: choose"):
        assert words in shown[0]
