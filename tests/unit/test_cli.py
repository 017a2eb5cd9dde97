"""A command is parsed, handed to one service, and ended with an exit code."""

import gc
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scaffold import advice, backstage, check, cli, compare, diff, new, prompts, update
from scaffold.compare.measure import FULL, QUICK
from scaffold.errors import Conflicts, Interrupted, ScaffoldError, UsageError
from scaffold.project import (
    Change,
    Check,
    Difference,
    Plan,
    Project,
    Request,
    Standing,
    Survey,
    Update,
    UpdatePlan,
    UpdateRequest,
)

Run = Callable[..., int]
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PLAN = Plan(Path("/x/api"), "gh:a/t", "v1", {}, ("a",), "scaffold new api")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The program in this process; what it sets for the whole process is put back."""
    handlers = {number: signal.getsignal(number) for number in ENDING}

    def run(*args: str) -> int:
        monkeypatch.setattr(sys, "argv", ["scaffold", *args])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert isinstance(caught.value.code, int)
        return caught.value.code

    yield run
    gc.enable()
    gc.unfreeze()
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Service:
    """Stands in for a service: notes what it was asked, and answers."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.args: tuple[Any, ...] = ()
        self.options: dict[str, Any] = {}

    def __call__(self, *args: Any, **options: Any) -> Any:
        self.args, self.options = args, options
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    @property
    def request(self) -> Any:
        return self.args[0]


def test_new_hands_over_what_was_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    create = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(new, "create", create)
    assert (
        run("new", "api", "--database", "sqlite", "--no-ml", "--data", "a=1", "--data", "b=2") == 0
    )
    assert create.request == Request(
        "api", flags={"database": "sqlite", "ml": False}, data=("a=1", "b=2")
    )
    assert create.args[2] is prompts.ask


def test_new_takes_every_option(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    create = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(new, "create", create)
    words = "--name n --description d --author a --framework flask --auth jwt --websockets --ml"
    more = "--data-file f.yml -y --no-git --no-install --check"
    assert run("new", *words.split(), *more.split(), "--", "-api") == 0
    assert create.request == Request(
        dest="-api",
        flags={
            "project_name": "n",
            "description": "d",
            "author": "a",
            "framework": "flask",
            "auth": "jwt",
            "websockets": True,
            "ml": True,
        },
        data_file=Path("f.yml"),
        yes=True,
        git=False,
        install=False,
        check=True,
    )


def test_a_template_is_left_to_the_service_where_no_flag_asks_for_its_questions(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(new, "create", create)
    assert run("new", "api", "--template", "t", "--ref", "r", "--data=a=--b") == 0
    assert create.request == Request("api", data=("a=--b",), template="t", ref="r")


def test_a_dry_run_plans_and_makes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    create = Service()
    monkeypatch.setattr(new, "create", create)
    monkeypatch.setattr(new, "plan", Service(PLAN))
    assert run("new", "api", "--dry-run") == 0
    assert create.args == ()
    assert capsys.readouterr().out.startswith("Would create /x/api with 1 files")


@pytest.mark.parametrize(("result", "code"), [("passed", 0), ("failed: exit code 1", 1)])
def test_a_check_that_fails_is_an_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, result: str, code: int
) -> None:
    made = Project(PLAN, (), (), Check({"lint": result}, True))
    monkeypatch.setattr(new, "create", Service(made))
    assert run("new", "api") == code


@pytest.mark.parametrize(
    ("args", "terminals", "asks"),
    [
        ([], "io", True),
        ([], "i", False),
        ([], "o", False),
        (["--yes"], "io", False),
        (["--json"], "io", False),
    ],
)
def test_questions_are_asked_only_where_somebody_sees_and_answers_them(
    run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str], terminals: str, asks: bool
) -> None:
    create = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(new, "create", create)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: "i" in terminals, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: "o" in terminals, raising=False)
    run("new", "api", *args)
    assert create.request.interactive is asks


def planned(*statuses: str) -> UpdatePlan:
    changes = tuple(Change(status, status) for status in statuses)
    return UpdatePlan(Path("/x"), "gh:a/t", "v1", "v2", {}, changes, "", "")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["update"], {}),
        (
            ["update", "sub", "--to", "v2", "--data", "a=1", "--template", "t", "--no-install"],
            {"path": "sub", "to": "v2", "answers": {"a": "1"}, "template": "t", "install": False},
        ),
        (
            ["add", "auth", "database=mysql"],
            {"add": ("auth", "database=mysql"), "same_version": True},
        ),
        (
            ["remove", "ml", "--project", "sub"],
            {"path": "sub", "remove": ("ml",), "same_version": True},
        ),
        (
            ["set", "framework=flask", "a="],
            {"answers": {"framework": "flask", "a": ""}, "same_version": True},
        ),
    ],
)
def test_an_update_hands_over_what_was_asked(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    args: list[str],
    expected: dict[str, Any],
) -> None:
    monkeypatch.chdir(tmp_path)
    service = Service(Update(planned("added"), (), ()))
    monkeypatch.setattr(update, "update", service)
    assert run(*args) == 0
    path = tmp_path / expected.pop("path", "")
    assert service.request == UpdateRequest(path, **expected)
    assert service.options == {"colour": False}


