"""Packages come and go line by line, and comments stay."""

from scaffold.migrate import pyproject
from scaffold.migrate.pyproject import DEPENDENCIES, DEVELOPMENT, UNTIL

TEXT = """\
[project]
dependencies = [
    "alembic>=1",
    "redis[x]>=7", # why
]

[dependency-groups]
dev = [
    "mypy>=2",
]
"""


def test_packages_are_known_by_their_names() -> None:
    assert pyproject.packages(TEXT, DEPENDENCIES) == {
        "alembic": '    "alembic>=1",',
        "redis": '    "redis[x]>=7", # why',
    }
    assert pyproject.packages(TEXT, "constraint-dependencies") == {}


def test_a_package_is_added_at_its_place_once() -> None:
    added = pyproject.with_packages(TEXT, DEPENDENCIES, {"jinja2": '    "jinja2",'})
    assert '    "alembic>=1",\n    "jinja2",\n    "redis[x]>=7", # why\n]' in added
    assert pyproject.with_packages(added, DEPENDENCIES, {"jinja2": '    "jinja2>=9",'}) == added


def test_those_of_flask_stand_at_the_end_and_go_again() -> None:
    added = pyproject.with_packages_of_flask(TEXT, DEPENDENCIES, {"flask": '    "flask>=3",'})
    assert f'# why\n{UNTIL}\n    "flask>=3",\n]' in added
    later = pyproject.with_packages(added, DEPENDENCIES, {"zlib": '    "zlib",'})
    assert later.index('"zlib"') < later.index(UNTIL)
    left = pyproject.without_packages(later, DEPENDENCIES, {"flask"})
    assert left == pyproject.with_packages(TEXT, DEPENDENCIES, {"zlib": '    "zlib",'})


def test_a_list_that_is_not_there_is_left_so() -> None:
    assert pyproject.with_packages("x\n", DEVELOPMENT, {"a": '    "a",'}) == "x\n"
    assert pyproject.with_packages_of_flask("x\n", DEVELOPMENT, {"a": '    "a",'}) == "x\n"
    assert pyproject.without_packages("x\n", DEVELOPMENT, {"a"}) == "x\n"


def test_some_packages_can_be_picked() -> None:
    assert pyproject.only({"a": "1", "b": "2"}, ["b", "c"]) == {"b": "2"}
