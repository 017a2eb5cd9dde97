"""The program tells every error in two lines and ends with its exit code."""

import io
import os
import signal
import sys

import pytest

from scaffold.errors import Conflicts, Interrupted, UsageError
from scaffold.new import create
from tests.unit.cli.conftest import Run, Service


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (UsageError("wrong", "do this"), 2, "error: wrong\nhint: do this\n"),
        (Conflicts("waits"), 3, "error: waits\n"),
        (KeyboardInterrupt(), 130, "error: interrupted\n"),
        (Interrupted("stopped"), 130, "error: stopped\n"),
        (
            FileNotFoundError(2, "No such file or directory", "/x"),
            1,
            (
                "error: cannot use /x: No such file or directory\n"
                "hint: run it again with --debug to see where that was\n"
            ),
        ),
        (
            KeyError("x"),
            1,
            (
                "error: this should not have happened: KeyError: 'x'\n"
                "hint: run it again with --debug, and report what it shows\n"
            ),
        ),
    ],
)
def test_every_error_is_worded_and_has_its_code(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    told: str,
) -> None:
    monkeypatch.setattr(create, "create_project", Service(error))
    assert run("new", "api") == code
    assert capsys.readouterr() == ("", told)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--nonsense"], "error: No such option: --nonsense\n"),
        (["nonsense"], "error: No such command 'nonsense'.\n"),
        (["new"], "error: Missing argument 'DEST'.\n"),
        (["new", "a", "b"], "error: Got unexpected extra argument(s) (b)\n"),
    ],
)
def test_wrong_usage_is_two_lines(
    run: Run, capsys: pytest.CaptureFixture[str], args: list[str], told: str
) -> None:
    assert run(*args) == 2
    hint = "hint: `scaffold --help` and `scaffold COMMAND --help` list what there is\n"
    assert capsys.readouterr() == ("", told + hint)


def test_debug_shows_where_an_error_comes_from(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(create, "create_project", Service(KeyError("x")))
    run("new", "api", "--debug")
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "is_json"),
    [(["new", "api", "--json"], True), (["new", "--", "--json"], False), (["new", "api"], False)],
)
def test_an_error_is_json_where_that_was_asked_for(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: list[str],
    is_json: bool,
) -> None:
    monkeypatch.setattr(create, "create_project", Service(UsageError("wrong")))
    assert run(*args) == 2
    assert capsys.readouterr().out.startswith("{") is is_json


def test_without_a_command_the_help_is_shown(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert "Usage: scaffold [OPTIONS] COMMAND" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("scaffold ")


def test_a_reader_who_has_enough_ends_it_without_a_word(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = os.dup(1)
    monkeypatch.setattr(create, "create_project", Service(BrokenPipeError()))
    try:
        assert run("new", "api") == 1
    finally:
        os.dup2(saved, 1)
        os.close(saved)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_end_is_an_interrupt(
    run: Run, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def service(*_: object) -> None:
        signal.raise_signal(number)

    signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(create, "create_project", service)
    assert run("new", "api") == 130


def test_under_nohup_a_hang_up_stays_ignored(run: Run) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    run("--version")
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_streams_that_the_caller_closed_have_stand_ins(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    assert run("--version") == 0
    assert run("new") == 2


def test_a_character_that_cannot_be_printed_is_escaped(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    monkeypatch.setattr(create, "create_project", Service(UsageError("grün \udcff")))
    assert run("new", "api") == 2
    assert raw.getvalue() == rb"error: gr\xfcn \udcff" + b"\n"
