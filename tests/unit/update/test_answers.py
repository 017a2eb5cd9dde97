"""The answers of an update are those that the template asks for."""

from typing import Any

import pytest

from scaffold.update.answers import changed_answers
from tests.cli.conftest import Repository
from tests.unit.update.conftest import refused, updated


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        ({"add": ("framework",)}, "'framework' is not a feature", "features: database, auth, web"),
        ({"add": ("nonsense",)}, "'nonsense' is not a feature", "features: database"),
        ({"remove": ("database=sqlite",)}, "'database=sqlite' is not a feature", "features:"),
        ({"remove": ("websockets",)}, "websockets is not there, so it cannot be removed", ""),
        (
            {"add": ("database=oracle",)},
            "database: 'oracle' is not one of none, sqlite",
            "",
        ),
        (
            {"add": ("auth",)},
            "auth is not asked together with the project's other answers",
            "change",
        ),
        ({"answers": {"colour": "red"}}, "the template does not ask for 'colour'", "it asks for"),
        ({"answers": {"framework": "django"}}, "framework: 'django' is not one of", ""),
        (
            {"answers": {"project_name": "a b"}},
            "project_name=a b: Use no spaces.",
            "leave it, or change what it depends on in the same command",
        ),
    ],
)
def test_what_cannot_be_is_refused(
    project: Repository, asked: dict[str, Any], message: str, hint: str
) -> None:
    error = refused(project, same_version=True, **asked)
    assert error.message.startswith(message)
    assert error.hint.startswith(hint)
    assert error.exit_code == 2


def test_a_feature_that_is_there_is_not_added_again(project: Repository) -> None:
    updated(project, same_version=True, add=("websockets",))
    project.commit({})
    error = refused(project, same_version=True, add=("websockets",))
    assert error.message == "websockets is there already: true"
    assert error.hint == "`scaffold set websockets=…` changes it"


def test_an_answer_that_an_update_gives_is_explained_with_its_flag(project: Repository) -> None:
    error = refused(project, answers={"project_name": "a b"})
    assert error.hint == "give another answer with --data project_name=…"


def test_answers_that_come_and_go_are_changes_too() -> None:
    before, after = (
        {"database": "none", "ml": True, "auth": "none"},
        {"database": "mysql", "ml": True},
    )
    assert changed_answers(before, after) == {"database": ("none", "mysql"), "auth": ("none", None)}
