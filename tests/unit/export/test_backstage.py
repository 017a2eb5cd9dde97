"""The questions of a template become a form that Backstage understands."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.export.backstage import export_template, write_document
from scaffold.template.request import TemplateRequest
from tests.cli.conftest import make_repository


def entity(folder: Path, questions: str, ref: str | None = None) -> Any:
    """What a template with these questions is exported as."""
    repository = make_repository(folder / "My Template", {"copier.yml": questions})
    request = TemplateRequest("", template=str(repository.path), ref=ref)
    text = export_template(request, Console())
    assert text.startswith("# Made by `scaffold export backstage`; run it again")
    return yaml.safe_load(text)


def field(folder: Path, question: str) -> Any:
    """The form of one question."""
    page = entity(folder, f"q: {question}\n")["spec"]["parameters"][0]
    return page["properties"]["q"]


def test_an_entity_has_its_name_from_the_template(tmp_path: Path) -> None:
    found = entity(tmp_path, "name: api\n")
    assert found["metadata"]["name"] == "my-20template"
    assert found["kind"] == "Template"
    assert [page["title"] for page in found["spec"]["parameters"]] == ["Service", "Repository"]


def test_the_project_is_made_described_published_and_registered(tmp_path: Path) -> None:
    found = entity(tmp_path, "name: api\n", ref="main")
    steps = found["spec"]["steps"]
    assert [step["id"] for step in steps] == ["new", "describe", "publish", "register"]
    assert steps[0]["input"]["ref"] == "main"
    assert steps[0]["input"]["template"].startswith("git+file:///")
    assert steps[0]["input"]["answers"] == {"name": "${{ parameters.name }}"}


def test_without_a_version_none_is_pinned(tmp_path: Path) -> None:
    assert "ref" not in entity(tmp_path, "name: api\n")["spec"]["steps"][0]["input"]


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("api", {"title": "Q", "type": "string", "default": "api"}),
        ("3", {"title": "Q", "type": "integer", "default": 3}),
        ("0.5", {"title": "Q", "type": "number", "default": 0.5}),
        ("false", {"title": "Q", "type": "boolean", "default": False}),
        ("{type: path}", {"title": "Q", "type": "string"}),
        ("'{{ other }}'", {"title": "Q", "type": "string"}),
        ("{type: int, default: many}", {"title": "Q", "type": "integer"}),
        (
            "{type: str, help: ' Why? ', default: x}",
            {"title": "Q", "type": "string", "description": "Why?", "default": "x"},
        ),
        (
            "{type: str, help: 'Of {{ x }}', default: x}",
            {"title": "Q", "type": "string", "default": "x"},
        ),
        (
            "{type: str, default: b, choices: {One: a, Two: b}}",
            {
                "title": "Q",
                "type": "string",
                "oneOf": [{"const": "a", "title": "One"}, {"const": "b", "title": "Two"}],
                "ui:widget": "radio",
                "default": "b",
            },
        ),
        (
            "{type: int, default: 9, choices: [1, 2]}",
            {
                "title": "Q",
                "type": "integer",
                "oneOf": [{"const": 1, "title": "1"}, {"const": 2, "title": "2"}],
                "ui:widget": "radio",
            },
        ),
        (
            "{type: str, multiselect: true, default: [b, x], choices: [a, b]}",
            {
                "title": "Q",
                "type": "array",
                "items": {
                    "type": "string",
                    "oneOf": [{"const": "a", "title": "a"}, {"const": "b", "title": "b"}],
                },
                "uniqueItems": True,
                "ui:widget": "checkboxes",
                "default": ["b"],
            },
        ),
    ],
)
def test_a_question_is_a_field(tmp_path: Path, question: str, form: dict[str, Any]) -> None:
    assert field(tmp_path, question) == form


@pytest.mark.parametrize(
    "question", ["[a]", "{type: yaml, default: 1}", "{choices: [a, 1]}", "{choices: [true]}"]
)
def test_what_a_form_cannot_ask_is_left_to_its_default(tmp_path: Path, question: str) -> None:
    found = entity(tmp_path, f"name: api\nq: {question}\n")
    assert "q" not in str(found["spec"]["parameters"][0]["properties"].keys() - {"name"})
    assert found["spec"]["steps"][0]["input"]["answers"].keys() == {"name"}


@pytest.mark.parametrize(
    ("validator", "limits"),
    [
        ("{% if not q | regex_search('^[a-z]+$') %}No.{% endif %}", {"pattern": "^[a-z]+$"}),
        (r"{% if not q | regex_search('\\A\\d+\\Z') %}No.{% endif %}", {"pattern": r"^\d+$"}),
        (r"{% if not q | regex_search('\\bx') %}No.{% endif %}", {}),
        ("{% if not q | regex_search('(?i)x') %}No.{% endif %}", {}),
        ("{% if not q | regex_search('(?:x)') %}No.{% endif %}", {"pattern": "(?:x)"}),
        ("{% if q | length > 50 %}Long.{% endif %}", {"maxLength": 50}),
        ("{{ 'Long.' if q | length > 50 }}", {"maxLength": 50}),
        ("{{ '' if q | length > 50 else 'Short.' }}", {}),
        (
            "{% if q | length > 50 or not q | regex_search('^x') %}No.{% endif %}",
            {"maxLength": 50, "pattern": "^x"},
        ),
        ("{% if q | length > 50 and q != 'x' %}No.{% endif %}", {}),
        ("{% if other | length > 50 %}No.{% endif %}", {}),
        ("{% if q | regex_search('^x') %}No.{% endif %}", {}),
        ("{% if q | length < 50 %}No.{% endif %}", {}),
        ("{% if q | length > 50 %}", {}),
        ("plain words", {}),
    ],
)
def test_a_rule_is_carried_over_where_a_form_can_check_it(
    tmp_path: Path, validator: str, limits: dict[str, Any]
) -> None:
    text = yaml.safe_dump({"q": {"type": "str", "default": "x", "validator": validator}})
    found = entity(tmp_path, text)["spec"]["parameters"][0]["properties"]["q"]
    assert {key: found[key] for key in found.keys() & {"pattern", "maxLength"}} == limits


def test_texts_with_a_default_and_answers_without_one_are_required(tmp_path: Path) -> None:
    text = """
        name: api
        author: ''
        free: {type: str}
        choice: {choices: [a, b]}
        fixed: {choices: [a, b], default: a}
    """
    service, features, _ = entity(tmp_path, text)["spec"]["parameters"]
    assert service["required"] == ["name", "free"]
    assert features["required"] == ["choice"]


CONDITIONAL = """
    database: {type: str, default: none, choices: [none, sqlite, mysql]}
    auth: {type: str, default: none, choices: [none, jwt], when: "{{ database != 'none' }}"}
    pages: {type: bool, default: false}
    theme: {type: str, default: light, when: "{{ pages }}"}
