"""The set-up of each connection to SQLite."""

from typing import Any


def set_up_connection(connection: Any, _record: object) -> None:
    """Enforce foreign keys, let readers read during a write, and fold the case of any letter."""
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.create_function("lower", 1, lambda text: text and text.lower(), deterministic=True)
