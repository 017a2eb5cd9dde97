"""Migrations that the template brings follow those that a project has grown."""

import re
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.support.alembic import Alembic
from tests.support.combinations import FRAMEWORKS, STORES
from tests.support.databases import fresh_database, query
from tests.support.projects import Projects, run
from tests.update.conftest import Project, copy_project, everything

pytestmark = pytest.mark.usefixtures("kept_renderings")

VERSIONS = "migrations/versions"
AUTH = f"{VERSIONS}/0002_auth.py"
# With what `revision` of Alembic or of Flask-Migrate adds.
OWN = '''\
"""Find items by their stock.

Revision ID: 5eed
Revises: {after}
Create Date: 2026-11-21 11:30:00

"""
from alembic import op


# revision identifiers, used by Alembic.
revision: str = '{name}'
down_revision: str | None = {after!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


def own(name: str, after: str, upgrade: str = "pass", downgrade: str = "pass") -> str:
    """A migration as a user's own tool may write it."""
    return OWN.format(name=name, after=after, upgrade=upgrade, downgrade=downgrade)


def chain(project: Project) -> dict[str, str | None]:
    """Which revision each one follows."""
    found = {}
    for path in sorted((project.path / VERSIONS).glob("*.py")):
        text = path.read_text()
        (name,) = re.findall(r"^revision(?:: str)? = ['\"](.+)['\"]$", text, re.MULTILINE)
        (after,) = re.findall(r"^down_revision(?:: [^=]+)? = (.+)$", text, re.MULTILINE)
        assert name not in found, "no two revisions have one name"
        found[name] = None if after == "None" else after.strip("'\"")
    return found


Make = Callable[..., Project]


@pytest.fixture
def make(projects: Projects, bare_cli: Cli) -> Make:
    """Make a project of the real template."""

    def make(framework: str = "fastapi", database: str = "sqlite", auth: str = "none") -> Project:
        answers = {"framework": framework, "database": database, "auth": auth}
        return copy_project(projects, bare_cli, "api", **answers)

    return make


# On a database.


def with_stock(project: Project, framework: str, alembic: Alembic) -> str:
    """Have a project grow a column and an index, each with a migration; the last one's name."""
    model = "app/items/models.py"
    column = "    stock: Mapped[int | None] = mapped_column(index=True)\n"
    revision = ("revision", "--message", "Count the stock")
    alembic(project.path, framework, revision, DATABASE_URL="sqlite:///unused.db")
    (path,) = (project.path / VERSIONS).glob("*_count_the_stock.py")
    text = path.read_text()
    text = text.replace(
        "    pass\n", '    op.add_column("items", sa.Column("stock", sa.Integer()))\n', 1
    )
    text = text.replace("    pass\n", '    op.drop_column("items", "stock")\n', 1)
    path.write_text(text)
    first = path.name.removesuffix("_count_the_stock.py")
    second = own(
        "5eed",
        first,
        'op.create_index(op.f("ix_items_stock"), "items", ["stock"])',
        'op.drop_index(op.f("ix_items_stock"), table_name="items")',
    )
    (project.path / "unused.db").unlink(missing_ok=True)
    project.commit(
        {
            model: project.read(model) + column,
            f"{VERSIONS}/5eed_find_items_by_their_stock.py": second,
        }
    )
    assert chain(project) == {"0001": None, first: "0001", "5eed": first}
    return "5eed"


def tables(url: str) -> set[str]:
    """The tables of a database."""
    catalogue, column, place = {
        "sqlite": ("sqlite_master", "name", "type = 'table'"),
        "postgresql": ("information_schema.tables", "table_name", "table_schema = 'public'"),
        "mysql": ("information_schema.tables", "table_name", "table_schema = DATABASE()"),
    }[url.partition(":")[0]]
    rows = query(url, f"SELECT {column} FROM {catalogue} WHERE {place}")  # noqa: S608
    return {str(name) for (name,) in rows} - {"sqlite_sequence"}


# Each database, and the frameworks in turn: what goes wrong is a matter of one of them.
@pytest.mark.parametrize(("framework", "database"), [*zip(cycle(FRAMEWORKS), STORES, strict=False)])
def test_auth_comes_to_a_database_with_items_and_goes_again(
    make: Make,
    projects: Projects,
    alembic: Alembic,
    framework: str,
    database: str,
    tmp_path: Path,
) -> None:
    project = make(framework, database)
    # Another project, whose environment has what this one will need.
    installed = projects.project(framework, database, "jwt")
    (project.path / ".git/info/exclude").write_text(".venv\n")
    (project.path / ".venv").symlink_to(installed / ".venv", target_is_directory=True)
    head = with_stock(project, framework, alembic)
    with fresh_database(database, tmp_path) as url:
        assert url
        alembic(project.path, framework, ("upgrade", "head"), DATABASE_URL=url)
        query(
            url,
            "INSERT INTO items (id, name, price, created_at, updated_at, stock)"
            " VALUES (7, 'old', 1, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 3)",
        )
        columns = len(query(url, "SELECT * FROM items")[0])

        ran = project.run("add", "auth")
        assert ran.code == 0, ran.err
        assert chain(project)["0002"] == head
        project.git("commit", "--quiet", "-m", "Add auth")
        alembic(project.path, framework, ("upgrade", "head"), DATABASE_URL=url)
        assert query(url, "SELECT name, stock, owner_id FROM items") == [("old", 3, None)]
        assert tables(url) == {"alembic_version", "items", "sessions", "users"}
        alembic(project.path, framework, ("downgrade", head), DATABASE_URL=url)
        assert query(url, "SELECT name, stock FROM items") == [("old", 3)]
        assert len(query(url, "SELECT * FROM items")[0]) == columns
        assert tables(url) == {"alembic_version", "items"}
    if database == "sqlite":  # which the project's own tests use where no server is named
        pytest_ = str(project.path / ".venv/bin/pytest")
        run(pytest_, "tests/test_migrations.py", "tests/test_auth.py", folder=project.path)


# In the files alone.


def test_what_the_template_brings_follows_the_projects_own(make: Make) -> None:
    project = make()
    project.commit({f"{VERSIONS}/5eed_mine.py": own("5eed", "0001")})
    before = everything(project.path)
    assert project.run("add", "auth").code == 0
    assert chain(project) == {"0001": None, "5eed": "0001", "0002": "5eed"}
    assert '\n\nRevision ID: 0002\nRevises: 5eed\n"""\n' in project.read(AUTH)

    project.git("commit", "--quiet", "-m", "Add auth")
    ran = project.run("remove", "auth")
    assert ran.code == 0, ran.out
    after = everything(project.path)
    del after[".env"]
    assert after == before, "and goes again without a conflict"


def test_a_revision_with_the_name_of_the_templates_keeps_it(make: Make) -> None:
    project = make()
    project.commit({f"{VERSIONS}/0002_mine.py": own("0002", "0001")})
    assert project.run("add", "auth").code == 0
    assert chain(project) == {"0001": None, "0002": "0001", "0002_auth": "0002"}
    assert "\n\nRevision ID: 0002_auth\nRevises: 0002\n" in project.read(AUTH)
    project.git("commit", "--quiet", "-m", "Add auth")
    assert project.run("remove", "auth").code == 0
    assert chain(project) == {"0001": None, "0002": "0001"}


def test_a_migration_that_the_users_own_follows_is_kept(make: Make) -> None:
    project = make(auth="jwt")
    mine = f"{VERSIONS}/5eed_mine.py"
    project.commit({mine: own("5eed", "0002")})
    ran = project.run("remove", "auth")
    assert ran.code == 0, ran.err
    assert f"  kept      {AUTH}  (a later migration of yours follows it)\n" in ran.out
    assert chain(project) == {"0001": None, "0002": "0001", "5eed": "0002"}
    assert not (project.path / "app/auth").exists()
    project.git("commit", "--quiet", "-m", "Remove auth")
    assert project.run("add", "auth").code == 0
    assert chain(project) == {"0001": None, "0002": "0001", "5eed": "0002"}


def test_a_project_whose_migrations_fork_is_left_alone(make: Make) -> None:
    project = make()
    project.commit(
        {f"{VERSIONS}/a_mine.py": own("a", "0001"), f"{VERSIONS}/b_mine.py": own("b", "0001")}
    )
    ran = project.run("add", "auth")
    assert ran.code == 0, ran.err
    assert chain(project) == {"0001": None, "a": "0001", "b": "0001", "0002": "0001"}


def test_a_fork_that_was_merged_is_no_fork(make: Make) -> None:
    project = make()
    merged = own("c", "X").replace("'X'", "('a', 'b')").replace("str | None", "tuple[str, str]")
    project.commit(
        {
            f"{VERSIONS}/a_mine.py": own("a", "0001"),
            f"{VERSIONS}/b_mine.py": own("b", "0001"),
            f"{VERSIONS}/c_merged.py": merged,
        }
    )
    assert project.run("add", "auth").code == 0
    assert chain(project)["0002"] == "c"


def test_a_removed_database_takes_its_migrations_along_unless_there_are_the_users_own(
    make: Make,
) -> None:
    project = make()
    project.commit({f"{VERSIONS}/5eed_mine.py": own("5eed", "0001")})
    ran = project.run("remove", "database")
    assert ran.code == 0, ran.err
    assert chain(project) == {"0001": None, "5eed": "0001"}
    assert "(a later migration of yours follows it)" in ran.out
