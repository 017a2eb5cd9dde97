"""Contract, "A slow database": nothing waits for it without limit, and the probes not at all."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import LIMITS, Relayed, Start
from tests.support import environment
from tests.support.combinations import every_store, over
from tests.support.databases import connect, query
from tests.support.services import PATIENCE_SECONDS, Service, eventually

every_server = over(("postgresql", "mysql"))

ITEMS = "/api/v1/items"
THING = {"name": "thing", "price": "1.00"}
DETAIL = "The database cannot answer now. Try again later."
# What a limit of a second may take, with all that comes besides, on a busy machine; and what would
# be the end of it without one.
LIMITED_SECONDS, ENDLESS_SECONDS = 15, 60
LOCK = {
    "postgresql": ("BEGIN", "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE"),
    "mysql": ("LOCK TABLES {} WRITE",),
    "sqlite": ("BEGIN EXCLUSIVE",),
}
WAITING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'",
    "mysql": "SELECT count(*) FROM information_schema.processlist"
    " WHERE db = database() AND state REGEXP '^Waiting for table'",
}
SLOW = {
    "postgresql": f"FROM kept, pg_sleep({ENDLESS_SECONDS})",
    "mysql": f"FROM kept WHERE sleep({ENDLESS_SECONDS}) = 0",
    "sqlite": "FROM kept WHERE (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
    " SELECT count(*) FROM n) > 0",
}


def backend(url: str) -> str:
    return url.partition(":")[0]


@contextmanager
def locked(url: str, table: str = "items") -> Iterator[None]:
    """Hold a table, so that whoever wants it waits; SQLite lets the others read."""
    with closing(connect(url)) as connection, closing(connection.cursor()) as cursor:
        for statement in LOCK[backend(url)]:
            cursor.execute(statement.format(table))
        yield
        cursor.execute("UNLOCK TABLES" if backend(url) == "mysql" else "ROLLBACK")


@contextmanager
def slow(url: str) -> Iterator[None]:
    """Let whoever reads items wait."""
    query(url, "ALTER TABLE items RENAME TO kept")
    query(url, f"CREATE VIEW items AS SELECT kept.* {SLOW[backend(url)]}")
    try:
        yield
    finally:
        query(url, "DROP VIEW items")
        query(url, "ALTER TABLE kept RENAME TO items")


def refused_twice(client: httpx.Client) -> None:
    """What the first request leaves behind does not help the second."""
    for _ in range(2):
        unavailable(client.get(ITEMS))


def unavailable(answer: httpx.Response) -> None:
    expect.problem(answer, 503, instance=ITEMS, detail=DETAIL)
    assert answer.headers["retry-after"] == "1"
    assert answer.elapsed.total_seconds() < LIMITED_SECONDS


@pytest.fixture(scope="session")
def impatient(start_shared: Start) -> Service:
    return start_shared(**LIMITS)


@every_store
def test_a_lock_that_is_not_free_in_time_is_503(
    impatient: Service, database: dict[str, str]
) -> None:
    with locked(database["DATABASE_URL"]):
        answer = impatient.client.post(ITEMS, json=THING, headers={"X-Request-ID": "locked"})
        unavailable(answer)
    assert "did not answer" in str(impatient.log_of("locked"))
    expect.ok(impatient.client.post(ITEMS, json=THING), 201)


@every_store
def test_a_statement_that_takes_too_long_is_503(
    impatient: Service, database: dict[str, str]
) -> None:
    expect.ok(impatient.client.post(ITEMS, json=THING), 201)
    with slow(database["DATABASE_URL"]):
        refused_twice(impatient.client)
    expect.ok(impatient.client.get(ITEMS))


@every_server
def test_a_session_that_is_not_free_in_time_is_503(start: Start, database: dict[str, str]) -> None:
    url = database["DATABASE_URL"]
    service = start(
        DATABASE_LOCK_SECONDS=str(ENDLESS_SECONDS),
        DATABASE_POOL_SIZE="1",
        DATABASE_SESSION_SECONDS="1",
        DATABASE_STATEMENT_SECONDS="0",
    )
    expect.ok(service.client.get(ITEMS))
    with ThreadPoolExecutor() as pool:
        with locked(url):
            first = pool.submit(service.client.get, ITEMS)
            eventually(
                lambda: bool(query(url, WAITING[backend(url)])[0][0]),
                PATIENCE_SECONDS,
                "nothing waits for the lock",
            )
            unavailable(service.client.get(ITEMS))
            assert not first.done()
        # Who has a session goes on as soon as the lock is free.
        expect.ok(first.result())


@every_server
def test_the_probes_answer_while_all_requests_wait_for_a_lock(
    start: Start, database: dict[str, str]
) -> None:
    service = start(
        DATABASE_LOCK_SECONDS=str(ENDLESS_SECONDS),
        DATABASE_SESSION_SECONDS=str(ENDLESS_SECONDS),
        DATABASE_STATEMENT_SECONDS="0",
    )
    with ThreadPoolExecutor(40) as pool:
        with locked(database["DATABASE_URL"]):
            asked = [pool.submit(service.client.get, ITEMS) for _ in range(40)]
            with service.client_at() as probe:
                for _ in range(10):
                    for path in ("/livez", "/readyz"):
                        answer = probe.get(path, timeout=LIMITED_SECONDS)
                        assert expect.ok(answer)["status"] == "ok"
            assert not any(request.done() for request in asked)
        for request in asked:
            expect.ok(request.result())


@every_server
def test_a_server_that_is_cut_off_is_503_and_found_again(relayed: Relayed) -> None:
    client = relayed.service.client
    expect.ok(client.get(ITEMS))
    relayed.relay.stall()
    refused_twice(client)
    assert expect.ok(client.get("/livez")) == {"status": "ok"}
    relayed.relay.go_on()
    eventually(
        lambda: all(client.get(path).status_code == 200 for path in (ITEMS, "/readyz")),
        PATIENCE_SECONDS,
        "the service does not find its database again",
    )


@every_server
def test_a_server_that_refuses_is_503(relayed: Relayed) -> None:
    client = relayed.service.client
    expect.ok(client.get(ITEMS))
    relayed.relay.refuse()
    refused_twice(client)
    relayed.relay.restore()
    expect.ok(client.get(ITEMS))


@every_server
def test_a_migration_does_not_wait_for_a_lock_without_limit(
    project: Path, database: dict[str, str]
) -> None:
    with locked(database["DATABASE_URL"], "alembic_version"):
        done = subprocess.run(  # noqa: S603 - a command of the project under test
            [project / ".venv/bin/poe", "--quiet", "migrate"],
            check=False,
            cwd=project,
            env=environment.for_tools() | database | {"DATABASE_LOCK_SECONDS": "1"},
            capture_output=True,
            text=True,
            timeout=ENDLESS_SECONDS,
        )
    assert done.returncode != 0
    assert "DATABASE_LOCK_SECONDS" in done.stderr
    assert "Traceback" not in done.stderr
