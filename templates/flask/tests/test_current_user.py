"""How to test a view as a user who has no password and no session: look up another one."""

from datetime import UTC, datetime
from uuid import uuid4

from flask import Flask
from httpx2 import Auth, Client

from app.auth import tokens
from app.auth.models import User


def test_a_view_sees_the_user_that_is_looked_up(app: Flask, client: Client) -> None:
    user = User(id=7, email="ada@example.com", created_at=datetime(2026, 1, 1, tzinfo=UTC))
    app.extensions["flask-jwt-extended"].user_lookup_loader(lambda _header, _payload: user)
    with app.app_context():
        token = tokens.issue(7, str(uuid4()), str(uuid4()), fresh=True).access_token
    client.auth = Auth()
    client.headers["Authorization"] = f"Bearer {token}"
    assert client.get("/api/v1/auth/me").json()["email"] == "ada@example.com"
