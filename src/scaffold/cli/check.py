"""`scaffold check`: its options, and what it prints."""

from pathlib import Path

import typer

from scaffold.cli.options import Debug, Json, ProjectPaths
from scaffold.console import Console


def check(
    context: typer.Context,
    paths: ProjectPaths = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Say whether projects are up to date; exit code 4 if one is not."""
    from scaffold.output import json, text
    from scaffold.update.check import check_projects

    console: Console = context.obj
    report = check_projects(paths or [Path()], console)
    console.show(report, text.report, json.report)
    for error in report.no_projects:
        console.explain(error)
    return report.exit_code
