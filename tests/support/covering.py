"""Covering arrays: few rows in which every feasible tuple of values stands at least once.

The method is IPOG (Lei, Kacker, Kuhn, Okun and Lawrence, 2007): rows for the first few names grow by one
name after the other, to the right by the value that brings most, and down by what is still missing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, product
from random import Random

Value = str | bool
Row = Mapping[str, Value]
Tuple = frozenset[tuple[str, Value]]
Feasible = Callable[[Row], bool]
# How many rows come out depends on the order of names and values. So many orders are tried.
ORDERS = 10


def tuples(values: Mapping[str, Sequence[Value]], strength: int, feasible: Feasible) -> list[Tuple]:
    """Every feasible choice of values for that many of the names."""
    return [
        t for names in combinations(values, strength) for t in _tuples_of(names, values, feasible)
    ]


def tuples_in(row: Row, strength: int) -> Iterator[Tuple]:
    """Every tuple that a row holds."""
    return map(frozenset, combinations(row.items(), strength))


def covering_rows(
    values: Mapping[str, Sequence[Value]], strength: int, feasible: Feasible
) -> list[Row]:
    """Rows that hold every feasible tuple of the strength; the same ones each time.

    `feasible` says of values for some of the names whether a whole row can have them.
    """
    random = Random(0)  # noqa: S311 - the same orders each time
    arrays = (_grown(_shuffled(values, random), strength, feasible) for _ in range(ORDERS))
    smallest = min(arrays, key=len)
    return [{name: row[name] for name in values} for row in smallest]


def _tuples_of(
    names: Sequence[str], values: Mapping[str, Sequence[Value]], feasible: Feasible
) -> Iterator[Tuple]:
    for chosen in product(*(values[name] for name in names)):
        row = dict(zip(names, chosen, strict=True))
        if feasible(row):
            yield frozenset(row.items())


def _shuffled(values: Mapping[str, Sequence[Value]], random: Random) -> dict[str, list[Value]]:
    """Names and values in another order, names with many values first: they need the most rows."""
    names = sorted(random.sample(list(values), len(values)), key=lambda name: -len(values[name]))
    return {name: random.sample(values[name], len(values[name])) for name in names}


def _grown(
    values: Mapping[str, Sequence[Value]], strength: int, feasible: Feasible
) -> list[dict[str, Value]]:
    """The rows that come of the names and values in this order."""
    order = list(values)
    rows = [dict(t) for t in _tuples_of(order[:strength], values, feasible)]
    for place in range(strength, len(order)):
        name, before = order[place], order[:place]
        # A dict, because the order of a set is another one in each process.
        missing = {
            t: None
            for others in combinations(before, strength - 1)
            for t in _tuples_of((*others, name), values, feasible)
        }
        for row in rows:
            _extend(row, name, values[name], strength, feasible, missing)
        for held in list(missing):
            if held in missing:
                _add(rows, dict(held), feasible)
                del missing[held]
    for row in rows:
        _fill(row, values, feasible)
    return rows


def _extend(
    row: dict[str, Value],
    name: str,
    values: Sequence[Value],
    strength: int,
    feasible: Feasible,
    missing: dict[Tuple, None],
) -> None:
    """Give the row the value of the name that holds most of what is missing."""
    others = list(combinations(row.items(), strength - 1))
    brought = {
        value: [t for o in others if (t := frozenset((*o, (name, value)))) in missing]
        for value in values
        if feasible({**row, name: value})
    }
    value = max(brought, key=lambda value: len(brought[value]))
    row[name] = value
    for held in brought[value]:
        del missing[held]


def _add(rows: list[dict[str, Value]], held: dict[str, Value], feasible: Feasible) -> None:
    """Write a tuple into the first row that has room for it, or into a new one."""
    for row in rows:
        if all(row.get(n, v) == v for n, v in held.items()) and feasible({**row, **held}):
            row.update(held)
            return
    rows.append(held)


def _fill(row: dict[str, Value], values: Mapping[str, Sequence[Value]], feasible: Feasible) -> None:
    """Give a value to each name for which any will do."""
    for name in values:
        if name not in row:
            row[name] = next(v for v in values[name] if feasible({**row, name: v}))
