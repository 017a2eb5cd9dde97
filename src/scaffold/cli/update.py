"""`scaffold update`: its options, and what it prints."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from scaffold.cli.options import (
    Debug,
    Diff,
    DryRun,
    Json,
    NoInstall,
    ProjectPaths,
    ProjectTemplate,
)
from scaffold.cli.run_update import on_its_way, run_update
from scaffold.cli.terminal import wants_colour
from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.update.plan import UpdateRequest
from scaffold.update.project_result import Results


def update(
    context: typer.Context,
    paths: ProjectPaths = None,
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
    """Merge what is new in the template into projects."""
    from scaffold.template.answers import parse_pairs

    folders = paths or [Path()]
    if abort:
        if to or data or template or dry_run or diff:
            raise UsageError("--abort goes with no other option but --json and --debug")
        return _abort(folders, context.obj)
    request = UpdateRequest(
        folders[0].resolve(),
        to=to,
        answers=parse_pairs(data or ()),
        template=template,
        install=not no_install,
    )
    if len(folders) == 1:
        return run_update(context, request, dry_run=dry_run, diff=diff)
    return _update_each(folders, request, context.obj, dry_run=dry_run, diff=diff)


def _update_each(
    folders: list[Path], request: UpdateRequest, console: Console, *, dry_run: bool, diff: bool
) -> int:
    from scaffold.update.several import update_projects

    colour = wants_colour()
    request = on_its_way(request)
    results = update_projects(folders, request, console, dry_run=dry_run, colour=colour)
    return _show(results, console, diff=diff)


def _abort(folders: list[Path], console: Console) -> int:
    from scaffold.output import json, text
    from scaffold.update.several import abort_updates
    from scaffold.update.update import abort_update

    if len(folders) > 1:
        return _show(abort_updates(folders, console), console, diff=False)
    aborted = abort_update(folders[0].resolve(), console)
    console.show(aborted, text.aborted_update, json.aborted_update)
    return 0


def _show(results: Results, console: Console, *, diff: bool) -> int:
    from scaffold.output import json, several

    console.show(results, partial(several.results, diff=diff), partial(json.results, diff=diff))
    return results.exit_code
