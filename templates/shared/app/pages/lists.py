"""Lists of rows: their columns, and the links from one part of a list to the next."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from app.pages.fields import Field


class Cell(NamedTuple):
    """What a row has in a column."""

    label: str
    is_number: bool
    text: str


class ListRow(NamedTuple):
    """A row of a list: the first column names it."""

    id: int
    name: str
    cells: list[Cell]
    editable: bool


def select_fields(fields: Sequence[Field], names: Sequence[str]) -> list[Field]:
    """Return the fields with these names, in the order of the names."""
    by_name = {field.name: field for field in fields}
    return [by_name[name] for name in names]


def make_rows(
    rows: Iterable[Any], columns: Sequence[Field], editable: Container[int] | None = None
) -> list[ListRow]:
    """Write rows as the list shows them; without the ids of the editable ones, all are."""
    first, *others = columns
    return [
        ListRow(
            row.id,
            first.show(getattr(row, first.name)) or f"#{row.id}",
            [
                Cell(column.label, column.is_number, column.show(getattr(row, column.name)))
                for column in others
            ],
            editable is None or row.id in editable,
        )
        for row in rows
    ]


def page_path(path: str, query: Mapping[str, str], cursor: str | None = None) -> str:
    """Return the path to the rows after the cursor, or to the first ones, with the same filters."""
    members = {name: value for name, value in query.items() if name != "cursor"}
    if cursor:
        members["cursor"] = cursor
    return f"{path}?{urlencode(members)}" if members else path
