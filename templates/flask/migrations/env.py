"""Run the migrations on the database of the application; `flask db` calls this."""

import sys

from alembic import context
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from app.database import create_engine, db
from app.database_errors import CONNECTION_HINT, LOCK_HINT, why_unavailable
from app.models import Base
from migrations import autogenerate

options = current_app.extensions["migrate"].configure_args | autogenerate.options
options["target_metadata"] = Base.metadata

if context.is_offline_mode():
    context.configure(url=db.engine.url, literal_binds=True, **options)
    with context.begin_transaction():
        context.run_migrations()
else:
    # A separate engine, because time limits of requests must not stop a migration.
    engine = create_engine(current_app.extensions["database_settings"].for_migrations())
    try:
        connection = engine.connect()
    except SQLAlchemyError as error:
        reason = str(why_unavailable(error) or error).splitlines()[0]
        sys.exit(f"DATABASE_URL: no connection: {reason}\n{CONNECTION_HINT}")
    try:
        with connection:
            if connection.dialect.name == "sqlite":
                # It alters a table by copying it, to which rows of others refer meanwhile.
                connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
                connection.commit()
            context.configure(connection=connection, **options)
            with context.begin_transaction():
                context.run_migrations()
    except SQLAlchemyError as error:
        if reason := why_unavailable(error):
            sys.exit(f"The migration has stopped: {reason}\n{LOCK_HINT}")
        raise
    engine.dispose()
