"""The database: its engine and its session."""

import atexit
import os
import sqlite3
from pathlib import Path

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, make_url, select

from app.checks import bounded
from app.models import Base

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
migrate = Migrate(directory=str(Path(__file__).parents[1] / "migrations"))


def init_app(app: Flask, database_url: str) -> None:
    """Connect the application with its database."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        # A relative path starts at the working directory, not at Flask's instance folder.
        url = url.set(database=os.path.abspath(url.database or ""))
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {}
    else:
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "connect_args": {"connect_timeout": 5},
            "pool_pre_ping": True,
        }
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    migrate.init_app(app, db)
    with app.app_context():
        engine = db.engine

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
    # A forked worker must not share the connections of its parent.
    os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
    atexit.register(engine.dispose)

    def check() -> None:
        with engine.connect() as connection:
            connection.execute(select(1))

    app.extensions["checks"]["database"] = bounded("database", check)


def _configure_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Enforce foreign keys, let readers go on while one writes, and know every letter's case."""
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
