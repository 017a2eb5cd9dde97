"""What follows from `resources`: migrations that stay as they are, whatever is generated later."""

from hashlib import sha256
from typing import Any

import pytest
import yaml

from tests.support.combinations import STORES
from tests.support.forms import instances
from tests.support.questions import TEXTS, Answers, environment
from tests.support.resources import EVERY_TYPE

VERSIONS = "shared/migrations/versions"
# What databases of released projects were made by.
RELEASED = {
    "sqlite": {
        "migrations/versions/0001_items.py": "ffd7307ffa6b8a3965f1129b0a437f4445dcb81e803aca523199ad46f04fc108",
        "migrations/versions/0002_auth.py": "86900674a0b28557f3a82a5176f366755ae7060978fb710bd13e4932b148ecbf",
    },
    "postgresql": {
        "migrations/versions/0001_items.py": "ffd7307ffa6b8a3965f1129b0a437f4445dcb81e803aca523199ad46f04fc108",
        "migrations/versions/0002_auth.py": "86900674a0b28557f3a82a5176f366755ae7060978fb710bd13e4932b148ecbf",
    },
    "mysql": {
        "migrations/versions/0001_items.py": "9aecba502717077d33c32d6cbe8695d3f31e5875768ad953db2f848a6e396271",
        "migrations/versions/0002_auth.py": "73abbf180cafdb15277b9749ff491d3200ed80234d1b0df1e3502ab44a511ddb",
    },
}


def migrations(database: str, auth: str, resources: str) -> dict[str, str]:
    """The migrations of a project, by the names of their files."""
    answers: Answers = {"database": database, "auth": auth, "resources": resources}
    made = {
        place: text("resource", seen, answers)
        for place, seen in instances("migrations/versions/resource.py", answers)
    }
    if auth == "jwt":
        made["migrations/versions/0002_auth.py"] = text("0002_auth", {}, answers)
    return made


def text(name: str, seen: dict[str, object], answers: Answers) -> str:
    template = environment().get_template(f"templates/{VERSIONS}/{name}.py.jinja")
    return template.render(seen, _answers=answers)


@pytest.mark.parametrize("database", STORES)
def test_the_migrations_of_released_projects_stay_as_they_were(database: str) -> None:
    made = migrations(database, "jwt", str(TEXTS["resources"]))
    assert {path: sha256(text.encode()).hexdigest() for path, text in made.items()} == RELEASED[
        database
    ]


@pytest.mark.parametrize("auth", ["none", "jwt"])
def test_what_is_generated_later_changes_no_migration(auth: str) -> None:
    entries: list[dict[str, Any]] = yaml.safe_load(EVERY_TYPE)
    # Without sign-in, all entries are of that time.
    for entry in entries if auth == "none" else ():
        entry["before_sign_in"] = True
    last = max(number for number, entry in enumerate(entries) if entry.get("before_sign_in"))
    first = last + 1 if auth == "jwt" else 1
    grown: dict[str, str] = {}
    for number in range(first, len(entries) + 1):
        made = migrations("mysql", auth, yaml.safe_dump(entries[:number]))
        assert grown.items() <= made.items()
        assert len(made) == number + (auth == "jwt")
        grown = made


def test_sign_in_that_comes_later_changes_no_migration() -> None:
    entries = [{**entry, "before_sign_in": True} for entry in yaml.safe_load(EVERY_TYPE)]
    before = migrations("sqlite", "none", yaml.safe_dump(entries))
    after = migrations("sqlite", "jwt", yaml.safe_dump(entries))
    assert before.items() <= after.items()
    assert after.keys() - before.keys() == {"migrations/versions/0002_auth.py"}
