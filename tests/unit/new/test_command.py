"""The command of a plan makes the same project again."""

import shlex

import pytest

from scaffold.new.command import destination, reproducing_command
from scaffold.new.plan import NewRequest
from scaffold.template.template import Template
from tests.unit.template.test_flags import TEMPLATE


@pytest.mark.parametrize(
    ("dest", "taken"), [("api", "api"), ("-api", "./-api"), ("--", "./--"), ("/a b", "/a b")]
)
def test_a_destination_is_never_taken_for_an_option(dest: str, taken: str) -> None:
    assert destination(NewRequest(dest)) == taken


def test_the_command_names_the_template_only_where_the_user_did() -> None:
    named = Template(**{**vars(TEMPLATE), "given": "/my template"})
    assert "--template" not in reproducing_command(NewRequest("api"), TEMPLATE, {})
    assert reproducing_command(NewRequest("api"), named, {}) == (
        "scaffold new api --yes --template '/my template' --ref v1.2.0"
    )


@pytest.mark.parametrize(
    ("request_", "flags"),
    [
        (NewRequest("api"), []),
        (NewRequest("api", git=False), ["--no-git"]),
        (NewRequest("api", install=False), ["--no-install"]),
        (NewRequest("api", check=True), ["--check"]),
        (NewRequest("api", git=False, check=True), ["--no-git", "--check"]),
    ],
)
def test_the_command_leaves_out_what_was_left_out(request_: NewRequest, flags: list[str]) -> None:
    assert shlex.split(reproducing_command(request_, TEMPLATE, {}))[6:] == flags


def test_the_command_survives_a_shell() -> None:
    answers = {"description": 'It\'s a "test"; rm -rf $HOME\n`x`'}
    words = shlex.split(reproducing_command(NewRequest("a b'c"), TEMPLATE, answers))
    assert words[2] == "a b'c"
    assert words[5] == answers["description"]
