"""The time limits of connections to PostgreSQL."""

from app.database_url import DatabaseSettings

CONNECT_SECONDS = 5


def limits_of_connection(settings: DatabaseSettings) -> str:
    """Write the statement that limits all statements of a connection."""
    return _set_limits(settings, "false")


def limits_of_transaction(settings: DatabaseSettings) -> str:
    """Write the statement that limits those of a transaction, whoever has the connection next."""
    return _set_limits(settings, "true")


def _set_limits(settings: DatabaseSettings, is_local: str) -> str:
    statement, lock = settings.database_statement_seconds, settings.database_lock_seconds
    return (
        f"SELECT set_config('statement_timeout', '{statement}s', {is_local}), "
        f"set_config('lock_timeout', '{lock}s', {is_local})"
    )
