"""`scaffold remove`: its options."""

from pathlib import Path
from typing import Annotated

import typer

from scaffold.cli.options import (
    FEATURES,
    Debug,
    Diff,
    DryRun,
    Json,
    NoInstall,
    Project,
    ProjectTemplate,
)
from scaffold.cli.run_update import run_update
from scaffold.update.plan import UpdateRequest


def remove(
    context: typer.Context,
    features: Annotated[list[str], typer.Argument(metavar="FEATURE…", help=f"{FEATURES}.")],
    project: Project = Path(),
    template: ProjectTemplate = None,
    no_install: NoInstall = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Remove features from a project; no table of its databases is dropped."""
    request = UpdateRequest(
        project.resolve(),
        remove=tuple(features),
        template=template,
        same_version=True,
        install=not no_install,
    )
    return run_update(context, request, dry_run=dry_run, diff=diff)
