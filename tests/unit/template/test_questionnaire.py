"""Copier judges any answers, and reads the template once for all of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from scaffold.errors import InvalidAnswer, ScaffoldError
from scaffold.template.questionnaire import Asked, Filled, Questionnaire, open_questionnaire
from scaffold.template.template import Template
from tests.cli.conftest import Repository, make_repository
from tests.unit.conftest import template_at

Open = Callable[[str], Questionnaire]


@pytest.fixture(scope="module")
def released_questions(released: Repository) -> Iterator[Questionnaire]:
    with open_questionnaire(template_at(released, "v1.0.0"), "api") as opened:
        yield opened


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """A template of its own for a test."""
    with ExitStack() as stack:

        def open_it(copier_yml: str) -> Questionnaire:
            repository = make_repository(tmp_path / "t", {"copier.yml": copier_yml})
            return stack.enter_context(open_questionnaire(template_at(repository), "api"))

        yield open_it


def by_name(filled: Filled) -> dict[str, Asked]:
    return {question.name: question for question in filled.asked}


def test_what_is_not_answered_takes_a_default(released_questions: Questionnaire) -> None:
    filled = released_questions.fill(
        {"framework": "flask"}, {"database": "sqlite"}, {"project_name": "shop"}
    )
    assert filled.answers == {
        "project_name": "shop",
        "framework": "flask",
        "database": "sqlite",
        "auth": "none",
        "websockets": False,
    }
    answered = {name for name, question in by_name(filled).items() if question.answered}
    assert answered == {"framework", "database"}
    assert filled.facts == {"secret_settings": []}


def test_other_answers_bring_other_questions(released_questions: Questionnaire) -> None:
    assert released_questions.fill({}, {}, {}).hidden.keys() == {"auth", "secret_settings"}
    filled = released_questions.fill({}, {"database": "sqlite", "auth": "jwt"}, {})
    assert filled.answers["auth"] == "jwt"
    assert filled.facts["secret_settings"] == ["JWT_SECRET"]


def test_an_answer_that_a_rule_refuses_says_why(released_questions: Questionnaire) -> None:
    filled = released_questions.fill({}, {"project_name": "a b", "framework": "django"}, {})
    assert by_name(filled)["project_name"].refused == "Use no spaces."
    assert by_name(filled)["framework"].refused == "'django' is not in ['fastapi', 'flask']"
    with pytest.raises(InvalidAnswer, match=r"Use no spaces\."):
        by_name(filled)["project_name"].check("c d")
    assert by_name(filled)["project_name"].check("cd") == "cd"


@pytest.mark.parametrize(
    ("question", "kind", "value", "text", "shown"),
    [
        ("{type: str, default: a}", "text", "a", "a", "a"),
        ("{type: str, default: a, secret: true}", "secret", "a", "a", "********"),
        ("{type: path, default: a/b}", "path", "a/b", "a/b", "a/b"),
        ("{type: int, default: 3}", "text", 3, "3", "3"),
        ("{type: float, default: 0.5}", "text", 0.5, "0.5", "0.5"),
        ("{type: bool, default: true}", "switch", True, "True", "Yes"),
        ("{type: json, default: '[1, 2]'}", "text", [1, 2], "[1, 2]", "[1, 2]"),
        ("{type: yaml, default: '{a: 1}'}", "text", {"a": 1}, "{a: 1}", "{a: 1}"),
        ("{type: yaml, default: '~'}", "text", None, "", ""),
        ("{type: str, default: a, choices: {'A: one': a, B: b}}", "one", "a", "a", "A"),
        (
            "{type: bool, default: false, choices: {'On: a': true, Off: false}}",
            "one",
            False,
            "False",
            "No",
        ),
        (
            "{type: int, multiselect: true, default: [2], choices: [1, 2]}",
            "several",
            [2],
            "[2]",
            "2",
        ),
        ("{type: str}", "text", None, "", ""),
    ],
)
def test_each_kind_of_question_knows_how_it_is_answered(
    opened: Open, question: str, kind: str, value: Any, text: str, shown: str
) -> None:
    (asked,) = opened(f"a: {question}\n").fill({}, {}, {}).asked
    assert (asked.kind, asked.value, asked.text, asked.shown) == (kind, value, text, shown)
    assert asked.required is ("default" not in question)
    assert asked.refused == ""


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("int", "Type a whole number."),
        ("float", "Type a number."),
        ("json", "Type JSON."),
        ("yaml", "Type YAML."),
    ],
)
def test_what_is_of_another_type_is_told(opened: Open, kind: str, reason: str) -> None:
    (asked,) = opened(f"a: {{type: {kind}, default: '1'}}\n").fill({}, {}, {}).asked
    with pytest.raises(InvalidAnswer, match=reason):
        asked.check("{x")


def test_titles_and_explanations_are_rendered(opened: Open) -> None:
    questionnaire = opened(
        "a: {type: str, default: x, help: 'Letter: in {{ _folder_name }}.', choices: {'X: it': x}}\n"
        "max_size: {type: int, default: 1, help: 'How large {{ a }} is'}\n"
        "db: 1\n"
    )
    letter, size, db = questionnaire.fill({}, {}, {}).asked
    assert (letter.title, letter.explanation) == ("Letter", "In api.")
    assert (letter.choices[0].title, letter.choices[0].explanation) == ("X", "It")
    assert (size.title, size.explanation) == ("Max size", "How large x is")
    assert (db.title, db.explanation) == ("DB", "")


def test_a_default_that_its_own_rule_refuses_is_no_answer(opened: Open) -> None:
    questionnaire = opened(
        "a: {type: int, default: 0, validator: '{% if not a %}More.{% endif %}'}\n"
    )
    (asked,) = questionnaire.fill({}, {}, {}).asked
    assert (asked.refused, asked.answered, asked.value) == ("More.", False, 0)


def test_a_question_that_is_never_asked_is_answered_by_its_default(opened: Open) -> None:
    (asked,) = opened("a: {type: str, default: x, ask: false}\n").fill({}, {}, {}).asked
    assert asked.answered


def test_a_template_that_wants_to_run_code_is_refused(opened: Open) -> None:
    with pytest.raises(ScaffoldError, match="run code of its own"):
        opened("_tasks: [echo]\n")


def test_a_repository_that_is_gone_is_told(released: Repository, tmp_path: Path) -> None:
    template = template_at(released)
    gone = Template(**{**vars(template), "repository": tmp_path / "gone"})
    with (
        pytest.raises(ScaffoldError, match="cannot read the template"),
        open_questionnaire(gone, "x"),
    ):
        pass
