"""`scaffold remove`: its options, and what is meant to go."""

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
from scaffold.errors import UsageError
from scaffold.update.plan import UpdateRequest

_RESOURCE = "resource"


def remove(
    context: typer.Context,
    features: Annotated[
        list[str],
        typer.Argument(
            metavar="FEATURE…", help=f"{FEATURES}; or `{_RESOURCE} NAME…`, such as resource orders."
        ),
    ],
    project: Project = Path(),
    template: ProjectTemplate = None,
    no_install: NoInstall = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Remove features or resources from a project; no table of its databases is dropped."""
    first, *names = features
    resources = tuple(names) if first == _RESOURCE else ()
    if first == _RESOURCE and not names:
        raise UsageError("no resource is named", "such as `scaffold remove resource orders`")
    request = UpdateRequest(
        project.resolve(),
        remove=() if resources else tuple(features),
        remove_resources=resources,
        template=template,
        same_version=True,
        install=not no_install,
    )
    return run_update(context, request, dry_run=dry_run, diff=diff)
