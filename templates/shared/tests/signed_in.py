"""Who the tests are: a user who signs in before the first request."""

import os
from collections.abc import Generator
from secrets import token_hex

import pytest
from httpx2 import Auth, Client, Request, Response
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.auth import passwords

USER = {"email": "tester@example.com", "password": "a password of the tests"}


class SignedIn(Auth):
    """Registers a user, and sends the access token with every request."""

    requires_response_body = True

    def __init__(self) -> None:
        self.header = ""

    def auth_flow(self, request: Request) -> Generator[Request, Response, None]:
        """Sign in when the first request is sent; a test that sends none writes nothing."""
        if not self.header:
            auth = request.url.join("/api/v1/auth/")
            yield Request("POST", auth.join("register"), json=USER)
            form = {"username": USER["email"], "password": USER["password"]}
            response = yield Request("POST", auth.join("token"), data=form)
            self.header = f"Bearer {response.json()['access_token']}"
        request.headers["Authorization"] = self.header
        yield request


def pytest_configure() -> None:
    """Sign the tokens of this run with a secret that nobody knows."""
    os.environ["JWT_SECRET"] = token_hex(32)


@pytest.fixture(autouse=True)
def signed_in(client: Client) -> None:
    """Sign the client in; `client.auth = Auth()` signs it out."""
    client.auth = SignedIn()


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords without the effort that they deserve elsewhere."""
    quick = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", PasswordHash([quick]))
