"""Run the migrations on the database of the settings, or on the one that a test names."""

import asyncio
import sys

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

import app.main  # noqa: F401  (knows every model)
from app.database import create_engine
from app.database_errors import CONNECTION_HINT, LOCK_HINT, why_unavailable
from app.database_url import DatabaseSettings
from app.logging import configure_logging
from app.models import Base
from app.settings import load_settings
from migrations import autogenerate


def migrate(connection: Connection) -> None:
    """Run the migrations of the Alembic command."""
    if connection.dialect.name == "sqlite":
        # It alters a table by copying it, to which rows of others refer meanwhile.
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        connection.commit()
    context.configure(connection, target_metadata=Base.metadata, **autogenerate.options)
    with context.begin_transaction():
        context.run_migrations()


async def main(settings: DatabaseSettings) -> None:
    """Connect to the database and migrate it."""
    engine = create_engine(settings.for_migrations())
    try:
        connection = await engine.connect()
    except (OSError, SQLAlchemyError) as error:
        reason = str(why_unavailable(error) or error).splitlines()[0]
        sys.exit(f"DATABASE_URL: no connection: {reason}\n{CONNECTION_HINT}")
    try:
        await connection.run_sync(migrate)
    except SQLAlchemyError as error:
        if reason := why_unavailable(error):
            sys.exit(f"The migration has stopped: {reason}\n{LOCK_HINT}")
        raise
    finally:
        await connection.close()
        await engine.dispose()


if url := context.config.attributes.get("database_url"):
    settings = DatabaseSettings(database_url=url)
else:
    settings = load_settings()
    configure_logging(settings)
asyncio.run(main(settings))
