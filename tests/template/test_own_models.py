"""Alembic writes the migrations of an owner's models, and nobody has to mend them."""

import secrets
from itertools import cycle
from pathlib import Path

import pytest

from tests.support import projects as support
from tests.support.alembic import Alembic
from tests.support.combinations import FRAMEWORKS, STORES
from tests.support.databases import SERVERS, fresh_database
from tests.support.projects import Projects, run

# What writes a migration.
WRITE = {"fastapi": ("revision", "--autogenerate"), "flask": ("migrate",)}
CHECK = (("upgrade", "head"), ("downgrade", "--", "-1"), ("upgrade", "head"), ("check",))
TYPES = '''\
"""A type of the owner's."""

from sqlalchemy import String
from sqlalchemy.types import TypeDecorator


class Sku(TypeDecorator[str]):
    """The number of an article."""

    impl = String
    cache_ok = True
'''
MODELS = '''\
"""The tables of reviews."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.auth.ownership import Owned
from app.models import Base, UtcDateTime, utc_now
from app.reviews.types import Sku


class Colour(Enum):
    """As SQLAlchemy finds it in an annotation."""

    RED = "red"
    GREEN = "green"


class Size(Enum):
    """As SQLAlchemy's own type has it."""

    SMALL = "small"
    LARGE = "large"


class Review(Owned, Base):
    """What somebody says of an item."""

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    read_at: Mapped[datetime | None]
    colour: Mapped[Colour]
    size: Mapped[Size] = mapped_column(sa.Enum(Size), server_default="SMALL")
    side: Mapped[Literal["left", "right"]]
    data: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    price: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2))
    rating: Mapped[float] = mapped_column(server_default="1.5")
    shown: Mapped[bool] = mapped_column(server_default=sa.true())
    title: Mapped[str | None]
    body: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(20), server_default="new", unique=True)
    sku: Mapped[str] = mapped_column(Sku(8).with_variant(sa.String(9), "sqlite"))
    key: Mapped[UUID] = mapped_column(default=uuid4)
    picture: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    day: Mapped[date | None]
    at: Mapped[time | None]
    took: Mapped[timedelta | None]

    __table_args__ = (
        sa.Index("ix_reviews_state_price", "state", "price"),
        sa.CheckConstraint("price >= 0", name="price_is_positive"),
    )
'''
POSTGRESQL = """
    words: Mapped[list[str]] = mapped_column(postgresql.ARRAY(sa.String(20)))
    times: Mapped[list[datetime]] = mapped_column(postgresql.ARRAY(UtcDateTime))
    sizes: Mapped[list[Size]] = mapped_column(postgresql.ARRAY(sa.Enum(Size)))
    facts: Mapped[dict[str, Any]] = mapped_column(postgresql.JSONB, server_default="{}")
    address: Mapped[str | None] = mapped_column(postgresql.INET)
"""


# Each database, and the frameworks in turn: what goes wrong is a matter of one of them.
@pytest.mark.parametrize(("framework", "database"), [*zip(cycle(FRAMEWORKS), STORES, strict=False)])
def test_a_migration_of_an_owners_models_needs_no_edit(
    projects: Projects, alembic: Alembic, framework: str, database: str, tmp_path: Path
) -> None:
    installed = projects.project(framework, database, "jwt")
    project = support.copy(installed, tmp_path / "project")
    main, package = project / "app/main.py", project / "app/reviews"
    models, versions = package / "models.py", project / "migrations/versions"
    settings = {
        "JWT_SECRET": secrets.token_hex(32),
        "MYPY_CACHE_DIR": str(projects.mypy_cache(framework, tmp_path / "mypy-cache")),
    }

    def call(program: str, *words: str) -> None:
        run(str(project / ".venv/bin" / program), *words, folder=project, **settings)

    def write(message: str) -> None:
        commands = (("upgrade", "head"), (*WRITE[framework], "-m", message), *CHECK)
        alembic(project, framework, *commands, **settings)

    package.mkdir()
    (package / "__init__.py").write_text('"""Reviews."""\n')
    (package / "types.py").write_text(TYPES)
    text = MODELS
    if database == "postgresql":
        text = text.replace("\n    __table_args__", f"{POSTGRESQL}\n    __table_args__")
        imported = "import ForeignKey\n"
        text = text.replace(imported, f"{imported}from sqlalchemy.dialects import postgresql\n")
    models.write_text(text)
    known = "import app.reviews.models  # noqa: F401\n"
    main.write_text(main.read_text().replace("from app import", f"{known}from app import", 1))

    with fresh_database(database, tmp_path) as url:
        assert url
        settings["DATABASE_URL"] = url
        write("Add reviews")
        (first,) = versions.glob("*_add_reviews.py")
        assert "app." not in first.read_text().partition("revision = ")[2], "names are imported"

        # Longer and more members; and a key with its index goes, and comes to another table.
        text = text.replace('GREEN = "green"', 'ULTRAMARINE = "ultramarine"')
        text = text.replace('LARGE = "large"', 'LARGE = "large"\n    ENORMOUS = "enormous"')
        text = text.replace('"right"]', '"right", "bottom left"]')
        gone = "    item_id:"
        text = "".join(line for line in text.splitlines(True) if not line.startswith(gone))
        models.write_text(text.replace("from sqlalchemy import ForeignKey\n", ""))
        items = project / "app/items/models.py"
        items.write_text(
            items.read_text().replace(
                "import Numeric, String", "import Enum, ForeignKey, Numeric, String"
            )
            + '    kind: Mapped[str] = mapped_column(Enum("a", "b", name="kind"), server_default="a")\n'
            '    review_id: Mapped[int | None] = mapped_column(ForeignKey("reviews.id"), index=True)\n'
        )
        write("Change reviews")
        call("poe", "lint")
        if database in SERVERS:  # of which SQLite lacks types
            settings["TEST_DATABASE_URL"] = f"{url}_of_its_own"
        call("pytest", "tests/test_migrations.py", "tests/test_items.py")
