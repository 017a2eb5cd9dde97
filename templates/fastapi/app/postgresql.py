"""The connections to PostgreSQL: their time limits, and what a pooler such as PgBouncer needs."""

from typing import Any

from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import AdaptedConnection, Dialect
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import TimeoutError as DatabaseTimeoutError

from app.database_url import DatabaseSettings
from app.postgresql_limits import CONNECT_SECONDS, limits_of_connection, limits_of_transaction

# Behind a pooler, each transaction may have a server that knows no statement of the one before.
NOTHING_PREPARED = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}


def engine_options(settings: DatabaseSettings) -> dict[str, Any]:
    """Return the options of an engine."""
    # A server that is cut off ends no statement.
    wait = {"timeout": CONNECT_SECONDS, "command_timeout": settings.database_answer_seconds}
    return {"connect_args": wait}


def set_up(engine: Engine, settings: DatabaseSettings) -> None:
    """Limit the time of all statements, with a pooler or without."""
    for_connection = limits_of_connection(settings)
    for_transaction = limits_of_transaction(settings)

    def begin(connection: Connection) -> None:
        """Set the limits of a transaction: a pooler would give those of a connection away."""
        connection.exec_driver_sql(for_transaction)

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Dialect, _record: object, arguments: Any, options: dict[str, Any]) -> Any:
        """Connect, and find out whether the server is behind a pooler."""
        try:
            connection: Any = dialect.connect(*arguments, **options)
            if _is_pooled(connection):
                connection.close()
                connection = dialect.connect(*arguments, **options | NOTHING_PREPARED)
                # Only now, because a listener slows every statement.
                if not event.contains(engine, "begin", begin):
                    event.listen(engine, "begin", begin)
            else:
                connection.run_async(lambda driver: driver.execute(for_connection))
        except (OSError, PostgresError, InterfaceError) as error:
            raise dialect.loaded_dbapi.OperationalError(str(error), error) from error
        return connection

    @event.listens_for(engine, "checkout")
    def check(connection: AdaptedConnection, _record: object, _proxy: object) -> None:
        """Let the pool reconnect where the server has closed a connection, without a query."""
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    @event.listens_for(engine, "handle_error")
    def handle(context: ExceptionContext) -> Exception | None:
        """Give up a connection whose server does not answer."""
        if not isinstance(context.original_exception, TimeoutError):
            return None
        context.is_disconnect = True
        return DatabaseTimeoutError("the server does not answer")


def _is_pooled(connection: AdaptedConnection) -> bool:
    """Tell whether the process that answers is another one than the one that was announced."""
    pid = connection.driver_connection.get_server_pid()
    # Without parameters, so that nothing is prepared.
    find = f"SELECT WHERE pg_backend_pid() = {pid}"
    return bool(connection.run_async(lambda driver: driver.execute(find)) == "SELECT 0")
