"""`scaffold generate`: its options."""

from pathlib import Path
from typing import Annotated

import typer

from scaffold.cli.options import Debug, Diff, DryRun, Json, NoInstall, Project, ProjectTemplate
from scaffold.cli.run_update import run_update
from scaffold.errors import UsageError
from scaffold.template import resources
from scaffold.template.resources import New, new_fields, new_resource
from scaffold.update.plan import UpdateRequest


def _resources(context: typer.Context, incomplete: str) -> list[str]:
    """The resources of the project, for the shell to complete."""
    from scaffold.template import answers_file

    try:
        answers = answers_file.read(context.params.get("project") or Path()).answers
    except UsageError:
        return []
    entries = resources.entries_of(answers.get(resources.QUESTION))
    return [name for name in resources.names_of(entries) if name.startswith(incomplete)]


Fields = Annotated[
    list[str],
    typer.Argument(
        metavar="FIELD…",
        help="NAME:TYPE[:ARGUMENT][:OPTION…], such as customer:str:100 or due:date:optional.",
    ),
]


def resource(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The resource, in the plural: orders.")
    ],
    fields: Fields,
    singular: Annotated[
        str | None,
        typer.Option("--singular", metavar="WORD", help="The singular, where it is not guessed."),
    ] = None,
    plural: Annotated[
        str | None,
        typer.Option("--plural", metavar="WORD", help="The plural; NAME is the singular then."),
    ] = None,
    no_owner: Annotated[
        bool,
        typer.Option("--no-owner", help="With sign-in: rows belong to nobody, all may use them."),
    ] = False,
    public_read: Annotated[
        bool,
        typer.Option("--public-read", help="With sign-in: anybody may read, owners write."),
    ] = False,
    project: Project = Path(),
    template: ProjectTemplate = None,
    no_install: NoInstall = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Add a resource: its routes, table, migration and tests."""
    new = new_resource(
        name,
        fields,
        singular=singular,
        plural=plural,
        owner=not no_owner,
        public_read=public_read,
    )
    request = _request(new, project, template, install=not no_install)
    return run_update(context, request, dry_run=dry_run, diff=diff)


def field(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="RESOURCE",
            help="A resource of the project, such as orders.",
            autocompletion=_resources,
        ),
    ],
    fields: Fields,
    project: Project = Path(),
    template: ProjectTemplate = None,
    no_install: NoInstall = False,
    dry_run: DryRun = False,
    diff: Diff = False,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Add fields to a resource, with a migration."""
    request = _request(new_fields(name, fields), project, template, install=not no_install)
    return run_update(context, request, dry_run=dry_run, diff=diff)


def _request(new: New, project: Path, template: str | None, *, install: bool) -> UpdateRequest:
    return UpdateRequest(
        project.resolve(),
        generate=(new,),
        template=template,
        same_version=True,
        install=install,
    )
