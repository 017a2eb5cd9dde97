"""`scaffold compare`: its options, and what it prints."""

from pathlib import Path
from typing import Annotated

import typer

from scaffold.cli import question_options
from scaffold.cli.options import Data, DataFile, Debug, Json, OtherTemplate, Ref
from scaffold.cli.terminal import is_interactive
from scaffold.compare.noise import Noise
from scaffold.compare.workloads import NOT_COMPARED
from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.template.request import TemplateRequest


class CompareCommand(question_options.Command):
    """`scaffold compare`, with an option for each question whose answer both services share."""

    left_out = NOT_COMPARED


def compare(
    context: typer.Context,
    data: Data = None,
    data_file: DataFile = None,
    template: OtherTemplate = None,
    ref: Ref = None,
    migrated: Annotated[
        Path | None,
        typer.Option(
            "--migrated", metavar="PATH", help="The routes of a service that is being migrated."
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer and shorter rounds: under 3 minutes.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with charts too.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    """Measure both frameworks with the same answers, on this machine."""
    from scaffold.compare.compare import check_page, compare_frameworks, write_page
    from scaffold.compare.measure import FULL, QUICK
    from scaffold.compare.migrated import compare_migrated
    from scaffold.output import json, text

    given = question_options.given(context)
    request = TemplateRequest(
        flags=given.answers,
        data=tuple(data or ()),
        data_file=data_file,
        template=template,
        ref=ref,
        opened=given.template,
    )
    console: Console = context.obj
    if html:
        check_page(html)
    ask = is_interactive() and not as_json
    wants_to_wait = _wants_to_wait if ask else _measures_now
    schedule = QUICK if quick else FULL
    if migrated is None:
        comparison = compare_frameworks(request, schedule, console, wants_to_wait)
    elif request != TemplateRequest():
        raise UsageError("--migrated takes the answers of the project", "leave out all others")
    else:
        comparison = compare_migrated(migrated.resolve(), schedule, console, wants_to_wait)
    console.show(comparison, text.comparison, json.comparison)
    if html:
        write_page(html, comparison)
    return 0 if comparison.is_complete else 1


def _wants_to_wait(noise: Noise) -> bool:
    """Ask whether to wait until the machine is quiet."""
    from scaffold.asking import terminal
    from scaffold.asking.forms import Choose, Row

    wait = Row("Wait until it is quiet", True, "Then it goes on by itself.")
    now = Row("Measure now", False, "Smaller differences will be called level.")
    title = f"The machine is busy: {noise}."
    return bool(terminal.show(Choose(title=title, rows=(wait, now), first=True)))


def _measures_now(_: Noise) -> bool:
    return False
