"""SQL statements outside a transaction, such as CREATE DATABASE."""

import asyncio

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import create_async_engine


def execute(url: URL, *statements: str) -> None:
    """Run the statements one after the other."""

    async def run() -> None:
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()

    asyncio.run(run())
