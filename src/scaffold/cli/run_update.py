"""What `update`, `add`, `remove` and `set` have in common: they plan or make an update, and print it."""

from dataclasses import replace
from functools import partial

import typer

from scaffold.cli.terminal import wants_colour
from scaffold.console import Console
from scaffold.errors import Conflicts
from scaffold.update.plan import UpdateRequest


def run_update(context: typer.Context, request: UpdateRequest, *, dry_run: bool, diff: bool) -> int:
    """Plan or make an update; the exit code says whether something is left to resolve."""
    from scaffold.output import json, text
    from scaffold.update.update import plan_update, update_project

    console: Console = context.obj
    request = on_its_way(request)
    if dry_run:
        plan = plan_update(request, console, colour=wants_colour())
        console.show(
            plan, partial(text.update_plan, diff=diff), partial(json.update_plan, diff=diff)
        )
    else:
        update = update_project(request, console, colour=wants_colour())
        console.show(update, partial(text.update, diff=diff), partial(json.update, diff=diff))
        plan = update.plan
    return 0 if plan.is_settled else Conflicts.exit_code


def on_its_way(request: UpdateRequest) -> UpdateRequest:
    """The same for a project that may be on its way from Flask to FastAPI."""
    from scaffold.migrate.renderings import follow_migration

    return replace(request, adapt=follow_migration)
