"""Run one statement on the server of DATABASE_URL, with the driver of the Flask service.

python execute.py STATEMENT
"""

import os
import sys

from pydantic import ValidationError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from app.database_url import DatabaseSettings

try:
    url = DatabaseSettings(database_url=os.environ["DATABASE_URL"]).database_url
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(sys.argv[1]))
except ValidationError as error:
    sys.exit(error.errors()[0]["msg"])
except SQLAlchemyError as error:
    cause = getattr(error, "orig", None) or error
    sys.exit(" ".join(str(cause).split()))
