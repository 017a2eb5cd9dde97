"""The rows that a form may refer to."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy import Select, select

from app.models import Resource

Row = TypeVar("Row", bound=Resource)
LIMIT = 100


def select_newest(model: type[Row]) -> Select[Row]:
    """Select so many rows as a browser can offer; any other is chosen by its id."""
    return select(model).order_by(model.id.desc()).limit(LIMIT)


def make_options(rows: Iterable[Row], name_of: Callable[[Row], str]) -> list[tuple[str, str]]:
    """Name rows, by their ids."""
    return [(str(row.id), name_of(row)) for row in rows]
