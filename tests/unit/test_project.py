"""The data that the services hand to each other says what follows from it."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scaffold.errors import ScaffoldError, UsageError
from scaffold.project import (
    Change,
    Check,
    Question,
    Request,
    Standing,
    Survey,
    Template,
    UpdatePlan,
    command,
    destination,
    flag_of,
    options,
    slug,
)

ASKED = (
    Question("project_name", "str"),
    Question("description", "str"),
    Question("websockets", "bool"),
    Question("ml", "bool"),
    Question("both", "bool", (True, False)),
    Question("max_workers", "int"),
    Question("size", "str", (1, 2)),
    Question("tags", "str", ("a", "b"), multiselect=True),
    Question("limits", "json"),
    Question("word", "yaml"),
    Question("git", "bool"),
    Question("data", "str"),
)
QUESTIONS = {question.name: question for question in ASKED}
TEMPLATE = Template(Path("/t"), "0123abc", "v1.2.0", "gh:acme/t", None, QUESTIONS, (), Path("/w"))


@pytest.mark.parametrize(
    ("question", "flag"),
    [
        ("project_name", "--name"),
        ("websockets", "--websockets"),
        ("max_workers", "--max-workers"),
        ("data", "--data data=…"),
        ("dry_run", "--data dry_run=…"),
        ("git", "--data git=…"),
        ("no_docs", "--data no_docs=…"),
        ("name", "--data name=…"),
        ("a-b", "--data a-b=…"),
    ],
)
def test_an_answer_is_given_by_its_flag_or_as_data(question: str, flag: str) -> None:
    assert flag_of(question) == flag


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My Service", "my-service"),
        ("Übergröße_2", "ubergroe-2"),
        ("  a--b  ", "a-b"),
        ("2fast", "fast"),
        ("--x--", "x"),
        ("日本", ""),
        ("", ""),
        ("42", ""),
        ("a" * 60, "a" * 50),
        ("a" * 49 + " b", "a" * 49),
        ("a\nb\tc", "a-b-c"),
    ],
)
def test_a_slug_is_a_name_that_a_package_index_takes(text: str, name: str) -> None:
    assert slug(text) == name


@pytest.mark.parametrize(
    ("question", "off", "on"),
    [
        (Question("ml", "bool"), False, True),
        (Question("database", "str", ("sqlite", "none", "mysql")), "none", "sqlite"),
        (Question("database", "str", ("none", "mysql", "sqlite")), "none", "mysql"),
        (Question("colour", "str", ("red", "blue")), None, "red"),
        (Question("name", "str"), None, True),
    ],
)
def test_a_feature_has_answers_that_leave_it_out_and_bring_it_in(
    question: Question, off: Any, on: Any
) -> None:
    assert (question.off, question.on) == (off, on)


@pytest.mark.parametrize(
    ("results", "passed"),
    [
        ([], True),
        (["passed", "passed: 200 ok"], True),
        (["passed", "skipped: the database is not available", "warning: not ready"], True),
        (["passed", "failed: exit code 1"], False),
    ],
)
def test_a_check_passes_unless_a_step_failed(results: Sequence[str], passed: bool) -> None:
    assert Check(dict(enumerate(results)), ready=False).passed is passed  # type: ignore[arg-type]


def test_conflicts_are_the_changes_that_need_the_user() -> None:
    changes = tuple(Change(status, status) for status in ("added", "conflict", "kept", "merged"))
    plan = UpdatePlan(Path(), "gh:a/t", "v1", "v2", {}, changes, "", "")
    assert plan.conflicts == (Change("conflict", "conflict"),)


def standing(status: str, error: ScaffoldError | None = None) -> Standing:
    return Standing(Path(status), status, error=error)


FINE, OLD = standing("up to date"), standing("outdated")
UNREACHED, NO_PROJECT = (
    standing("error", ScaffoldError("unreachable")),
    standing("error", UsageError("no project")),
)


@pytest.mark.parametrize(
    ("projects", "status", "code"),
    [
        ([FINE], "up to date", 0),
        ([FINE, OLD, FINE], "outdated", 4),
        ([OLD, UNREACHED], "error", 1),
        ([NO_PROJECT, UNREACHED, OLD], "error", 2),
    ],
)
def test_a_survey_is_as_bad_as_the_worst_project(
    projects: Sequence[Standing], status: str, code: int
) -> None:
    survey = Survey(tuple(projects))
    assert (survey.status, survey.exit_code) == (status, code)


@pytest.mark.parametrize(
    ("dest", "taken"), [("api", "api"), ("-api", "./-api"), ("--", "./--"), ("/a b", "/a b")]
)
def test_a_destination_is_never_taken_for_an_option(dest: str, taken: str) -> None:
    assert destination(Request(dest)) == taken


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("project_name", "a b", ["--name", "a b"]),
        ("websockets", True, ["--websockets"]),
        ("ml", False, ["--no-ml"]),
        ("both", False, ["--both", "false"]),
        ("max_workers", 3, ["--max-workers", "3"]),
        ("size", 1, ["--size", "1"]),
        ("tags", ["a", "b"], ["--tags", '["a", "b"]']),
        ("limits", {"a": None}, ["--limits", '{"a": null}']),
        ("word", "yes", ["--word", '"yes"']),
        ("git", True, ["--data", "git=true"]),
        ("data", "x", ["--data", "data=x"]),
    ],
)
def test_the_options_give_an_answer_and_the_version_again(
    name: str, answer: Any, words: list[str]
) -> None:
    assert options(TEMPLATE, {name: answer}) == [*words, "--ref", "v1.2.0"]


def test_the_command_names_the_template_only_where_the_user_did() -> None:
    named = Template(**{**vars(TEMPLATE), "given": "/my template"})
    assert "--template" not in command(Request("api"), TEMPLATE, {})
    assert command(Request("api"), named, {}) == (
        "scaffold new api --yes --template '/my template' --ref v1.2.0"
    )


@pytest.mark.parametrize(
    ("request_", "flags"),
    [
        (Request("api"), []),
        (Request("api", git=False), ["--no-git"]),
        (Request("api", install=False), ["--no-install"]),
        (Request("api", check=True), ["--check"]),
        (Request("api", git=False, check=True), ["--no-git", "--check"]),
    ],
)
def test_the_command_leaves_out_what_was_left_out(request_: Request, flags: list[str]) -> None:
    assert shlex.split(command(request_, TEMPLATE, {}))[6:] == flags


def test_the_command_survives_a_shell() -> None:
    answers = {"description": 'It\'s a "test"; rm -rf $HOME\n`x`'}
    words = shlex.split(command(Request("a b'c"), TEMPLATE, answers))
    assert words[2] == "a b'c"
    assert words[5] == answers["description"]
