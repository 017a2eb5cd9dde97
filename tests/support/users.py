"""Users of a service, and the sessions that they begin."""

import random
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.support.services import Service
from tests.support.tokens import claims_of, header_of, sign

AUTH = "/api/v1/auth"
# Longer than any run of the tests.
LASTING_SECONDS = 24 * 60 * 60
PASSWORD = "correct horse battery staple"
# Argon2id of it with parameters of yesterday.
WEAK_HASH = "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$GpPstgPksP4nkcuC/OG49Q"


def new_email() -> str:
    """An address that nobody has."""
    return f"{uuid4().hex}@example.org"


def new_address() -> str:
    """A loopback address that no other test calls from: failed sign-ins are counted for each."""
    return ".".join(["127", *(str(random.randint(1, 254)) for _ in range(3))])  # noqa: S311


@dataclass(frozen=True)
class Session:
    """What a sign-in or a refresh gave to a user."""

    client: httpx.Client
    access_token: str
    refresh_token: str

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request with the access token."""
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return self.client.request(method, path, headers=headers, **options)

    def me(self) -> httpx.Response:
        return self.ask("GET", f"{AUTH}/me")

    def log_out(self) -> httpx.Response:
        return self.ask("POST", f"{AUTH}/logout")

    def send_refresh(self) -> httpx.Response:
        """Spend the refresh token."""
        return self.client.post(f"{AUTH}/refresh", json={"refresh_token": self.refresh_token})

    def refreshed(self) -> "Session":
        """The session with the pair that its refresh token is good for."""
        return session_of(self.client, self.send_refresh())


@dataclass(frozen=True)
class User:
    """Somebody with an account, who calls from an address of their own."""

    client: httpx.Client
    id: int
    email: str
    password: str

    def send_credentials(self, password: str | None = None, **form: str) -> httpx.Response:
        """Try to sign in, with the right password unless told otherwise."""
        return self.client.post(
            f"{AUTH}/token",
            data={"username": self.email, "password": password or self.password, **form},
        )

    def sign_in(self) -> Session:
        return session_of(self.client, self.send_credentials())


def session_of(client: httpx.Client, answer: httpx.Response) -> Session:
    """The session that an answer with two tokens speaks of."""
    assert answer.status_code == 200, answer.content
    pair = answer.json()
    return Session(client, pair["access_token"], pair["refresh_token"])


def register(client: httpx.Client, email: str | None = None, password: str = PASSWORD) -> User:
    """Make an account; a new one unless told otherwise."""
    email = email or new_email()
    answer = client.post(f"{AUTH}/register", json={"email": email, "password": password})
    assert answer.status_code == 201, answer.content
    return User(client, answer.json()["id"], email, password)


def lasting_token(service: Service) -> str:
    """An access token of a new user, signed here to live longer than all tests."""
    with service.client_at(new_address()) as client:
        token = register(client).sign_in().access_token
    claims = claims_of(token)
    claims["exp"] = claims["iat"] + LASTING_SECONDS
    return sign(header_of(token), claims, service.settings["JWT_SECRET"])