@pytest.mark.parametrize("command", [["update"], ["add", "ml"], ["remove", "ml"], ["set", "a=1"]])
@pytest.mark.parametrize(("status", "code"), [("added", 0), ("conflict", 3)])
def test_conflicts_are_an_exit_code_planned_or_made(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str], status: str, code: int
) -> None:
    monkeypatch.setattr(update, "update", Service(Update(planned(status), (), ())))
    monkeypatch.setattr(update, "plan", Service(planned(status)))
    assert run(*command) == code
    assert run(*command, "--dry-run") == code


def test_the_pairs_of_set_are_told_without_a_flag(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("set", "nonsense") == 2
    assert capsys.readouterr().err == "error: 'nonsense' is not KEY=VALUE\n"


@pytest.mark.parametrize(
    "option",
    [["--to", "v1"], ["--data", "a=1"], ["--template", "t"], ["--dry-run"], ["--diff"]],
)
def test_abort_goes_with_no_other_option(
    run: Run, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    service = Service("v2")
    monkeypatch.setattr(update, "abort", service)
    assert run("update", "--abort", *option) == 2
    assert service.args == ()


def test_abort_takes_back(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(update, "abort", Service("v2"))
    assert run("update", "--abort", str(tmp_path)) == 0
    assert capsys.readouterr().out == f"Took the update of {tmp_path} to v2 back\n"


def test_diff_shows_the_difference(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = Difference(Path("/x"), "gh:a/t", "v1", (Change("a", "added"),), "the diff\n")
    service = Service(found)
    monkeypatch.setattr(diff, "diff", service)
    assert run("diff", "--template", "t") == 0
    assert service.args[:2] == (Path.cwd(), "t")
    assert capsys.readouterr().out == "the diff\n"


@pytest.mark.parametrize(("status", "code"), [("up to date", 0), ("outdated", 4)])
def test_check_ends_with_how_the_projects_stand(
    run: Run, monkeypatch: pytest.MonkeyPatch, status: str, code: int
) -> None:
    service = Service(Survey((Standing(Path(), status, "v1"),)))
    monkeypatch.setattr(check, "check", service)
    assert run("check") == code
    assert service.request == [Path()]
    run("check", "a", "b")
    assert service.request == [Path("a"), Path("b")]


def test_advise_weighs_what_is_answered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(advice.advise({}))
    monkeypatch.setattr(advice, "advise", service)
    words = "--serves api --concurrency few --no-websockets --ml --async --no-type-hints"
    assert run("advise", *words.split(), "--flask", "team", "--api-docs", "--prototype") == 0
    assert service.request == {
        "serves": "api",
        "concurrency": "few",
        "websockets": False,
        "ml": True,
        "async": True,
        "type_hints": False,
        "flask": "team",
        "api_docs": True,
        "prototype": True,
    }


def test_advise_refuses_an_answer_that_is_no_choice(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("advise", "--flask", "teem") == 2
    assert capsys.readouterr().err == (
        "error: --flask: 'teem' is not one of code, team, none\nhint: team is the nearest\n"
    )


def test_advise_asks_only_at_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = Service({"ml": True})
    monkeypatch.setattr(prompts, "ask_profile", ask)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    assert run("advise") == 2
    assert "there is no terminal to ask in" in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert run("advise", "--json") == 2
    assert not ask.args
    assert run("advise") == 0
    assert ask.request == {}


@pytest.mark.parametrize(("args", "pace"), [([], FULL), (["--quick"], QUICK)])
def test_compare_measures_at_a_pace(
    run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str], pace: Any
) -> None:
    service = Service(ScaffoldError("measured"))
    monkeypatch.setattr(compare, "compare", service)
    assert run("compare", "--ml", "--data", "a=1", *args) == 1
    assert service.args[:2] == (Request("", flags={"ml": True}, data=("a=1",)), pace)


def test_compare_refuses_a_page_that_could_not_be_written_before_it_measures(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    service = Service()
    monkeypatch.setattr(compare, "compare", service)
    assert run("compare", "--html", str(tmp_path / "missing" / "page.html")) == 2
    assert service.args == ()


def test_export_prints_or_writes(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service("kind: Template\n")
    monkeypatch.setattr(backstage, "export", service)
    assert run("export", "backstage", "--template", "t", "--ref", "v1") == 0
    assert service.request == Request("", template="t", ref="v1")
    file = tmp_path / "t.yaml"
    assert run("export", "backstage", "--output", str(file)) == 0
    assert capsys.readouterr().out == f"kind: Template\nWrote {file}\n"
    assert file.read_text() == "kind: Template\n"


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
    monkeypatch.setattr(new, "create", Service(error))
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
    monkeypatch.setattr(new, "create", Service(KeyError("x")))
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
    monkeypatch.setattr(new, "create", Service(UsageError("wrong")))
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
    monkeypatch.setattr(new, "create", Service(BrokenPipeError()))
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
    def create(*_: object) -> None:
        signal.raise_signal(number)

    signal.signal(number, signal.SIG_DFL)
    monkeypatch.setattr(new, "create", create)
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
    monkeypatch.setattr(new, "create", Service(UsageError("grün \udcff")))
    assert run("new", "api") == 2
    assert raw.getvalue() == rb"error: gr\xfcn \udcff" + b"\n"


@pytest.mark.parametrize(
    ("terminal", "no_color", "colour"),
    [(True, None, True), (True, "1", False), (False, None, False)],
)
def test_colour_is_for_terminals_whose_user_likes_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, terminal: bool, no_color: str | None, colour: bool
) -> None:
    service = Service(planned())
    monkeypatch.setattr(update, "plan", service)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    assert run("update", "--dry-run") == 0
    assert service.options == {"colour": colour}
