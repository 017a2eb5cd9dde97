"""A command has an option for each question of its template, and opens that only where it must."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from scaffold.cli import main, question_options
from scaffold.compare.workloads import NOT_COMPARED
from scaffold.console import Console
from scaffold.template import open_template, render, snapshot
from scaffold.template.flags import OWN_OPTIONS, flag
from scaffold.template.questions import Question
from scaffold.template.request import TemplateRequest
from scaffold.template.template import Template

COLOUR = Question("colour", "str", ("red", "blue"), help="Its colour. Not more.")
OTHER = Template(Path("/t"), "0123abc", "v1", "gh:a/t", None, {"colour": COLOUR}, (), Path("/w"))


class Opened:
    """Stands in for a template: notes each request for it, and whether it is open now."""

    def __init__(self) -> None:
        self.requests: list[TemplateRequest] = []
        self.is_open = False

    @contextmanager
    def __call__(self, request: TemplateRequest, console: Console) -> Iterator[Template]:
        self.requests.append(request)
        self.is_open = True
        yield OTHER
        self.is_open = False


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    opened = Opened()
    monkeypatch.setattr(open_template, "open_template", opened)
    monkeypatch.setattr(render, "preload_copier", lambda: None)
    return opened


def command(name: str) -> Any:
    program = get_command(main.app)
    assert isinstance(program, TyperGroup)
    return program.commands[name]


def context(name: str, *args: str, **settings: Any) -> typer.Context:
    """The context of a command that was given these arguments."""
    made: typer.Context = command(name).make_context(name, list(args), obj=Console(), **settings)
    return made


def test_the_options_that_no_question_can_have_are_those_of_the_commands() -> None:
    names = {
        name for word in ("new", "compare") for param in command(word).params for name in param.opts
    }
    assert {name[2:] for name in names if name.startswith("--")} | {"help"} == OWN_OPTIONS


@pytest.mark.parametrize(("name", "left_out"), [("new", ()), ("compare", NOT_COMPARED)])
def test_a_command_has_the_options_of_the_tools_own_questions_after_its_arguments(
    name: str, left_out: tuple[str, ...]
) -> None:
    found = context(name, resilient_parsing=True)
    options = [param.opts[0] for param in command(name).get_params(found)]
    own = [
        word for asked in snapshot.questions() if asked not in left_out and (word := flag(asked))
    ]
    assert "--resources" not in options
    start = options.index("--data") - len(own)
    assert options[:start] == ["dest"][:start]
    assert options[start:][: len(own)] == own


@pytest.mark.parametrize(
    ("args", "answers"),
    [
        ([], {}),
        (["--database", "none", "--no-ml"], {"database": "none", "ml": False}),
        (["--name=", "--websockets"], {"project_name": "", "websockets": True}),
    ],
)
def test_the_answers_are_what_was_given(opened: Opened, args: list[str], answers: Any) -> None:
    made = context("new", "api", *args)
    assert question_options.given(made).answers == answers
    assert not [name for name in made.params if name.startswith("answer_")]
    assert opened.requests == []


@pytest.mark.parametrize(
    "args", [["--template", "t", "--yes"], ["--ref=v1", "--data=colour=blue", "--", "--colour"]]
)
def test_a_template_is_not_opened_for_a_commands_own_options(
    opened: Opened, args: list[str]
) -> None:
    made = context("new", *([] if "--" in args else ["api"]), *args)
    assert question_options.given(made).template is None
    assert opened.requests == []


@pytest.mark.parametrize(
    ("args", "request_"),
    [
        (["--colour", "blue", "api", "--template", "t"], TemplateRequest("", template="t")),
        (
            ["api", "--template=t", "--ref", "v1", "--colour=blue"],
            TemplateRequest("", template="t", ref="v1"),
        ),
        (["--ref=v1", "--colour=blue", "--", "api"], TemplateRequest("", ref="v1")),
    ],
)
def test_a_template_is_open_for_as_long_as_the_command_that_has_its_options(
    opened: Opened, args: list[str], request_: TemplateRequest
) -> None:
    made = context("new", *args)
    with made:
        assert question_options.given(made).answers == {"colour": "blue"}
        assert question_options.given(made).template == OTHER
        assert made.params["dest"] == "api"
        assert opened.is_open
    assert not opened.is_open
    assert opened.requests == [request_]


@pytest.mark.parametrize("args", [["--help"], ["api", "--nonsense"], ["api", "--colour"]])
def test_a_template_is_closed_where_the_command_does_not_run(
    opened: Opened, args: list[str]
) -> None:
    with pytest.raises((typer.Exit, TyperException)):
        context("new", "--template=t", *args)
    assert opened.requests == [TemplateRequest("", template="t")]
    assert not opened.is_open


def test_the_template_that_the_user_set_has_its_options(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCAFFOLD_TEMPLATE", "t")
    assert question_options.given(context("compare", "--colour", "red")).answers == {
        "colour": "red"
    }
    with pytest.raises(TyperException, match="No such option: --database"):
        context("new", "api", "--database", "none")


def test_completion_opens_nothing(opened: Opened) -> None:
    made = context("new", "--template", "t", "--colour", "blue", resilient_parsing=True)
    assert opened.requests == []
    assert question_options.given(made).template is None
