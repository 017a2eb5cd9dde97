"""A database of the tests' own: a file, or one on the server that TEST_DATABASE_URL names."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.database_url import DatabaseSettings


def pytest_configure() -> None:
    """Refuse a wrong address at once, and not in each worker of pytest-xdist."""
    if address := os.environ.get("TEST_DATABASE_URL"):
        _read(address)


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Make a database with the tables that the migrations make, and drop it in the end."""
    address = os.environ.get("TEST_DATABASE_URL")
    url = _read(address or f"sqlite:///{tmp_path_factory.mktemp('database')}/test.db")
    on_server = url.get_backend_name() != "sqlite"
    if on_server:
        asyncio.run(_drop(url, create=True))
    written = url.render_as_string(hide_password=False)
    command.upgrade(_configure(written), "head")
    yield written
    if on_server:
        asyncio.run(_drop(url))


@pytest.fixture
def alembic_config(database_url: str) -> Config:
    """Configure Alembic for the database of the tests."""
    return _configure(database_url)


@pytest.fixture(autouse=True)
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every application use the database of the tests."""
    monkeypatch.setenv("DATABASE_URL", database_url)


@pytest.fixture(autouse=True)
def rolled_back(client: TestClient, app: FastAPI) -> Iterator[None]:
    """Keep every session inside one transaction, which ends as if it had never been."""
    portal = client.portal
    assert portal is not None
    connection = portal.call(app.state.engine.connect().start)
    transaction = portal.call(connection.begin().start)
    if connection.dialect.name == "sqlite":
        # The driver would begin later than the first savepoint, and so commit with it.
        portal.call(connection.exec_driver_sql, "BEGIN")
    app.state.sessions.configure(bind=connection, join_transaction_mode="create_savepoint")
    yield
    portal.call(transaction.rollback)
    portal.call(connection.close)


def _read(address: str) -> URL:
    """Read the address; each worker of pytest-xdist has a database of its own."""
    try:
        url = make_url(DatabaseSettings(database_url=address).database_url)
    except ValidationError as error:
        pytest.exit(f"TEST_DATABASE_URL: {error.errors()[0]['msg']}", returncode=1)
    if "test" not in Path(url.database or "").name:
        pytest.exit(f"TEST_DATABASE_URL: {url.database!r} has no 'test' in its name", returncode=1)
    return url.set(database=f"{url.database}{os.environ.get('PYTEST_XDIST_WORKER', '')}")


async def _drop(url: URL, *, create: bool = False) -> None:
    """Drop the database of an earlier run or of this one, and make it anew if asked to."""
    server = url.set(database="postgres" if url.get_backend_name() == "postgresql" else "")
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    name = engine.dialect.identifier_preparer.quote(str(url.database))
    async with engine.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        if create:
            await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()


def _configure(database_url: str) -> Config:
    config = Config(Path(__file__).parents[1] / "alembic.ini")
    config.attributes["database_url"] = database_url
    return config
