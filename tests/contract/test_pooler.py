"""Contract, "Behind a pooler": a service works where each transaction has another connection."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.contract import expect
from tests.contract.conftest import LIMITS, Start
from tests.contract.test_slow_database import ITEMS, THING, locked, unavailable
from tests.support import environment
from tests.support.combinations import Combination, once_for, run_over, served
from tests.support.databases import fresh_database, query
from tests.support.pgbouncer import SERVER_CONNECTIONS, pgbouncer, version
from tests.support.projects import run

pytestmark = run_over(once_for(served(("postgresql",)), "framework"))

REQUESTS = 400
CLIENTS = 32
# Prints how many statements stay prepared on the connection, after one was sent often.
PREPARED = {
    "fastapi": """
import asyncio
from app.database import create_engine
from app.settings import load_settings
from sqlalchemy import text

async def main():
    engine = create_engine(load_settings())
    async with engine.connect() as connection:
        for _ in range(10):
            await connection.execute(text("SELECT 7"))
        print(await connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")))
    await engine.dispose()

asyncio.run(main())
""",
    "flask": """
from app.database import create_engine
from app.settings import load_settings
from sqlalchemy import text

with create_engine(load_settings()).connect() as connection:
    for _ in range(10):
        connection.execute(text("SELECT 7"))
    print(connection.scalar(text("SELECT count(*) FROM pg_prepared_statements")))
""",
}


@pytest.fixture
def pooled(database: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The URL of the database through PgBouncer, which knows no prepared statements."""
    settings = {"max_prepared_statements": 0} if version() >= (1, 21) else {}
    with pgbouncer(database["DATABASE_URL"], tmp_path, **settings) as url:
        yield url


def prepared(project: Path, framework: str, database: dict[str, str]) -> int:
    """How many statements stay prepared on a connection of the service."""
    done = subprocess.run(  # noqa: S603 - the interpreter of the project under test
        [project / ".venv/bin/python", "-c", PREPARED[framework]],
        check=True,
        cwd=project,
        env=environment.for_service(str(project / ".venv/bin")) | database,
        capture_output=True,
        text=True,
    )
    return int(done.stdout)


def test_every_request_is_answered_behind_a_pooler(start: Start, pooled: str) -> None:
    service = start(DATABASE_URL=pooled, WEB_CONCURRENCY="2")

    def ask(number: int) -> None:
        client = service.client
        path = client.post(ITEMS, json=THING).headers["Location"]
        expect.ok(client.get(path))
        expect.ok(client.get(ITEMS, params={"limit": number % 5 + 1, "keyword": "thing"}))
        expect.ok(client.patch(path, json={"name": f"thing {number}"}))
        assert client.delete(path).status_code == 204

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(ask, range(REQUESTS // 5)))
    assert expect.ok(service.client.get("/readyz"))["status"] == "ok"


def test_limits_hold_behind_a_pooler_and_stay_with_their_transaction(
    start: Start, pooled: str, database: dict[str, str]
) -> None:
    service = start(**LIMITS, DATABASE_URL=pooled)
    with locked(database["DATABASE_URL"]):
        unavailable(service.client.get(ITEMS))
    expect.ok(service.client.get(ITEMS))
    # Other services may have other limits, on the same connections of the pooler.
    for _ in range(SERVER_CONNECTIONS):
        assert query(pooled, "SHOW statement_timeout") == [("0",)]
        assert query(pooled, "SHOW lock_timeout") == [("0",)]


def test_migrations_run_through_a_pooler(
    project: Path, database: dict[str, str], pooled: str, tmp_path: Path
) -> None:
    with fresh_database("postgresql", tmp_path) as url:
        name = str(url).rpartition("/")[2]
        through = f"{pooled.rpartition('/')[0]}/{name}"
        for _ in range(2):
            run(
                str(project / ".venv/bin/poe"),
                "migrate",
                folder=project,
                **database | {"DATABASE_URL": through},
            )
        assert query(str(url), "SELECT count(*) FROM items") == [(0,)]


def test_statements_stay_prepared_where_there_is_no_pooler(
    project: Path, combination: Combination, database: dict[str, str]
) -> None:
    assert prepared(project, combination.framework, database) >= 1


def test_nothing_is_prepared_behind_a_pooler(
    project: Path, combination: Combination, database: dict[str, str], pooled: str
) -> None:
    assert prepared(project, combination.framework, database | {"DATABASE_URL": pooled}) == 0
