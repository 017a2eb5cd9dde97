"""A database of the tests' own: a file, or one on the server that TEST_DATABASE_URL names."""

import os
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from alembic.config import Config
from flask import Flask
from pydantic import ValidationError
from sqlalchemy import URL, create_engine, make_url, text

from app.database import db
from app.database_url import DatabaseSettings
from app.main import create_app
from app.settings import Settings


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
        _drop(url, create=True)
    written = url.render_as_string(hide_password=False)
    with _create_app(written).app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
    yield written
    if on_server:
        _drop(url)


@pytest.fixture
def alembic_config(database_url: str) -> Iterator[Config]:
    """Configure Alembic for the database of the tests."""
    app = _create_app(database_url)
    with app.app_context():
        yield app.extensions["migrate"].migrate.get_config()
        db.engine.dispose()


@pytest.fixture(autouse=True)
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every application use the database of the tests."""
    monkeypatch.setenv("DATABASE_URL", database_url)


@pytest.fixture(autouse=True)
def rolled_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep every session inside one transaction, which ends as if it had never been."""
    with app.app_context():
        engine, engines = db.engine, db.engines
        db.session.configure(join_transaction_mode="create_savepoint")
    with engine.connect() as connection:
        transaction = connection.begin()
        if connection.dialect.name == "sqlite":
            # The driver would begin later than the first savepoint, and so commit with it.
            connection.exec_driver_sql("BEGIN")
        monkeypatch.setitem(engines, None, connection)
        yield
        transaction.rollback()
    engine.dispose()


def _read(address: str) -> URL:
    """Read the address; each worker of pytest-xdist has a database of its own."""
    try:
        url = make_url(DatabaseSettings(database_url=address).database_url)
    except ValidationError as error:
        pytest.exit(f"TEST_DATABASE_URL: {error.errors()[0]['msg']}", returncode=1)
    if "test" not in Path(url.database or "").name:
        pytest.exit(f"TEST_DATABASE_URL: {url.database!r} has no 'test' in its name", returncode=1)
    return url.set(database=f"{url.database}{os.environ.get('PYTEST_XDIST_WORKER', '')}")


def _drop(url: URL, *, create: bool = False) -> None:
    """Drop the database of an earlier run or of this one, and make it anew if asked to."""
    server = url.set(database="postgres" if url.get_backend_name() == "postgresql" else "")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    name = engine.dialect.identifier_preparer.quote(str(url.database))
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        if create:
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()


def _create_app(database_url: str) -> Flask:
    settings = {"environment": "test", "database_url": database_url}
    return create_app(Settings.model_validate(settings))
