"""The connections to SQLite, and their time limits."""

from time import monotonic
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import AdaptedConnection, ExecutionContext
from sqlalchemy.pool import ConnectionPoolEntry

from app.database_url import DatabaseSettings

# How many instructions SQLite runs before it asks whether to go on; they take a millisecond.
INSTRUCTIONS = 100_000


def engine_options(settings: DatabaseSettings) -> dict[str, Any]:
    """Return the options of an engine."""
    return {"connect_args": {"timeout": settings.database_lock_seconds}}


def set_up(engine: Engine, settings: DatabaseSettings) -> None:
    """Set up each connection, and limit the time of all statements."""
    event.listen(engine, "connect", _set_up_connection)
    seconds = settings.database_statement_seconds
    if not seconds:
        return

    @event.listens_for(engine, "connect")
    def limit(connection: Any, record: ConnectionPoolEntry) -> None:
        def is_late() -> bool:
            return bool(monotonic() > record.info.get("deadline", float("inf")))

        if isinstance(connection, AdaptedConnection):
            connection.run_async(lambda driver: driver.set_progress_handler(is_late, INSTRUCTIONS))
        else:
            connection.set_progress_handler(is_late, INSTRUCTIONS)

    def start(*arguments: Any) -> None:
        context: ExecutionContext = arguments[-1]
        context.root_connection.info["deadline"] = monotonic() + seconds

    # Not `before_cursor_execute`, which slows every statement.
    for name in ("do_execute", "do_execute_no_params", "do_executemany"):
        event.listen(engine, name, start)


def _set_up_connection(connection: Any, _record: object) -> None:
    """Enforce foreign keys, let readers read during a write, and fold the case of any letter."""
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
