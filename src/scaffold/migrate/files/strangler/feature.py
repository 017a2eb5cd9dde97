"""Adds the old application, which answers what the new one does not yet."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import APIRouter, FastAPI

from app.server.setting_types import split_words
from app.settings import Settings
from app.strangler import document
from app.strangler.mount import OldApplication
from app.strangler.old_application import close_flask, create_flask
from app.strangler.routes import OldRoutes, list_routes
from app.strangler.settings import ALL_ROUTES

# Only the new application knows when the process is about to end.
HEALTH = {"GET:/livez", "GET:/readyz"}


def init_app(app: FastAPI, settings: Settings) -> None:
    """Add the routes of the old application after all others; those of OLD_ROUTES come first."""
    flask = create_flask(settings)
    old = OldApplication(flask, settings.old_threads)
    known = list_routes(flask).keys()
    all_of_them = settings.old_routes == ALL_ROUTES
    back = frozenset(known - HEALTH if all_of_them else split_words(settings.old_routes))
    if unknown := sorted(back - known):
        sys.exit(f"OLD_ROUTES: the old application has no {unknown[0]}")

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await to_thread.run_sync(old.close)
        close_flask(flask)

    app.include_router(APIRouter(lifespan=lifespan))
    if back:
        app.router.routes.insert(0, OldRoutes(old, back))
    app.router.routes.append(OldRoutes(old))
    document.init_app(app, flask)
