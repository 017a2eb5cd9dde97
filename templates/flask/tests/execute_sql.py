"""SQL statements outside a transaction, such as CREATE DATABASE."""

from sqlalchemy import URL, create_engine, text


def execute(url: URL, *statements: str) -> None:
    """Run the statements one after the other."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
