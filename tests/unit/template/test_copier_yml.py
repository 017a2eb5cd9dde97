"""What a `copier.yml` asks, in whatever form it is written."""

from typing import Any

import pytest

from scaffold.errors import ScaffoldError
from scaffold.template.copier_yml import parse_questions


def refused(text: str) -> ScaffoldError:
    with pytest.raises(ScaffoldError) as caught:
        parse_questions(text)
    return caught.value


@pytest.mark.parametrize("text", ["a: [", "a: !!python/none x", "day: 2001-99-99", "a: \x01"])
def test_a_file_that_cannot_be_read_is_the_templates_fault_in_one_line(text: str) -> None:
    error = refused(text)
    assert error.message.startswith("cannot read the template's copier.yml: ")
    assert "\n" not in error.message
    assert error.exit_code == 1


@pytest.mark.parametrize("text", ["", "- a\n", "words\n"])
def test_a_file_that_is_no_table_is_refused(text: str) -> None:
    assert refused(text).message.endswith("is not a table of questions")


def test_settings_of_copier_and_derived_facts_are_no_questions() -> None:
    text = """
        _subdirectory: template
        1: number
        asked: {default: 1}
        shown: {default: 1, when: "{{ false }}"}
        derived: {default: 1, when: false}
    """
    assert list(parse_questions(text)) == ["asked", "shown"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", {"type": "str", "default": "x"}),
        ("3", {"type": "int", "default": 3}),
        ("0.5", {"type": "float", "default": 0.5}),
        ("true", {"type": "bool", "default": True}),
        ("[a]", {"type": "yaml", "default": ["a"]}),
        ("", {"type": "yaml", "default": None}),
        ("{default: x, type: path}", {"type": "path"}),
        (
            "{type: null, help: null, validator: null, default: x}",
            {"type": "str", "help": "", "validator": ""},
        ),
        ("{help: Why?, validator: no}", {"help": "Why?", "validator": ""}),
        (
            "{type: str, multiselect: true, when: '{{ a }}'}",
            {"multiselect": True, "when": "{{ a }}"},
        ),
    ],
)
def test_a_question_may_be_written_in_short_or_at_length(
    text: str, expected: dict[str, Any]
) -> None:
    found = parse_questions(f"q: {text}\n")["q"]
    assert {name: getattr(found, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "choices", "labels"),
    [
        ("[a, b]", ("a", "b"), ("a", "b")),
        ("[1, true]", (1, True), ("1", "True")),
        ("{First: a, Second: b}", ("a", "b"), ("First", "Second")),
        ("[[First, a], [Second, b]]", ("a", "b"), ("First", "Second")),
        ("{First: {value: a, validator: x}}", ("a",), ("First",)),
        ("{First: a, Second: '{{ other }}'}", (), ()),
        ("'{{ others }}'", (), ()),
        ("[]", (), ()),
    ],
)
def test_choices_have_labels_and_values(
    text: str, choices: tuple[Any, ...], labels: tuple[str, ...]
) -> None:
    found = parse_questions(f"q: {{choices: {text}}}\n")["q"]
    assert (found.choices, found.labels) == (choices, labels)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("q: {default: x, secret: true}", True),
        ("_secret_questions: [q]\nq: x", True),
        ("_secret_questions: quiet\nq: x", False),
        ("q: {default: x, secret: false}", False),
    ],
)
def test_a_question_is_secret_where_either_place_says_so(text: str, secret: bool) -> None:
    assert parse_questions(f"{text}\n")["q"].secret is secret
