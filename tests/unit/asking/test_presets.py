"""Presets are what the template's table says."""

from typing import Any

import pytest

from scaffold.asking.presets import Preset, presets
from scaffold.errors import ScaffoldError
from scaffold.template.questions import Question

QUESTIONS = {
    question.name: question
    for question in (
        Question("project_name", "str", default="api"),
        Question("framework", "str", ("fastapi", "flask"), default="fastapi"),
        Question("database", "str", ("sqlite", "mysql", "none"), default="sqlite"),
        Question("auth", "str", ("none", "jwt", "oidc"), default="none"),
        Question("websockets", "bool", default=False),
        Question("docs", "bool", default=True),
        Question("tags", "str", ("none", "a"), multiselect=True, default=[]),
    )
}


def test_a_row_is_a_title_with_answers() -> None:
    table = {"API: for programs": {"auth": "jwt"}, "Plain": {}}
    assert presets(table, QUESTIONS) == (
        Preset("API", "For programs", {"auth": "jwt"}),
        Preset("Plain", "", {}),
    )
    assert presets(None, QUESTIONS) == ()


def test_everything_is_every_feature_and_leaves_the_rest_open() -> None:
    (everything,) = presets({"Everything": "all"}, QUESTIONS)
    assert everything.answers == {"auth": "jwt", "websockets": True, "docs": True}


@pytest.mark.parametrize(
    "table", [["API"], {"API": "most"}, {"API": {"color": "red"}}, {"API": {"auth": 1, "x": 2}}]
)
def test_a_table_that_cannot_be_meant_is_told(table: Any) -> None:
    with pytest.raises(ScaffoldError, match="presets of the template"):
        presets(table, QUESTIONS)
