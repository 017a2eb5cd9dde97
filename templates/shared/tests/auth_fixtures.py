"""Fixtures of sign-in: the client of the tests is a user who signs in before the first request."""

import os
from collections.abc import Generator
from secrets import token_hex

import pytest
from httpx2 import Auth, Client, Request, Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.auth import passwords

EMAIL = "tester@example.com"
PASSWORD = "a password of the tests"


class SignInAuth(Auth):
    """Registers a user, and sends the access token with every request."""

    requires_response_body = True

    def __init__(self, email: str = EMAIL) -> None:
        self.email = email
        self.header = ""

    def auth_flow(self, request: Request) -> Generator[Request, Response, None]:
        """Sign in at the first request; a test that sends none writes nothing to the database."""
        if not self.header:
            auth = request.url.join("/api/v1/auth/")
            user = {"email": self.email, "password": PASSWORD}
            yield Request("POST", auth.join("register"), json=user)
            form = {"username": self.email, "password": PASSWORD}
            response = yield Request("POST", auth.join("token"), data=form)
            self.header = f"Bearer {response.json()['access_token']}"
        request.headers["Authorization"] = self.header
        yield request


def pytest_configure() -> None:
    """Sign the tokens of this run with a random secret."""
    os.environ["JWT_SECRET"] = token_hex(32)


@pytest.fixture(autouse=True)
def signed_in(client: Client) -> None:
    """Sign the client in; `client.auth = Auth()` signs it out."""
    client.auth = SignInAuth()


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with little effort, because the tests hash many."""
    quick = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", PasswordHash([quick]))
