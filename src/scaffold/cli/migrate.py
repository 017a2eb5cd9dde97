"""`scaffold migrate`: its options, and what it prints."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from scaffold.cli.options import Debug, Diff, DryRun, Json, NoInstall, ProjectPath, ProjectTemplate
from scaffold.cli.terminal import wants_colour
from scaffold.console import Console
from scaffold.errors import Conflicts, UsageError
from scaffold.frameworks import FASTAPI
from scaffold.migrate.plan import MigrateRequest, MountRequest
from scaffold.update.plan import Update, UpdatePlan

Step = Literal["start", "mount", "add_proxy", "finish"]


def migrate(
    context: typer.Context,
    path: ProjectPath = Path(),
    to: Annotated[
        str | None, typer.Option("--to", metavar="FRAMEWORK", help="Begin: fastapi.")
    ] = None,
    mount: Annotated[
        str | None,
        typer.Option(
            "--mount",
            metavar="MODULE:APP",
            help="Begin with a Flask application that scaffold did not make.",
        ),
    ] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Say which routes only Flask has.")
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Remove Flask, once FastAPI has every route.")
    ] = False,
    abort: Annotated[
        bool, typer.Option("--abort", help="Take back what is not committed yet.")
    ] = False,
    proxy: Annotated[
        bool, typer.Option("--proxy", help="Put nginx before both, each in a process of its own.")
    ] = False,
    template: ProjectTemplate = None,
    no_install: NoInstall = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Move a service from Flask to FastAPI, route by route."""
    console: Console = context.obj
    begin = to is not None
    # With --to it is part of the beginning, and alone a step that comes later.
    if sum((begin or proxy, mount is not None, status, finish, abort)) != 1:
        raise UsageError(
            "say what to do: one of --to fastapi, --mount MODULE:APP, --proxy, --status, --finish, --abort",
            "docs/migrating.md shows the whole way",
        )
    folder = path.resolve()
    if status:
        return _status(folder, console)
    if abort:
        return _abort(folder, console)
    if to not in (None, FASTAPI):
        raise UsageError(f"a service can be migrated to {FASTAPI}, not to {to!r}")
    if mount is not None:
        request: MigrateRequest = MountRequest(folder, template, not no_install, application=mount)
        return _change(request, console, "mount", dry_run=dry_run, diff=diff)
    request = MigrateRequest(folder, template, not no_install, proxy)
    step: Step = "start" if begin else "finish" if finish else "add_proxy"
    return _change(request, console, step, dry_run=dry_run, diff=diff)


def _change(
    request: MigrateRequest, console: Console, step: Step, *, dry_run: bool, diff: bool
) -> int:
    from scaffold.migrate import add_proxy, finish, mount, start
    from scaffold.output import json, text

    steps: dict[Step, tuple[Callable[..., UpdatePlan], Callable[..., Update]]] = {
        "start": (start.plan_migration, start.migrate_project),
        "mount": (mount.plan_mount, mount.mount_application),
        "add_proxy": (add_proxy.plan_proxy, add_proxy.make_proxy),
        "finish": (finish.plan_finish, finish.finish_migration),
    }
    plan_step, make_step = steps[step]
    if dry_run:
        plan = plan_step(request, console, colour=wants_colour())
        console.show(
            plan, partial(text.update_plan, diff=diff), partial(json.update_plan, diff=diff)
        )
    else:
        update = make_step(request, console, colour=wants_colour())
        console.show(update, partial(text.update, diff=diff), partial(json.update, diff=diff))
        plan = update.plan
    return 0 if plan.is_settled else Conflicts.exit_code


def _status(folder: Path, console: Console) -> int:
    from scaffold.migrate.status import migration_status
    from scaffold.output import json, text

    console.show(migration_status(folder, console), text.migration, json.migration)
    return 0


def _abort(folder: Path, console: Console) -> int:
    from scaffold.output import json, text
    from scaffold.update.update import abort_update

    console.show(abort_update(folder, console), text.aborted_update, json.aborted_update)
    return 0
