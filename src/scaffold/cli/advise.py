"""`scaffold advise`: its options, and what it prints."""

from typing import Annotated

import typer

from scaffold.cli.options import Debug, JsonNotAsking
from scaffold.cli.terminal import is_interactive
from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.template.questions import Answers


def advise(
    context: typer.Context,
    serves: Annotated[
        str | None,
        typer.Option("--serves", help="What it serves first of all: api, pages or both."),
    ] = None,
    concurrency: Annotated[
        str | None,
        typer.Option("--concurrency", help="Clients at one moment: few, hundreds or thousands."),
    ] = None,
    websockets: Annotated[
        bool | None,
        typer.Option("--websockets/--no-websockets", help="Real time over WebSockets, or none."),
    ] = None,
    ml: Annotated[
        bool | None, typer.Option("--ml/--no-ml", help="Predictions of a model, or none.")
    ] = None,
    async_python: Annotated[
        bool | None,
        typer.Option("--async/--no-async", help="The team has written async Python, or has not."),
    ] = None,
    type_hints: Annotated[
        bool | None,
        typer.Option("--type-hints/--no-type-hints", help="The team uses type hints, or does not."),
    ] = None,
    flask: Annotated[
        str | None,
        typer.Option(
            "--flask",
            help="What ties you to Flask: code (or extensions), team (it knows it), none.",
        ),
    ] = None,
    api_docs: Annotated[
        bool | None,
        typer.Option("--api-docs/--no-api-docs", help="Others rely on generated API documents."),
    ] = None,
    prototype: Annotated[
        bool | None,
        typer.Option("--prototype/--no-prototype", help="To find out whether an idea is good."),
    ] = None,
    as_json: JsonNotAsking = False,
    debug: Debug = False,
) -> int:
    """Say which framework fits; what no option answers is "not sure", without options it asks."""
    from scaffold.advise.advice import give_advice, option
    from scaffold.advise.rules import QUESTIONS
    from scaffold.output import json, text
    from scaffold.template.answers import check_answer

    given = {
        "serves": serves,
        "concurrency": concurrency,
        "websockets": websockets,
        "ml": ml,
        "async": async_python,
        "type_hints": type_hints,
        "flask": flask,
        "api_docs": api_docs,
        "prototype": prototype,
    }
    profile: Answers = {name: answer for name, answer in given.items() if answer is not None}
    for name, answer in profile.items():
        check_answer(QUESTIONS[name], answer, option(name))
    console: Console = context.obj
    if not profile:
        if as_json or not is_interactive():
            raise UsageError(
                "there is no terminal to ask in, and nothing is answered",
                f"give one or more of {', '.join(map(option, QUESTIONS))}",
            )
        from scaffold.asking import terminal
        from scaffold.asking.advice import ask_profile

        profile = ask_profile({}, terminal.show, first=True)
    console.show(give_advice(profile), text.advice, json.advice)
    return 0
