"""MIGRATION.md: what is done, what is left, and how a route is moved. No I/O."""

from collections.abc import Collection, Mapping, Sequence

from scaffold.migrate.application import Application
from scaffold.migrate.routes import Route

NAME = "MIGRATION.md"
IN_TEMPLATE = "in the template: done"
CHANGED = "in the template, and you changed it: to do"
YOURS = "yours: to do"


def state_of(route: Route, templates: Collection[str], edited: Collection[str]) -> str:
    """What is to be done for a route when the migration begins."""
    if route.file in edited:
        return CHANGED
    return IN_TEMPLATE if route.file in templates else YOURS


def write_guide(states: Mapping[Route, str], edited: Sequence[str], by_hand: Sequence[str]) -> str:
    """The page for the people who do the rest."""
    todo = sum(state != IN_TEMPLATE for state in states.values())
    parts = [
        f"""\
# From Flask to FastAPI

FastAPI is in `app/` and answers first. What it has no route for is answered by the old application in `flask_app/`, in the
same process, on the same database, with the same tokens. Of {len(states)} routes {todo} are still to do.

`scaffold migrate --status` counts what is left. When nothing is, `scaffold migrate --finish` removes `flask_app/`, this page
and all else that stands here only until then.

## A route

1. Write it in `app/`, in a router that the `feature.py` of its folder adds, as `app/items/` does. What does not need Flask,
   such as models, is in `app/` already.
2. Add `from app.NAME import feature as NAME` and `NAME.init_app(app, settings)` to `app/main.py`, above `strangler`.
3. Write requests for it in a file of `tests/parity/`. `uv run poe test` asks both applications, and compares.
4. Deploy it. If something is wrong, `OLD_ROUTES=GET:/api/v1/orders` and a restart give the route back to Flask.
5. Remove the view from `flask_app/`, at once or with `--finish`.
""",
        _table(states),
    ]
    if edited:
        listed = "\n".join(f"- `{path}`" for path in edited)
        parts.append(f"""\
## Files of the template that you had changed

FastAPI's are different, so your changes are only in the old application:

{listed}
""")
    return "\n".join([*parts, *_to_look_at(by_hand)])


def write_foreign_guide(
    application: Application, routes: Sequence[Route], kept: Sequence[str], by_hand: Sequence[str]
) -> str:
    """The page for a service that `scaffold` did not make."""
    parts = [
        f"""\
# From Flask to FastAPI

FastAPI is in `app/` and answers first. What it has no route for is answered by `{application}`, in the same process.
`scaffold migrate --status` counts what is left. When nothing is, `scaffold migrate --finish` removes this page,
`app/strangler/` and `tests/test_parity.py`. Your package stays until you remove it.

## A route

1. Write it in `app/`, in a folder with a `feature.py` that adds its router, as `app/health.py` does.
   `scaffold add` brings a database, sign-in and more.
2. Add `from app.NAME import feature as NAME` and `NAME.init_app(app, settings)` to `app/main.py`, above `strangler`.
3. Write requests for it in a file of `tests/parity/`. `uv run poe test` asks both applications, and compares.
4. Deploy it: `uv run poe serve` starts both. If something is wrong, `OLD_ROUTES=GET:/orders` and a restart give the route
   back to Flask.
""",
        _table(dict.fromkeys(routes, YOURS)),
    ]
    if kept:
        listed = "\n".join(f"- {words}" for words in kept)
        parts.append(f"""\
## Files that the template has too

Yours were left as they are:

{listed}
""")
    return "\n".join([*parts, *_to_look_at(by_hand)])


def _table(states: Mapping[Route, str]) -> str:
    rows = sorted(states.items(), key=lambda row: (row[1] == IN_TEMPLATE, row[0].path))
    table = "\n".join(
        f"| `{route.method}` | `{route.path}` | `{route.endpoint}` | {_code(route.place)} | {state} |"
        for route, state in rows
    )
    return f"""\
## The routes

| method | path | endpoint | where | |
| --- | --- | --- | --- | --- |
{table}
"""


def _to_look_at(by_hand: Sequence[str]) -> list[str]:
    if not by_hand:
        return []
    listed = "\n".join(f"- {words}" for words in by_hand)
    return [
        f"""\
## To look at

These name modules of the old application in a text, which only you can judge:

{listed}
"""
    ]


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
