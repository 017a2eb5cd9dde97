"""The connections to PostgreSQL: their time limits, and what a pooler such as PgBouncer needs."""

from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError

from app.database_url import DatabaseSettings
from app.postgresql_limits import CONNECT_SECONDS, limits_of_connection, limits_of_transaction


class LimitedConnection(psycopg.Connection[Any]):
    """A connection that gives up a server that does not answer."""

    answer_seconds: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait for the server, which is how psycopg asks it anything."""
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError:
            if self.info.transaction_status is TransactionStatus.ACTIVE:
                self.close()
            raise


def engine_options(_settings: DatabaseSettings) -> dict[str, Any]:
    """Return the options of an engine."""
    return {"connect_args": {"connect_timeout": CONNECT_SECONDS}}


def set_up(engine: Engine, settings: DatabaseSettings) -> None:
    """Limit the time of all statements, with a pooler or without."""
    for_connection = limits_of_connection(settings)
    for_transaction = limits_of_transaction(settings)

    def begin(connection: Connection) -> None:
        """Set the limits of a transaction: a pooler would give those of a connection away."""
        connection.exec_driver_sql(for_transaction)

    @event.listens_for(engine, "do_connect")
    def connect(
        _dialect: object, _record: object, arguments: Any, options: dict[str, Any]
    ) -> LimitedConnection:
        """Connect, and find out whether the server is behind a pooler."""
        connection = LimitedConnection.connect(*arguments, **options)
        connection.answer_seconds = settings.database_answer_seconds
        if _is_pooled(connection):
            # Each transaction may have a server that knows no statement of the one before.
            connection.prepare_threshold = None
            # Only now, because a listener slows every statement.
            if not event.contains(engine, "begin", begin):
                event.listen(engine, "begin", begin)
        else:
            connection.execute(for_connection)
        connection.commit()
        return connection

    @event.listens_for(engine, "checkout")
    def check(connection: LimitedConnection, _record: object, _proxy: object) -> None:
        """Let the pool reconnect where the server has closed a connection, without a query."""
        poller = poll()
        poller.register(connection, POLLIN)
        # On an idle connection the server sends nothing but its end.
        if poller.poll(0):
            raise DisconnectionError


def _is_pooled(connection: LimitedConnection) -> bool:
    """Tell whether the process that answers is another one than the one that was announced."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    return row != (connection.info.backend_pid,)
