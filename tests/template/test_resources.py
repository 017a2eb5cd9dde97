"""What follows from `resources`: migrations that stay as they are, and that keep the rows there are."""

import secrets
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import projects as support
from tests.support.alembic import Alembic
from tests.support.combinations import FRAMEWORKS, STORES
from tests.support.databases import fresh_database, query
from tests.support.forms import instances
from tests.support.projects import Projects
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


GROWN = """
- {name: items, singular: item, before_sign_in: true, fields: [name:str]}
- name: orders
  singular: order
  before_sign_in: true
  fields: [code:str:20:unique, item:ref:items, status:enum:new/paid]
- field_of: items
  fields: [weight:int:default=7, colour:enum:red/green:default=red, order_line:str:optional:unique]
- {name: parts, singular: part, fields: [order:ref:orders, number:int:unique]}
- {field_of: orders, fields: ["note:text:2000:default=none"]}
"""
NOW = "2026-01-01 00:00:00"
ORDER = "INSERT INTO orders VALUES (%s, %s, 1, 'paid', %s, %s)"
ROWS = """
SELECT orders.code, orders.status, items.name FROM orders JOIN items ON orders.item = items.id
"""


# Each database, and the frameworks in turn: what goes wrong is a matter of one of them.
@pytest.mark.parametrize(("framework", "database"), [*zip(cycle(FRAMEWORKS), STORES, strict=False)])
def test_rows_live_through_migrations_forth_and_back(
    projects: Projects, alembic: Alembic, framework: str, database: str, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    answers = {"framework": framework, "database": database, "auth": "jwt", "resources": GROWN}
    support.render(projects.template(), project, **answers)
    (project / ".venv").symlink_to(projects.environment(framework), target_is_directory=True)
    before, *_ = (path.name[:12] for path in project.glob("migrations/versions/*_orders.py"))
    with fresh_database(database, tmp_path) as url:
        assert url
        settings = {"DATABASE_URL": url, "JWT_SECRET": secrets.token_hex(32)}
        alembic(project, framework, ("upgrade", before), **settings)
        query(url, "INSERT INTO items VALUES (1, 'Lamp', %s, %s)", NOW, NOW)
        query(url, ORDER, 1, "A", NOW, NOW)
        for _ in range(2):
            alembic(project, framework, ("upgrade", "head"), ("check",), **settings)
            assert query(url, ROWS) == [("A", "paid", "Lamp")]
            assert query(url, "SELECT weight, colour, owner_id FROM items") == [(7, "red", None)]
            assert query(url, "SELECT note, owner_id FROM orders") == [("none", None)]
            with pytest.raises(Exception, match="ck_orders_status"):
                query(url, "UPDATE orders SET status = 'lost'")
            with pytest.raises(Exception, match="ck_items_colour"):
                query(url, "UPDATE items SET colour = 'blue'")
            with pytest.raises(Exception, match=r"(?i)foreign key"):
                query(url, "DELETE FROM items")
            alembic(project, framework, ("downgrade", before), **settings)
            assert query(url, ROWS) == [("A", "paid", "Lamp")]
            with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
                query(url, ORDER, 2, "A", NOW, NOW)
