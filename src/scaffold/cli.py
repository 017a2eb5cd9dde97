"""Commands: parse, call one service, end the program. The only place that exits."""

import gc
import io
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from scaffold import flags, snapshot
from scaffold.console import Console
from scaffold.errors import Conflicts, Interrupted, ScaffoldError, UsageError, system_error
from scaffold.project import NOT_COMPARED, Answers, Request, UpdateRequest, alternatives

app = typer.Typer(
    help="Start a Python web service, and keep it healthy for years.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


_FEATURES = alternatives(snapshot.features())
_Data = Annotated[
    list[str] | None,
    typer.Option("--data", metavar="KEY=VALUE", help="Answer any question; repeatable."),
]
_DataFile = Annotated[
    Path | None,
    typer.Option("--data-file", metavar="FILE", help="Answers in YAML; flags and --data win."),
]
_Project = Annotated[
    Path, typer.Option("--project", metavar="PATH", help="The project; this folder if left out.")
]
_Path = Annotated[
    Path, typer.Argument(metavar="[PATH]", help="The project; this folder if left out.")
]
_Template = Annotated[
    str | None,
    typer.Option("--template", help="Read the template there, and record that place."),
]
_NoInstall = Annotated[bool, typer.Option("--no-install", help="Leave uv.lock as it is.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")]
_Diff = Annotated[bool, typer.Option("--diff", help="Show every changed line too.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Debug = Annotated[
    bool, typer.Option("--debug", help="Show where in the code an error comes from.")
]
_JsonNotAsking = Annotated[bool, typer.Option("--json", help="Print one JSON object; ask nothing.")]
_OtherTemplate = Annotated[
    str | None,
    typer.Option("--template", help="Another template: a git URL, or a folder with one."),
]
_Ref = Annotated[
    str | None, typer.Option("--ref", help="The template's version: a tag, branch or commit.")
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"scaffold {version('scaffold')}")
        raise typer.Exit


@app.callback()
def scaffold(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Start a Python web service, and keep it healthy for years."""


_EPILOG = "With --template, --help lists the options that answer the questions of that template."


class _New(flags.Command):
    asks = True


class _Compare(flags.Command):
    left_out = NOT_COMPARED


@app.command(cls=_New, epilog=_EPILOG)
def new(
    context: typer.Context,
    dest: Annotated[str, typer.Argument(metavar="DEST", help="The folder to create.")],
    data: _Data = None,
    data_file: _DataFile = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what is not answered is a default.")
    ] = False,
    template: _OtherTemplate = None,
    ref: _Ref = None,
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
    as_json: _JsonNotAsking = False,
    debug: _Debug = False,
) -> int:
    """Create a service in DEST: a project, its git repository and its environment."""
    from scaffold import new as service
    from scaffold import prompts

    given = flags.given(context)
    request = Request(
        dest=dest,
        flags=given.answers,
        data=tuple(data or ()),
        data_file=data_file,
        template=template,
        ref=ref,
        opened=given.template,
        yes=yes,
        interactive=not (yes or as_json) and flags.is_interactive(),
        dry_run=dry_run,
        git=not no_git,
        install=not no_install,
        check=check,
    )
    console: Console = context.obj
    if dry_run:
        console.plan(service.plan(request, console, prompts.ask))
        return 0
    project = service.create(request, console, prompts.ask)
    console.project(project)
    return 1 if project.check and not project.check.passed else 0


@app.command()
def update(
    context: typer.Context,
    path: _Path = Path(),
    to: Annotated[
        str | None, typer.Option("--to", metavar="VERSION", help="A version; the newest otherwise.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", metavar="KEY=VALUE", help="Answer a question; repeatable."),
    ] = None,
    template: _Template = None,
    abort: Annotated[
        bool, typer.Option("--abort", help="Take the update back that is not committed yet.")
    ] = False,
    no_install: _NoInstall = False,
    dry_run: _DryRun = False,
    diff: _Diff = False,
    as_json: _Json = False,
    debug: _Debug = False,
) -> int:
    """Merge what is new in the template into a project."""
    from scaffold import answers
    from scaffold import update as service

    console: Console = context.obj
    if abort:
        if to or data or template or dry_run or diff:
            raise UsageError("--abort goes with no other option but --json and --debug")
        console.aborted(path.resolve(), service.abort(path.resolve(), console))
        return 0
    request = UpdateRequest(
        path.resolve(),
        to=to,
        answers=answers.pairs(data or ()),
        template=template,
        install=not no_install,
    )
    return _update(context, request, dry_run, diff)


@app.command()
def add(
    context: typer.Context,
    features: Annotated[
        list[str],
        typer.Argument(metavar="FEATURE…", help=f"{_FEATURES}; FEATURE=ANSWER says which one."),
    ],
    project: _Project = Path(),
    template: _Template = None,
    no_install: _NoInstall = False,
    dry_run: _DryRun = False,
    diff: _Diff = False,
    as_json: _Json = False,
    debug: _Debug = False,
) -> int:
    """Add features to a project."""
    request = UpdateRequest(
        project.resolve(),
        add=tuple(features),
        template=template,
        same_version=True,
        install=not no_install,
    )
    return _update(context, request, dry_run, diff)


@app.command()
def remove(
    context: typer.Context,
    features: Annotated[list[str], typer.Argument(metavar="FEATURE…", help=f"{_FEATURES}.")],
    project: _Project = Path(),
    template: _Template = None,
    no_install: _NoInstall = False,
    dry_run: _DryRun = False,
    diff: _Diff = False,
    as_json: _Json = False,
    debug: _Debug = False,
) -> int:
    """Remove features from a project; no table of its databases is dropped."""
    request = UpdateRequest(
        project.resolve(),
        remove=tuple(features),
        template=template,
        same_version=True,
        install=not no_install,
    )
    return _update(context, request, dry_run, diff)


@app.command("set")
def set_answers(
    context: typer.Context,
    answers: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE…", help="Answers, such as framework=flask.")
    ],
    project: _Project = Path(),
    template: _Template = None,
    no_install: _NoInstall = False,
    dry_run: _DryRun = False,
    diff: _Diff = False,
    as_json: _Json = False,
    debug: _Debug = False,
) -> int:
    """Change answers of a project."""
    from scaffold.answers import pairs

    request = UpdateRequest(
        project.resolve(),
        answers=pairs(answers, flag=""),
        template=template,
        same_version=True,
        install=not no_install,
    )
    return _update(context, request, dry_run, diff)


@app.command()
def diff(
    context: typer.Context,
    path: _Path = Path(),
    template: Annotated[
        str | None, typer.Option("--template", help="Read the template there.")
    ] = None,
    as_json: _Json = False,
    debug: _Debug = False,
) -> int:
    """Show how a project differs from what its template made."""
    from scaffold import diff as service

    console: Console = context.obj
    console.difference(service.diff(path.resolve(), template, console, colour=_colour()))
    return 0


@app.command()
def check(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Projects; this folder if left out."),
    ] = None,
    as_json: _Json = False,
    debug: _Debug = False,
) -> int:
    """Say whether projects are up to date; exit code 4 if one is not."""
    from scaffold import check as service

    console: Console = context.obj
    survey = service.check(paths or [Path()], console)
    console.survey(survey)
    return survey.exit_code


@app.command()
def advise(
    context: typer.Context,
    serves: Annotated[
        str | None, typer.Option("--serves", help="What it serves first of all: api or pages.")
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
    as_json: _JsonNotAsking = False,
    debug: _Debug = False,
) -> int:
    """Say which framework fits; what no option answers is "not sure", without options it asks."""
    from scaffold import advice as service
    from scaffold import answers, prompts

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
        answers.check(service.QUESTIONS[name], answer, service.option(name))
    console: Console = context.obj
    if not profile:
        if as_json or not flags.is_interactive():
            raise UsageError(
                "there is no terminal to ask in, and nothing is answered",
                f"give one or more of {', '.join(map(service.option, service.QUESTIONS))}",
            )
        profile = prompts.ask_profile({})
    console.advice(service.advise(profile))
    return 0


@app.command(cls=_Compare, epilog=_EPILOG)
def compare(
    context: typer.Context,
    data: _Data = None,
    data_file: _DataFile = None,
    template: _OtherTemplate = None,
    ref: _Ref = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer and shorter rounds: under 3 minutes.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with charts too.")
    ] = None,
    as_json: _Json = False,
    debug: _Debug = False,
) -> int:
    """Measure both frameworks with the same answers, on this machine."""
    from scaffold import compare as service
    from scaffold.compare.measure import FULL, QUICK

    given = flags.given(context)
    request = Request(
        dest="",
        flags=given.answers,
        data=tuple(data or ()),
        data_file=data_file,
        template=template,
        ref=ref,
        opened=given.template,
    )
    console: Console = context.obj
    if html:
        service.check_page(html)
    comparison = service.compare(request, QUICK if quick else FULL, console)
    console.comparison(comparison)
    if html:
        service.write_page(html, comparison)
    return 0


def _update(context: typer.Context, request: UpdateRequest, dry_run: bool, diff: bool) -> int:
    from scaffold import update as service

    console: Console = context.obj
    if dry_run:
        plan = service.plan(request, console, colour=_colour())
        console.update_plan(plan, diff=diff)
    else:
        made = service.update(request, console, colour=_colour())
        plan = made.plan
        console.updated(made, diff=diff)
    return 0 if plan.is_settled else Conflicts.exit_code


def _colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


exports = typer.Typer(help="Describe the template to other tools.")
app.add_typer(exports, name="export")


@exports.command()
def backstage(
    context: typer.Context,
    template: _OtherTemplate = None,
    ref: _Ref = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to a file instead.")
    ] = None,
    debug: _Debug = False,
) -> int:
    """Print a Backstage Software Template that asks what the template asks."""
    from scaffold import backstage as service

    console: Console = context.obj
    text = service.export(Request(dest="", template=template, ref=ref), console)
    if output:
        service.write(output, text)
    console.exported(text, output)
    return 0


def main() -> NoReturn:
    """The program: run a command and end with its exit code."""
    if sys.getfilesystemencoding() == "ascii":
        _restart_in_utf8()
    gc.disable()  # so short a run ends before collecting pays,
    _prepare_streams()
    for name in ("SIGTERM", "SIGHUP"):  # clean up as after Ctrl-C
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number and signal.getsignal(number) is signal.SIG_DFL:  # not under nohup
            signal.signal(number, signal.default_int_handler)
    args = sys.argv[1:] or ["--help"]
    options = args[: args.index("--")] if "--" in args else args
    console = Console(as_json="--json" in options, debug="--debug" in options)
    try:
        code = _run(args, console)
    except BrokenPipeError:  # whoever read the output has enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 1
    gc.freeze()  # and the interpreter need not collect what ends with it
    sys.exit(code)


def _restart_in_utf8() -> NoReturn:
    """Names of files and answers are UTF-8, whatever the locale knows."""
    os.environ["PYTHONUTF8"] = "1"  # for the processes that this one starts
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _run(args: list[str], console: Console) -> int:
    """Carry out a command; every error is worded here."""
    try:
        code = app(args, prog_name="scaffold", standalone_mode=False, obj=console) or 0
        if code == Interrupted.exit_code:  # Typer's answer to Ctrl-C
            raise Interrupted("interrupted")
        sys.stdout.flush()
    except ScaffoldError as error:
        failure = error
    except TyperException as error:
        words = getattr(error, "format_message", error.__str__)()
        failure = UsageError(
            words, "`scaffold --help` and `scaffold COMMAND --help` list what there is"
        )
    except typer.Abort:
        failure = Interrupted("the input ended")
    except BrokenPipeError:
        raise
    except OSError as error:  # a fault of the surroundings, not of the tool
        failure = system_error(error)
        failure.__cause__ = error
    except Exception as error:  # noqa: BLE001, the last resort: no traceback unless asked for
        failure = ScaffoldError(
            f"this should not have happened: {type(error).__name__}: {error}",
            "run it again with --debug, and report what it shows",
        )
        failure.__cause__ = error
    else:
        return int(code)
    console.error(failure)
    return failure.exit_code


def _prepare_streams() -> None:
    """Stand-ins for streams that the caller closed; no character that cannot be printed."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        void = open(os.devnull, "r+", encoding="utf-8")  # noqa: SIM115, as long as the program
        sys.stdin, sys.stdout, sys.stderr = (
            stream or void for stream in (sys.stdin, sys.stdout, sys.stderr)
        )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
