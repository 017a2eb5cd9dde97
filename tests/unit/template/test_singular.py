"""The singular of a plural is guessed where a rule knows it."""

import pytest

from scaffold.template.singular import singular_of


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("orders", "order"),
        ("categories", "category"),
        ("companies", "company"),
        ("days", "day"),
        ("ties", "tie"),
        ("movies", "movie"),
        ("boxes", "box"),
        ("branches", "branch"),
        ("wishes", "wish"),
        ("addresses", "address"),
        ("statuses", "status"),
        ("houses", "house"),
        ("purchases", "purchase"),
        ("responses", "response"),
        ("caches", "cache"),
        ("prices", "price"),
        ("people", "person"),
        ("children", "child"),
        ("order_lines", "order_line"),
        ("delivery_addresses", "delivery_address"),
        ("young_people", "young_person"),
    ],
)
def test_a_plural_has_its_singular(plural: str, singular: str) -> None:
    assert singular_of(plural) == singular


@pytest.mark.parametrize(
    "word", ["", "s", "order", "sheep", "series", "news", "data", "status", "address", "analysis"]
)
def test_what_no_rule_knows_has_none(word: str) -> None:
    assert singular_of(word) == ""
