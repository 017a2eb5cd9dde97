"""The program: its commands, its errors, its exit codes. The only place that exits."""

import gc
import io
import os
import signal
import sys
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from scaffold.cli.add import add
from scaffold.cli.advise import advise
from scaffold.cli.check import check
from scaffold.cli.compare import CompareCommand, compare
from scaffold.cli.diff import diff
from scaffold.cli.export import backstage
from scaffold.cli.generate import field, resource
from scaffold.cli.migrate import migrate
from scaffold.cli.new import NewCommand, new
from scaffold.cli.remove import remove
from scaffold.cli.set import set_answers
from scaffold.cli.update import update
from scaffold.console import Console
from scaffold.distribution import DISTRIBUTION
from scaffold.errors import Interrupted, ScaffoldError, UsageError, explained

_EPILOG = "With --template, --help lists the options that answer the questions of that template."

app = typer.Typer(
    help="Start a Python web service, and keep it healthy for years.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(cls=NewCommand, epilog=_EPILOG)(new)
app.command()(update)
app.command()(add)
app.command()(remove)
app.command("set")(set_answers)
app.command()(migrate)
app.command()(diff)
app.command()(check)
app.command()(advise)
app.command(cls=CompareCommand, epilog=_EPILOG)(compare)

_generate = typer.Typer(help="Add a resource to a project, or fields to one.")
_generate.command()(resource)
_generate.command()(field)
app.add_typer(_generate, name="generate")
_export = typer.Typer(help="Describe the template to other tools.")
_export.command()(backstage)
app.add_typer(_export, name="export")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"scaffold {version(DISTRIBUTION)}")
        raise typer.Exit


@app.callback()
def scaffold(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Start a Python web service, and keep it healthy for years."""


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
    except BrokenPipeError:  # the program that reads the output has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        code = 1
    gc.freeze()  # and the interpreter need not collect what ends with it
    sys.exit(code)


def _restart_in_utf8() -> NoReturn:
    """Names of files and answers are UTF-8, whatever the locale knows."""
    os.environ["PYTHONUTF8"] = "1"  # for the processes that this one starts
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _run(args: list[str], console: Console) -> int:
    """Carry out a command; every error is told here."""
    try:
        code = app(args, prog_name="scaffold", standalone_mode=False, obj=console) or 0
        if code == Interrupted.exit_code:  # Typer's answer to Ctrl-C
            raise Interrupted("interrupted")
        sys.stdout.flush()
    except TyperException as error:
        words = getattr(error, "format_message", error.__str__)()
        failure: ScaffoldError = UsageError(
            words, "`scaffold --help` and `scaffold COMMAND --help` list what there is"
        )
    except typer.Abort:
        failure = Interrupted("the input ended")
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001, the last resort: no traceback unless asked for
        failure = explained(error)
    else:
        return int(code)
    if console.as_json and not console.answered:
        from scaffold.output import json

        console.print_json(json.error(failure))
    console.explain(failure)
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
