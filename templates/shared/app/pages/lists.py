"""Lists of rows: their columns, and the links from one part of a list to the next."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from app.pages.fields import Field

# A row of a list: its id, its texts, and whether it can be edited.
ListRow = tuple[int, list[str], bool]


def select_fields(fields: Sequence[Field], names: Sequence[str]) -> list[Field]:
    """Return the fields with these names, in the order of the names."""
    by_name = {field.name: field for field in fields}
    return [by_name[name] for name in names]


def make_rows(
    rows: Iterable[Any], columns: Sequence[Field], editable: Container[int] | None = None
) -> list[ListRow]:
    """Write rows as the list shows them; without the ids of the editable ones, all are."""
    return [
        (
            row.id,
            [column.show(getattr(row, column.name)) for column in columns],
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
