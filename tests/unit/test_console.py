"""Notes, steps and errors go to stderr; the result goes to stdout, in text or in JSON."""

import json
import re
import sys
from pathlib import Path

import pyte
import pytest

from scaffold.console import Console, write_to_stderr
from scaffold.errors import ScaffoldError, UsageError

Capture = pytest.CaptureFixture[str]


def test_a_note_is_told_at_once_and_kept_for_the_result(capsys: Capture) -> None:
    console = Console(as_json=True)
    console.note("mind the gap")
    assert capsys.readouterr() == ("", "note: mind the gap\n")
    console.print_json({"status": "aborted"})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"status": "aborted", "notes": ["mind the gap"]}


def test_a_note_about_one_of_several_names_it(capsys: Capture) -> None:
    console = Console()
    with console.about(Path("services/api")):
        console.note("mind the gap")
    console.note("go on")
    assert console.notes == ["services/api: mind the gap", "go on"]
    assert capsys.readouterr().err == "note: services/api: mind the gap\nnote: go on\n"


def test_a_console_knows_that_a_program_has_its_object() -> None:
    console = Console(as_json=True)
    assert not console.answered
    console.print_json({})
    assert console.answered


@pytest.mark.parametrize(
    ("as_json", "out"), [(False, "api\n"), (True, '{"name": "api", "notes": []}\n')]
)
def test_a_result_is_shown_in_the_form_that_was_asked_for(
    capsys: Capture, as_json: bool, out: str
) -> None:
    Console(as_json=as_json).show("api", print, lambda name: {"name": name})
    assert capsys.readouterr() == (out, "")


def test_an_error_is_worded_with_its_hint(capsys: Capture) -> None:
    Console().explain(ScaffoldError("it failed", "try again"))
    Console().explain(UsageError("wrong"))
    assert capsys.readouterr() == ("", "error: it failed\nhint: try again\nerror: wrong\n")


def test_a_message_is_one_line_whatever_is_in_it(capsys: Capture) -> None:
    console = Console()
    console.note("a\nb\u2028c")
    console.explain(ScaffoldError("café\x1b[31m\udce9"))
    assert capsys.readouterr().err == ("note: a\\nb\\u2028c\nerror: café\\x1b[31m\\udce9\n")


@pytest.mark.parametrize("debug", [True, False])
def test_a_traceback_is_shown_with_debug_only(capsys: Capture, debug: bool) -> None:
    Console(debug=debug).explain(ScaffoldError("it failed"))
    assert ("scaffold.errors.ScaffoldError" in capsys.readouterr().err) is debug


def test_a_closed_stderr_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def write(self, _text: str) -> None:
            raise BrokenPipeError

        def flush(self) -> None:
            raise ValueError

        def isatty(self) -> bool:
            return False

    monkeypatch.setattr(sys, "stderr", Broken())
    console = Console()
    console.note("unheard")
    write_to_stderr("unheard too")
    with console.step("Working"):
        pass
    assert console.notes == ["unheard"]


def test_steps_and_progress_are_lines_where_there_is_no_terminal(capsys: Capture) -> None:
    console = Console()
    with console.step("Locking"):
        assert capsys.readouterr() == ("", "Locking …\n")
    with console.progress("Measuring", 2) as advance:
        advance("round 1")
        advance()
        advance("round 2")
    with console.busy("Asking"):
        pass
    assert capsys.readouterr() == ("", "Measuring …\n  round 1\n  round 2\n")


def test_what_is_waited_for_says_how_it_stands(capsys: Capture) -> None:
    with Console().watch("Waiting for quiet") as show:
        show("±40 %")
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_step_at_a_terminal_tells_how_long_it_took(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.delitem(sys.modules, "rich.progress", raising=False)
    console = Console()
    with console.step("Locking"):
        assert "Locking …" in capsys.readouterr().err
    with console.busy("Asking 3 templates"), console.step("Fetching"):
        pass
    with console.progress("Measuring", 2) as advance:
        advance("round 1")
        advance()
    captured = capsys.readouterr()
    assert re.search(r"Locking: \d+\.\d s\n", captured.err)
    assert re.search(r"Fetching: \d+\.\d s\n", captured.err)
    assert "Asking 3 templates" in captured.err
    assert captured.out == ""


def test_what_is_a_part_of_another_leaves_one_line(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    console = Console()
    with console.busy("Reading"), console.step("Fetching"):
        pass
    screen = pyte.Screen(80, 24)
    pyte.Stream(screen).feed(capsys.readouterr().err.replace("\n", "\r\n"))
    lines = [line.strip() for line in screen.display if line.strip()]
    assert [re.sub(r"\d+\.\d", "0.1", line) for line in lines] == ["Fetching: 0.1 s"]


def test_what_json_does_not_know_is_written_as_text(capsys: Capture) -> None:
    Console(as_json=True).print_json({"path": Path("/x")})
    assert json.loads(capsys.readouterr().out)["path"] == "/x"
