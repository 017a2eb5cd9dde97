"""Lists of rows: their columns, their filters, and the links from one part to the next."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy import Select, select

from app.pages.fields import Field
from app.pages.forms import Form
from app.pages.rendering import TEMPLATES

# Plain tuples, because a list has many of them.
# What a row has in a column: the column's label, whether it is a number, the text, and a path
# that the text leads to.
Cell = tuple[str, bool, str, str | None]
# A row: the path below which its pages are, its name, the cells of the other columns, and whether
# it can be changed.
ListRow = tuple[str, str, list[Cell], bool]
# What rows refer to: for a field, the texts and paths of ids.
Referred = Mapping[str, Mapping[int, tuple[str, str | None]]]

_blank_filters: dict[str, tuple[Sequence[Field], Markup]] = {}


def select_fields(fields: Sequence[Field], names: Sequence[str]) -> list[Field]:
    """Return the fields with these names, in the order of the names."""
    by_name = {field.name: field for field in fields}
    return [by_name[name] for name in names]


def select_shown(model: Any, fields: Sequence[Field], *further: Any) -> Select[Any]:
    """Select the rows of a list: the id, what it shows, and no more than is named further."""
    columns = [getattr(model, field.name) for field in fields]
    return select(model.id, *columns, *further).order_by(model.id.desc())


def make_rows(
    rows: Iterable[Sequence[Any]],
    fields: Sequence[Field],
    path: str,
    editable: Container[int] | None = None,
    referred: Referred | None = None,
) -> list[ListRow]:
    """Write rows of these columns for a list whose path, as a browser has it, is given.

    Without the ids of the editable rows, all can be changed.
    """
    first, *others = [_writer(field, (referred or {}).get(field.name)) for field in fields]
    return [
        (
            f"{path}/{row[0]}",
            first(row[1])[2] or f"#{row[0]}",
            [write(value) for write, value in zip(others, row[2:], strict=False)],
            editable is None or row[0] in editable,
        )
        for row in rows
    ]


def _writer(
    field: Field, links: Mapping[int, tuple[str, str | None]] | None
) -> Callable[[Any], Cell]:
    label, is_number, show = field.label, field.is_number, field.show
    if links:
        return lambda value: (label, is_number, *links.get(value, (show(value), None)))
    return lambda value: (label, is_number, show(value), None)


def filter_form(filters: Form, path: str) -> Markup:
    """Write the form of filters; while nothing is chosen it is always the same, so it is kept."""
    if not filters.is_blank:
        return _write_filters(filters, path)
    fields, text = _blank_filters.get(path, (None, Markup()))
    if fields is not filters.fields:
        text = _write_filters(filters, path)
        _blank_filters[path] = filters.fields, text
    return text


def _write_filters(filters: Form, path: str) -> Markup:
    # The template has nothing else of the request, so what is kept tells nobody of anybody.
    template = TEMPLATES.get_template("filters.html")
    return Markup(template.render(filters=filters, path=path))


TEMPLATES.globals["filter_form"] = filter_form


def page_path(path: str, query: Mapping[str, str], cursor: str | None = None) -> str:
    """Return the path to the rows after the cursor, or to the first ones, with the same filters."""
    members = {name: value for name, value in query.items() if name != "cursor"}
    if cursor:
        members["cursor"] = cursor
    return f"{path}?{urlencode(members)}" if members else path
