"""`scaffold diff`: its options, and what it prints."""

from pathlib import Path
from typing import Annotated

import typer

from scaffold.cli.options import Debug, Json, ProjectPath
from scaffold.cli.terminal import wants_colour
from scaffold.console import Console


def diff(
    context: typer.Context,
    path: ProjectPath = Path(),
    template: Annotated[
        str | None, typer.Option("--template", help="Read the template there.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Show how a project differs from what its template made."""
    from scaffold.output import json, text
    from scaffold.update.diff import diff_project

    console: Console = context.obj
    difference = diff_project(path.resolve(), template, console, colour=wants_colour())
    console.show(difference, text.difference, json.difference)
    return 0
