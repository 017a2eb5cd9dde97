"""The rows that the rows of a list refer to, by the names that people know."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, select

from app.models import Resource
from app.pages.fields import Field


class ReferenceTarget(NamedTuple):
    """What a field refers to; without a path, its rows are named and not linked."""

    model: type[Resource]
    name_of: Callable[[Any], str]
    path: str | None = None

    def link(self, rows: Iterable[Resource]) -> dict[int, tuple[str, str | None]]:
        """Return the names of rows by their ids, and the paths of their forms."""
        path = self.path
        return {row.id: (self.name_of(row), path and f"{path}/{row.id}/edit") for row in rows}


def select_referred(
    rows: Sequence[Sequence[Any]], fields: Sequence[Field], targets: Mapping[str, ReferenceTarget]
) -> Iterator[tuple[str, ReferenceTarget, Select[Any]]]:
    """Select at once all that rows of these columns refer to, for each field that refers."""
    for position, field in enumerate(fields, 1):
        if target := targets.get(field.name):
            ids = {row[position] for row in rows} - {None}
            yield field.name, target, select(target.model).where(target.model.id.in_(ids))
