"""A question fits into every terminal: lines are broken between words, and none is cut."""

import pytest

from scaffold.asking import layout
from scaffold.asking.forms import Choose, Row, Tick, Type

LONG = "A sentence with many words that goes on for longer than most terminals are wide. " * 2
WIDTHS = [20, 60, 80, 120, 200]
ROWS = (Row("One", 1, "The first."), Row("Two", 2), Row("Three", 3))


def joined(lines: list[layout.Line]) -> str:
    return " ".join(text for _, text in lines)


@pytest.mark.parametrize("columns", WIDTHS)
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(columns: int) -> None:
    form = Type(title=LONG, explanation=LONG, note=LONG, above=(LONG,))
    above = layout.before(form, columns, 60)
    below = layout.after(form, columns, LONG)
    assert all(len(text) < columns for _, text in (*above, *below))
    assert joined(above).split() == [*LONG.split(), *LONG.split(), *LONG.split()]
    assert joined(below).split() == [
        *LONG.split(),
        *LONG.split(),
        *["Enter:", "go", "on", "Esc:", "back"],
    ]


def test_what_is_wrong_stands_before_what_is_explained() -> None:
    form = Type(title="Name", explanation="Any name.")
    assert layout.after(form, 80, "Not this one.") == [
        ("class:error", "Not this one."),
        ("class:dim", "Any name."),
        ("class:dim", "Enter: go on   Esc: back"),
    ]


@pytest.mark.parametrize("form", [Choose, Tick])
def test_esc_is_named_where_it_leads_back(form: type[Choose] | type[Tick]) -> None:
    for first in (True, False):
        *_, (_, keys) = layout.after(form(title="Number", rows=ROWS, first=first), 80, "", ROWS[0])
        assert keys.endswith("Esc: back") is not first


def test_many_answers_leave_room_for_the_question() -> None:
    form = Type(title="Name", above=tuple(f"Answer {number}" for number in range(30)))
    assert [text for _, text in layout.before(form, 80, 24)] == [
        *(f"Answer {number}" for number in range(22, 30)),
        "",
        "Name",
    ]


def test_a_row_explains_itself_and_the_question_stands_above() -> None:
    form = Choose(title="Number", explanation="Any of these.", rows=ROWS)
    assert ("class:dim", "Any of these.") in layout.before(form, 80, 24)
    assert layout.after(form, 80, "", ROWS[0])[:2] == [("", ""), ("class:dim", "The first.")]
    assert len(layout.after(form, 80, "", ROWS[1])) == 2


def test_the_row_that_is_pointed_at_and_those_that_are_ticked_show_without_colours() -> None:
    form = Tick(title="Numbers", rows=ROWS)
    found = [text for row in layout.rows(form, 1, {2}, 80) for _, text in row]
    assert found == ["  [ ] One", "> [ ] Two", "  [x] Three"]


def test_a_long_row_goes_on_below_its_first_word() -> None:
    form = Choose(title="Number", rows=(Row("word " * 10, 1),))
    (row,) = layout.rows(form, 0, (), 30)
    assert [text for _, text in row] == ["> word word word word word", "  word word word word word"]


@pytest.mark.parametrize(
    ("at", "height", "shown"),
    [(0, 10, "abcde"), (0, 2, "ab"), (2, 3, "cde"), (4, 2, "de"), (3, 1, "d")],
)
def test_a_list_that_is_too_long_shows_the_rows_around_the_one_pointed_at(
    at: int, height: int, shown: str
) -> None:
    rows = [[("", letter)] for letter in "abcde"]
    assert "".join(text for _, text in layout.visible(rows, at, height)) == shown
