"""`scaffold set`: its options."""

from pathlib import Path
from typing import Annotated

import typer

from scaffold.cli.options import Debug, Diff, DryRun, Json, NoInstall, Project, ProjectTemplate
from scaffold.cli.run_update import run_update
from scaffold.update.plan import UpdateRequest


def set_answers(
    context: typer.Context,
    answers: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE…", help="Answers, such as framework=flask.")
    ],
    project: Project = Path(),
    template: ProjectTemplate = None,
    no_install: NoInstall = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Change answers of a project."""
    from scaffold.template.answers import parse_pairs

    request = UpdateRequest(
        project.resolve(),
        answers=parse_pairs(answers, flag=""),
        template=template,
        same_version=True,
        install=not no_install,
    )
    return run_update(context, request, dry_run=dry_run, diff=diff)
