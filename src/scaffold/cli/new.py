"""`scaffold new`: its options, and what it prints."""

from typing import Annotated

import typer
from typer.exceptions import TyperException

from scaffold.cli import question_options
from scaffold.cli.options import Data, DataFile, Debug, JsonNotAsking, OtherTemplate, Ref
from scaffold.cli.terminal import is_interactive
from scaffold.console import Console
from scaffold.new.plan import NewRequest


class NewCommand(question_options.Command):
    """`scaffold new`, with an option for each question."""

    asks = True


def new(
    context: typer.Context,
    dest: Annotated[
        str | None, typer.Argument(metavar="DEST", help="The folder to create.")
    ] = None,
    data: Data = None,
    data_file: DataFile = None,
    resource: Annotated[
        list[str] | None,
        typer.Option(
            "--resource",
            metavar="'NAME FIELD…'",
            help="A resource, as `scaffold generate resource` takes it; repeatable.",
        ),
    ] = None,
    no_items: Annotated[
        bool, typer.Option("--no-items", help="Leave out the example resource `items`.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what is not answered is a default.")
    ] = False,
    template: OtherTemplate = None,
    ref: Ref = None,
    no_git: Annotated[
        bool, typer.Option("--no-git", help="Leave out git init and the first commit.")
    ] = False,
    no_install: Annotated[
        bool, typer.Option("--no-install", help="Leave out uv.lock and the virtual environment.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Run the project's lint and tests, and start it once."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the files that would be written; write none.")
    ] = False,
    as_json: JsonNotAsking = False,
    debug: Debug = False,
) -> int:
    """Create a service in DEST: a project, its git repository and its environment."""
    interactive = not (yes or as_json) and is_interactive()
    if dest is None and not interactive:
        raise TyperException("Missing argument 'DEST'.")
    from scaffold.asking.ask import ask, ask_folder
    from scaffold.new.create import create_project, plan_project
    from scaffold.output import json, text
    from scaffold.template.resources import parse_resource

    given = question_options.given(context)
    console: Console = context.obj
    request = NewRequest(
        dest=ask_folder() if dest is None else dest,
        flags=given.answers,
        data=tuple(data or ()),
        data_file=data_file,
        resources=tuple(map(parse_resource, resource or ())),
        no_items=no_items,
        template=template,
        ref=ref,
        opened=given.template,
        yes=yes,
        interactive=interactive,
        git=not no_git,
        install=not no_install,
        check=check,
    )
    if dry_run:
        plan = plan_project(request, console, ask)
        console.show(plan, text.new_plan, json.new_plan)
        return 0
    project = create_project(request, console, ask)
    console.show(project, text.new_project, json.new_project)
    return 1 if project.check and not project.check.passed else 0
