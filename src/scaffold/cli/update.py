"""`scaffold update`: its options, and what it prints."""

from pathlib import Path
from typing import Annotated

import typer

from scaffold.cli.options import Debug, Diff, DryRun, Json, NoInstall, ProjectPath, ProjectTemplate
from scaffold.cli.run_update import run_update
from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.update.plan import UpdateRequest


def update(
    context: typer.Context,
    path: ProjectPath = Path(),
    to: Annotated[
        str | None, typer.Option("--to", metavar="VERSION", help="A version; the newest otherwise.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", metavar="KEY=VALUE", help="Answer a question; repeatable."),
    ] = None,
    template: ProjectTemplate = None,
    abort: Annotated[
        bool, typer.Option("--abort", help="Take the update back that is not committed yet.")
    ] = False,
    no_install: NoInstall = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Merge what is new in the template into a project."""
    from scaffold.output import json, text
    from scaffold.template.answers import parse_pairs
    from scaffold.update.update import abort_update

    console: Console = context.obj
    if abort:
        if to or data or template or dry_run or diff:
            raise UsageError("--abort goes with no other option but --json and --debug")
        aborted = abort_update(path.resolve(), console)
        console.show(aborted, text.aborted_update, json.aborted_update)
        return 0
    request = UpdateRequest(
        path.resolve(),
        to=to,
        answers=parse_pairs(data or ()),
        template=template,
        install=not no_install,
    )
    return run_update(context, request, dry_run=dry_run, diff=diff)
