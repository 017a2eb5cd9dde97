"""How to test a route as a user who has no password and no token: override the dependency."""

from datetime import UTC, datetime

from fastapi import FastAPI
from httpx2 import Auth, Client

from app.auth.current_user import get_current_user
from app.auth.models import User


def test_a_route_sees_the_user_of_an_override(app: FastAPI, client: Client) -> None:
    user = User(id=7, email="ada@example.com", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    app.dependency_overrides[get_current_user] = lambda: user
    client.auth = Auth()
    assert client.get("/api/v1/auth/me").json()["email"] == "ada@example.com"
