"""Adds sign-in to the application."""

from fastapi import FastAPI
from fastapi.security import OAuth2PasswordBearer

from app.auth.current_user import bearer
from app.auth.routes import router
from app.settings import Settings


def init_app(app: FastAPI, settings: Settings) -> None:
    """Add the routes of sign-in."""
    bearer.model = OAuth2PasswordBearer(f"{settings.root_path}/api/v1/auth/token").model
    app.include_router(router)
