"""The database: its engine and its sessions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request
from sqlalchemy import event, make_url, select
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from app.checks import bounded


def create_engine(database_url: str) -> AsyncEngine:
    """Create the engine; it connects when it is first used."""
    if make_url(database_url).get_backend_name() != "sqlite":
        # Younger than any firewall's patience. Asking before each use (`pool_pre_ping`) would cost
        # every request a round trip; a lost server is noticed by /readyz, which empties the pool.
        return create_async_engine(database_url, pool_recycle=300)
    engine = create_async_engine(database_url)
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    return engine


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep the engine as long as the service runs."""
    engine = create_engine(app.state.settings.database_url)

    async def check() -> None:
        async with engine.connect() as connection:
            await connection.execute(select(1))

    app.state.engine = engine
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    app.state.checks["database"] = bounded("database", check)
    yield
    await engine.dispose()


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Lend a session to a request; what is not committed is rolled back."""
    async with request.app.state.sessions() as session:
        yield session


# Given back before the answer is sent, so that a slow client holds no connection.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """Enforce foreign keys, let readers go on while one writes, and fold the case of any letter."""
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "busy_timeout = 5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
    connection.create_function("lower", 1, lambda text: text and text.lower())
