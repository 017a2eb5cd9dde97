"""The head says what was compared, when, and on which machine."""

from dataclasses import replace

import pytest

from scaffold.compare.title import circumstances, joined, title
from scaffold.template.questions import Answers
from tests.unit.compare.test_results import comparison


@pytest.mark.parametrize(
    ("answers", "features"),
    [
        ({}, "without any feature"),
        ({"database": "none", "auth": "none", "ml": False}, "without any feature"),
        ({"database": "mysql"}, "with mysql"),
        ({"database": "mysql", "auth": "jwt", "ml": True}, "with mysql, jwt and ml"),
        ({"database": "mysql", "rate_limit": True}, "with mysql and rate limit"),
        ({"database": "mysql", "workers": 2, "note": ""}, "with mysql"),
    ],
)
def test_the_title_names_the_versions_and_the_features(answers: Answers, features: str) -> None:
    found = replace(comparison(), answers=answers)
    assert title(found) == f"FastAPI 0.121 and Flask 3.1, {features}"


def test_a_template_without_the_frameworks_package_has_no_version_to_name() -> None:
    found = replace(comparison(), packages={"fastapi": {}, "flask": {}})
    assert title(found) == "FastAPI and Flask, without any feature"


def test_below_it_stand_the_time_the_machine_and_the_versions() -> None:
    assert circumstances(comparison()) == (
        "2026-01-31 09:05 UTC, on A Processor, 4 CPUs, Linux 6.8, with Python 3.11.7 "
        "and the template at v1.2.0"
    )
    commit = replace(comparison(), version="0123456789" * 4)
    assert circumstances(commit).endswith(" at 0123456")
    assert circumstances(replace(comparison(), version="stable")).endswith(" at stable")


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")],
)
def test_words_are_joined_as_in_a_sentence(words: list[str], text: str) -> None:
    assert joined(words) == text
