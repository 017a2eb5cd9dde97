"""Each question has a flag, or is answered by --data."""

from pathlib import Path
from typing import Any

import pytest

from scaffold.template.flags import answer_options, flag_of
from scaffold.template.questions import Question
from scaffold.template.template import Template

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
    Question("resources", "yaml", default="- {name: items, singular: item, fields: ['a:int']}"),
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
        ("resources", "--data resources=…"),
        ("resource", "--data resource=…"),
        ("items", "--data items=…"),
        ("a-b", "--data a-b=…"),
    ],
)
def test_an_answer_is_given_by_its_flag_or_as_data(question: str, flag: str) -> None:
    assert flag_of(question) == flag


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
        ("resources", [{"name": "items", "singular": "item", "fields": ["a:int"]}], []),
        ("resources", [], ["--no-items"]),
        ("resources", [7], ["--data", "resources=[7]"]),
    ],
)
def test_the_options_give_an_answer_and_the_version_again(
    name: str, answer: Any, words: list[str]
) -> None:
    assert answer_options(TEMPLATE, {name: answer}) == [*words, "--ref", "v1.2.0"]
