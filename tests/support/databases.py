"""Fresh databases on the real servers, dropped after use."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import uuid4

import psycopg
import pymysql
import redis
from psycopg import sql

from tests.support.missing import give_up

SERVERS = {
    "postgresql": ("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mysql": ("TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
}
CONNECT_SECONDS = 30


def server(backend: str) -> SplitResult:
    """The address of a database server, from its variable or the local default."""
    variable, default = SERVERS[backend]
    return urlsplit(os.environ.get(variable, default))._replace(scheme=backend)


@contextmanager
def fresh_database(backend: str, folder: Path) -> Iterator[str | None]:
    """The URL of an empty database that nobody else uses; nothing for `none`."""
    name = f"scaffold_test_{uuid4().hex}"
    if backend == "none":
        yield None
    elif backend == "sqlite":
        yield f"sqlite:///{folder / name}.db"
    else:
        create, drop = {
            "postgresql": (create_postgresql, drop_postgresql),
            "mysql": (create_mysql, drop_mysql),
        }[backend]
        address = server(backend)
        try:
            create(address, name)
        except (psycopg.OperationalError, pymysql.OperationalError) as error:
            give_up(f"No {backend} answers at {SERVERS[backend][0]}: {error}")
        try:
            yield address._replace(path=f"/{name}").geturl()
        finally:
            drop(address, name)


def redis_server() -> str:
    """The address of a Redis that answers."""
    address = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    try:
        with redis.Redis.from_url(address, socket_connect_timeout=CONNECT_SECONDS) as store:
            store.ping()
    except redis.RedisError as error:
        give_up(f"No redis answers at TEST_REDIS_URL: {error}")
    return address


def postgresql(address: SplitResult) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(address.geturl(), autocommit=True, connect_timeout=CONNECT_SECONDS)


def create_postgresql(address: SplitResult, name: str) -> None:
    with postgresql(address) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop_postgresql(address: SplitResult, name: str) -> None:
    with postgresql(address) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def mysql(address: SplitResult) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    return pymysql.connect(
        host=address.hostname or "127.0.0.1",
        port=address.port or 3306,
        user=unquote(address.username or "root"),
        password=unquote(address.password or ""),
        database=address.path.removeprefix("/"),
        connect_timeout=CONNECT_SECONDS,
        autocommit=True,
    )


def create_mysql(address: SplitResult, name: str) -> None:
    with mysql(address) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")


def drop_mysql(address: SplitResult, name: str) -> None:
    with mysql(address) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name}")


def connect(url: str) -> Any:
    """A connection to the database of a service, as PEP 249 has it; each statement is committed."""
    address = urlsplit(url)
    if address.scheme == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection
    return {"postgresql": postgresql, "mysql": mysql}[address.scheme](address)


def query(url: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run one statement; its rows, where it has any. A value stands as `%s`."""
    with closing(connect(url)) as connection:
        return execute(connection, statement, *values)


def execute(connection: Any, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run one statement on a connection that is there already, as `query` does."""
    with closing(connection.cursor()) as cursor:
        if isinstance(connection, sqlite3.Connection):
            statement = statement.replace("%s", "?")
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []
