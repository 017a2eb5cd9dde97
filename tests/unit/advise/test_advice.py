"""An advice is the sum of rules, and says what would change it."""

from dataclasses import replace
from typing import Any

import pytest

from scaffold.advise.advice import TurningAnswer, flag, give_advice, option
from scaffold.frameworks import FASTAPI, FLASK


def test_without_an_answer_it_is_the_default_and_grounded_on_nothing() -> None:
    given = give_advice({})
    assert given.framework == FASTAPI
    assert given.score == {FASTAPI: 0, FLASK: 0}
    assert not given.grounded
    assert not given.close
    assert given.features == {}


def test_reasons_stand_for_and_against_with_the_weightiest_first() -> None:
    given = give_advice(
        {"concurrency": "few", "prototype": True, "websockets": True, "serves": "pages"}
    )
    assert given.framework == FLASK
    assert given.score == {FASTAPI: 2, FLASK: 4}
    assert [rule.question for rule in given.reasons_for] == ["prototype", "serves", "concurrency"]
    assert [rule.question for rule in given.reasons_against] == ["websockets"]
    assert given.grounded


def test_reasons_of_one_weight_stand_in_the_order_of_the_rules() -> None:
    given = give_advice({"ml": True, "serves": "api", "websockets": True})
    assert [rule.question for rule in given.reasons_for] == ["serves", "websockets", "ml"]


def test_even_is_the_default() -> None:
    given = give_advice({"serves": "api", "flask": "team"})
    assert given.score == {FASTAPI: 2, FLASK: 2}
    assert given.framework == FASTAPI
    assert given.close


@pytest.mark.parametrize(
    ("profile", "close"),
    [
        ({"async": False, "type_hints": True}, True),
        ({"concurrency": "few"}, True),
        ({"async": False}, False),
        ({"flask": "none"}, False),
    ],
)
def test_it_is_close_where_the_smallest_reason_could_turn_it(
    profile: dict[str, Any], close: bool
) -> None:
    assert give_advice(profile).close is close


def test_an_answer_that_has_no_rule_counts_for_neither() -> None:
    given = give_advice({"flask": "none", "ml": False, "prototype": False})
    assert not given.grounded
    assert given.profile == {"flask": "none", "ml": False, "prototype": False}


def test_each_answer_that_would_change_it_is_named() -> None:
    given = give_advice({"concurrency": "few"})
    assert given.framework == FLASK
    assert TurningAnswer("serves", "api") in given.would_change
    assert TurningAnswer("concurrency", "hundreds") in given.would_change
    assert TurningAnswer("concurrency", "few") not in given.would_change
    assert TurningAnswer("prototype", True) not in given.would_change
    for change in given.would_change:
        other = give_advice({"concurrency": "few", change.question: change.answer})
        assert other.framework == FASTAPI


def test_the_command_brings_the_features_that_were_asked_for() -> None:
    given = give_advice({"websockets": True, "ml": True, "serves": "api"})
    assert given.features == {"websockets": True, "ml": True}
    assert given.command == "scaffold new DEST --framework fastapi --websockets --ml"
    assert give_advice({"websockets": False}).features == {}
    assert replace(given, features={}, framework=FLASK).command == (
        "scaffold new DEST --framework flask"
    )


@pytest.mark.parametrize(
    ("serves", "framework"), [("pages", FLASK), ("both", FASTAPI)], ids=["pages", "both"]
)
def test_who_serves_pages_gets_them(serves: str, framework: str) -> None:
    given = give_advice(
        {"serves": serves, "ml": False, "websockets": True, "async": serves == "both"}
    )
    assert given.command == f"scaffold new DEST --framework {framework} --pages plain --websockets"


@pytest.mark.parametrize(
    ("name", "answer", "text"),
    [
        ("type_hints", True, "--type-hints"),
        ("type_hints", False, "--no-type-hints"),
        ("flask", "team", "--flask team"),
    ],
)
def test_an_answer_is_written_as_an_option(name: str, answer: Any, text: str) -> None:
    assert flag(name, answer) == text


def test_an_option_has_dashes() -> None:
    assert option("api_docs") == "--api-docs"
    assert option("ml") == "--ml"
