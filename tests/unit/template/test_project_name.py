"""A project's name is one that a package index takes."""

import pytest

from scaffold.template.project_name import project_name_for, slug


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My Service", "my-service"),
        ("Übergröße_2", "ubergroe-2"),
        ("  a--b  ", "a-b"),
        ("2fast", "fast"),
        ("--x--", "x"),
        ("日本", ""),
        ("", ""),
        ("42", ""),
        ("a" * 60, "a" * 50),
        ("a" * 49 + " b", "a" * 49),
        ("a\nb\tc", "a-b-c"),
    ],
)
def test_a_slug_is_a_name_that_a_package_index_takes(text: str, name: str) -> None:
    assert slug(text) == name


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("My Shop", "my-shop"),
        ("class", "class-service"),
        ("日本", "service"),
        ("", "service"),
        ("2go", "go"),
    ],
)
def test_a_name_is_offered_that_differs_from_what_was_refused(folder: str, name: str) -> None:
    assert project_name_for(folder) == name
