"""MIGRATION.md: what is done, what is left, and how a route is moved. No I/O."""

from collections.abc import Collection, Mapping, Sequence

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
    rows = sorted(states.items(), key=lambda row: (row[1] == IN_TEMPLATE, row[0].path))
    table = "\n".join(
        f"| `{route.method}` | `{route.path}` | `{route.endpoint}` | {_code(route.place)} | {state} |"
        for route, state in rows
    )
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
        f"""\
## The routes

| method | path | endpoint | where | |
| --- | --- | --- | --- | --- |
{table}
""",
    ]
    if edited:
        listed = "\n".join(f"- `{path}`" for path in edited)
        parts.append(f"""\
## Files of the template that you had changed

FastAPI's are different, so your changes are only in the old application:

{listed}
""")
    if by_hand:
        listed = "\n".join(f"- {words}" for words in by_hand)
        parts.append(f"""\
## To look at

These name modules of the old application in a text, which only you can judge:

{listed}
""")
    return "\n".join(parts)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""