"""


def test_a_field_appears_with_the_answers_that_bring_it_up(tmp_path: Path) -> None:
    found = entity(tmp_path, CONDITIONAL)["spec"]
    page = found["parameters"][0]
    assert list(page["properties"]) == ["database", "pages"]
    assert page["ui:order"] == ["database", "auth", "pages", "theme"]
    none, some = page["dependencies"]["database"]["oneOf"]
    assert none["properties"] == {"database": {"enum": ["none"]}}
    assert some["properties"]["database"] == {"enum": ["sqlite", "mysql"]}
    assert some["properties"]["auth"]["default"] == "none"
    shown = page["dependencies"]["pages"]["oneOf"]
    assert [branch["properties"]["pages"]["enum"] for branch in shown] == [[True], [False]]
    answers = found["steps"][0]["input"]["answers"]
    assert answers["auth"] == (
        '${{ parameters.auth if parameters.database in ["sqlite", "mysql"] else undefined }}'
    )
    assert (
        answers["theme"] == "${{ parameters.theme if parameters.pages in [true] else undefined }}"
    )


@pytest.mark.parametrize(
    "when",
    [
        "{{ a and b }}",
        "{{ unknown }}",
        "{{ text }}",
        "{{ hidden == 'x' }}",
        "{{ a",
        "{{ a / 0 }}",
        "{{ many }}",
    ],
)
def test_a_condition_that_a_form_cannot_follow_leaves_the_field_open_and_empty(
    tmp_path: Path, when: str
) -> None:
    document = {
        "a": True,
        "b": True,
        "text": {"type": "str", "default": "t"},
        "hidden": {"type": "str", "choices": ["x", "y"], "when": "{{ a }}"},
        "many": {"type": "str", "choices": ["x", "y"], "multiselect": True},
        "q": {"type": "str", "default": "x", "choices": ["x", "y"], "when": when},
    }
    found = entity(tmp_path, yaml.safe_dump(document, sort_keys=False))["spec"]
    assert "default" not in found["parameters"][1]["properties"]["q"]
    assert found["steps"][0]["input"]["answers"]["q"] == "${{ parameters.q }}"


@pytest.mark.parametrize(("name", "title"), [("db", "DB"), ("project_name", "Project name")])
def test_a_name_is_a_label(tmp_path: Path, name: str, title: str) -> None:
    page = entity(tmp_path, f"{name}: x\n")["spec"]["parameters"][0]
    assert page["properties"][name]["title"] == title


def test_a_document_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text("before, and longer than after")
    write_document(file, "grün\n")
    assert file.read_bytes() == "grün\n".encode()


@pytest.mark.parametrize(
    ("place", "reason"), [("missing/t.yaml", "No such file or directory"), (".", "Is a directory")]
)
def test_a_place_that_cannot_be_written_to_is_wrong_usage(
    tmp_path: Path, place: str, reason: str
) -> None:
    with pytest.raises(UsageError) as caught:
        write_document(tmp_path / place, "x")
    assert caught.value.message == f"cannot write {tmp_path / place}: {reason}"
    assert caught.value.hint == "--output takes a file in an existing folder"
