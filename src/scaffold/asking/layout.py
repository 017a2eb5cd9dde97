"""A question as lines that fit into a terminal. No I/O."""

from collections.abc import Collection, Iterator
from textwrap import wrap

from scaffold.asking.forms import Choose, Form, Row, Tick, Type

Line = tuple[str, str]  # a style, and the text in it
_READABLE = 88  # wider lines are hard to read
_KEYS = {
    Choose: "Arrows: move   Enter: choose",
    Tick: "Arrows: move   Space: tick   Enter: go on",
    Type: "Enter: go on",
}
_BACK = "   Esc: back"


def before(form: Form, columns: int, rows: int) -> list[Line]:
    """The last answers, on a third of the rows at most, and the question."""
    answered = [("class:above", line) for text in form.above for line in fit(text, columns)]
    answered = answered[-(rows // 3) :]
    explanation = "" if isinstance(form, Type) else form.explanation
    return [
        *answered,
        *([("", "")] if answered else []),
        *(("class:note", line) for line in fit(form.note, columns)),
        *(("class:title", line) for line in fit(form.title, columns)),
        *(("class:dim", line) for line in fit(explanation, columns)),
    ]


def after(form: Form, columns: int, error: str, pointed: Row | None = None) -> list[Line]:
    """What is wrong with the answer, what it means, and the keys."""
    told = pointed.explanation if pointed else form.explanation
    keys = _KEYS[type(form)] + ("" if form.first else _BACK)
    return [
        *([] if pointed is None else [("", "")]),
        *(("class:error", line) for line in fit(error, columns)),
        *(("class:dim", line) for line in fit(told, columns)),
        *(("class:dim", line) for line in fit(keys, columns)),
    ]


def rows(
    form: Choose | Tick, at: int, ticked: Collection[int], columns: int
) -> Iterator[list[Line]]:
    """The lines of each row; the one that the arrows have reached is marked."""
    for number, row in enumerate(form.rows):
        mark = "> " if number == at else "  "
        if isinstance(form, Tick):
            mark += "[x] " if number in ticked else "[ ] "
        style = "class:pointed" if number == at else ""
        first, *more = fit(row.title, columns - len(mark)) or [""]
        yield [(style, mark + first), *((style, " " * len(mark) + line) for line in more)]


def visible(lines: list[list[Line]], at: int, height: int) -> list[Line]:
    """The rows around the one that the arrows have reached, as many as there is room for."""
    first = last = at
    used = len(lines[at])
    while True:
        if last + 1 < len(lines) and used + len(lines[last + 1]) <= height:
            last += 1
            used += len(lines[last])
        elif first > 0 and used + len(lines[first - 1]) <= height:
            first -= 1
            used += len(lines[first])
        else:
            break
    return [line for row in lines[first : last + 1] for line in row]


def fit(text: str, columns: int) -> list[str]:
    """A text in lines that a terminal shows whole."""
    width = max(min(columns - 1, _READABLE), 10)
    return wrap(text, width, break_on_hyphens=False)
