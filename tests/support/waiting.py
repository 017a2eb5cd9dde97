"""A request that has to wait for somebody else, who changes the same rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from tests.support.databases import connect, query
from tests.support.services import PATIENCE_SECONDS, Service, eventually


def while_another_changes(service: Service, statement: str, ask: Callable[[], Any]) -> Any:
    """Ask while a statement of somebody else is not committed yet, and commit once that waits."""
    url = service.settings["DATABASE_URL"]
    with closing(connect(url)) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("BEGIN")
        cursor.execute(statement)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ask)
            eventually(lambda: waits(url) or asked.done(), PATIENCE_SECONDS, "nobody waits")
            cursor.execute("COMMIT")
            return asked.result()


def waits(url: str) -> bool:
    """Whether a statement waits for a lock of another one."""
    if url.startswith("postgresql"):
        where = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    else:
        where = "information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
    return bool(query(url, f"SELECT 1 FROM {where}"))  # noqa: S608 - one of two texts
