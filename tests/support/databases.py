"""Fresh databases on the real servers, dropped after use."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import uuid4

import psycopg
import pymysql
import pytest
from psycopg import sql

SERVERS = {
    "postgresql": ("TEST_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mysql": ("TEST_MYSQL_URL", "mysql://root@127.0.0.1:3306/mysql"),
}
CONNECT_SECONDS = 3


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
            give_up(backend, error)
        try:
            yield address._replace(path=f"/{name}").geturl()
        finally:
            drop(address, name)


def give_up(backend: str, error: Exception) -> NoReturn:
    """Skip on a laptop without the server; fail where the servers were promised."""
    message = f"No {backend} answers at {SERVERS[backend][0]}: {error}"
    if os.environ.get("SCAFFOLD_REQUIRE_SERVICES") == "1":
        pytest.fail(message)
    pytest.skip(message)


def postgresql(address: SplitResult) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(address.geturl(), autocommit=True, connect_timeout=CONNECT_SECONDS)


def create_postgresql(address: SplitResult, name: str) -> None:
    with postgresql(address) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop_postgresql(address: SplitResult, name: str) -> None:
    with postgresql(address) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def execute_mysql(address: SplitResult, statement: str) -> None:
    with (
        pymysql.connect(
            host=address.hostname or "127.0.0.1",
            port=address.port or 3306,
            user=unquote(address.username or "root"),
            password=unquote(address.password or ""),
            connect_timeout=CONNECT_SECONDS,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def create_mysql(address: SplitResult, name: str) -> None:
    execute_mysql(address, f"CREATE DATABASE {name} CHARACTER SET utf8mb4")


def drop_mysql(address: SplitResult, name: str) -> None:
    execute_mysql(address, f"DROP DATABASE {name}")
