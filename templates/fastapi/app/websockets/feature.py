"""Rooms, as the application brings them in."""

from fastapi import FastAPI

from app.server.websocket_middleware import WebSocketMiddleware
from app.settings import Settings
from app.websockets import demo_page, routes
from app.websockets.rooms import Rooms


def init_app(app: FastAPI, settings: Settings) -> None:
    """Let clients talk in rooms."""
    app.state.rooms = Rooms(settings.websocket_max_connections)
    app.include_router(routes.router)
    if settings.environment == "development":
        app.include_router(demo_page.router)
    app.add_middleware(WebSocketMiddleware, settings=settings)
