"""`scaffold new` hands over what was asked, and ends with the result of its check."""

import sys
from pathlib import Path

import pytest

from scaffold.asking import ask as asking
from scaffold.new import create
from scaffold.new.plan import Check, NewRequest, Project
from scaffold.template.resources import NewResource
from tests.unit.cli.conftest import PLAN, Run, Service


def test_new_hands_over_what_was_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(create, "create_project", service)
    assert (
        run("new", "api", "--database", "sqlite", "--no-ml", "--data", "a=1", "--data", "b=2") == 0
    )
    assert service.request == NewRequest(
        "api", flags={"database": "sqlite", "ml": False}, data=("a=1", "b=2")
    )
    assert service.args[2] is asking.ask


def test_new_takes_every_option(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(create, "create_project", service)
    words = "--name n --description d --author a --framework flask --auth jwt --websockets --ml"
    more = "--data-file f.yml -y --no-git --no-install --check"
    assert run("new", *words.split(), *more.split(), "--", "-api") == 0
    assert service.request == NewRequest(
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
    service = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(create, "create_project", service)
    assert run("new", "api", "--template", "t", "--ref", "r", "--data=a=--b") == 0
    assert service.request == NewRequest("api", data=("a=--b",), template="t", ref="r")


def test_a_dry_run_plans_and_makes_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service()
    monkeypatch.setattr(create, "create_project", service)
    monkeypatch.setattr(create, "plan_project", Service(PLAN))
    assert run("new", "api", "--dry-run") == 0
    assert service.args == ()
    assert capsys.readouterr().out.startswith("Would create /x/api with 1 files")


def test_a_missing_folder_is_asked_at_a_terminal_only(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(create, "create_project", service)
    monkeypatch.setattr(asking, "ask_folder", lambda: "asked")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert run("new", "--yes") == 2
    assert capsys.readouterr().err.startswith("error: Missing argument 'DEST'.\nhint: ")
    assert run("new") == 0
    assert service.request.dest == "asked"


@pytest.mark.parametrize(("result", "code"), [("passed", 0), ("failed: exit code 1", 1)])
def test_a_check_that_fails_is_an_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, result: str, code: int
) -> None:
    made = Project(PLAN, (), (), Check({"lint": result}, True))
    monkeypatch.setattr(create, "create_project", Service(made))
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
    service = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(create, "create_project", service)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: "i" in terminals, raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: "o" in terminals, raising=False)
    run("new", "api", *args)
    assert service.request.interactive is asks


def test_new_hands_over_resources(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(Project(PLAN, (), ()))
    monkeypatch.setattr(create, "create_project", service)
    words = ("--resource", "orders a:int", "--resource", "people b:str --no-owner", "--no-items")
    assert run("new", "api", *words) == 0
    assert service.request == NewRequest(
        "api",
        resources=(
            NewResource("orders", "order", ("a:int",)),
            NewResource("people", "person", ("b:str",), owner=False),
        ),
        no_items=True,
    )
