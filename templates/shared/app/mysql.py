"""The connections to MySQL or MariaDB, and their time limits."""

from typing import Any

from app.database_url import DatabaseSettings

CONNECT_SECONDS = 5


def engine_options(settings: DatabaseSettings) -> dict[str, Any]:
    """Return the options of an engine; connections that the server closed are replaced."""
    return {
        "connect_args": {
            "connect_timeout": CONNECT_SECONDS,
            # Without these, a server that is cut off would be waited for without limit.
            "read_timeout": settings.database_answer_seconds,
            "init_command": _limits(settings),
        },
        # A row that another request has just changed does not cause an error.
        "isolation_level": "READ COMMITTED",
        "pool_pre_ping": True,
    }


def _limits(settings: DatabaseSettings) -> str:
    """Set the limits; each comment is a part that only one of the two servers reads."""
    lock_seconds = settings.database_lock_seconds
    statement_seconds = settings.database_statement_seconds
    return (
        f"SET SESSION lock_wait_timeout = {lock_seconds}"
        f", innodb_lock_wait_timeout = {lock_seconds}"
        f" /*M!100101 , max_statement_time = {statement_seconds} */"
        f" /*!50708 , max_execution_time = {statement_seconds * 1000} */"
    )
