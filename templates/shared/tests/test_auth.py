"""Sign-in: register, get tokens, refresh them, sign out."""

import jwt
import pytest
from httpx2 import Auth, Client, Response

AUTH = "/api/v1/auth"
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def anonymous(client: Client, signed_in: None) -> None:
    """Begin without a token."""
    client.auth = Auth()


def register(client: Client, email: str = EMAIL, password: str = PASSWORD) -> Response:
    """Create a user."""
    return client.post(f"{AUTH}/register", json={"email": email, "password": password})


def sign_in(client: Client, email: str = EMAIL, password: str = PASSWORD) -> Response:
    """Ask for tokens."""
    return client.post(f"{AUTH}/token", data={"username": email, "password": password})


def new_user(client: Client, email: str = EMAIL) -> dict[str, str]:
    """Create a user and return the tokens."""
    assert register(client, email).status_code == 201
    tokens: dict[str, str] = sign_in(client, email).json()
    return tokens


def refresh(client: Client, tokens: dict[str, str]) -> Response:
    """Spend the refresh token."""
    return client.post(f"{AUTH}/refresh", json={"refresh_token": tokens["refresh_token"]})


def bearer(tokens: dict[str, str]) -> dict[str, str]:
    """Return the header with the access token."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def me(client: Client, tokens: dict[str, str]) -> Response:
    """Read the user who is signed in."""
    return client.get(f"{AUTH}/me", headers=bearer(tokens))


def test_a_registered_user_can_sign_in(client: Client) -> None:
    user = register(client, "Ada@Example.com").json()
    assert user == {"id": user["id"], "email": EMAIL, "created_at": user["created_at"]}
    response = sign_in(client, "ADA@example.com")
    assert response.headers["Cache-Control"] == "no-store"
    tokens = response.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 900)
    assert me(client, tokens).json() == user


def test_an_address_is_taken_in_upper_and_lower_case(client: Client) -> None:
    new_user(client)
    assert register(client, EMAIL.upper()).status_code == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada"),
        ("email", "a\0@example.com"),
        ("password", "short"),
        ("password", "x" * 129),
    ],
)
def test_an_invalid_registration_is_a_422(client: Client, field: str, value: str) -> None:
    response = client.post(
        f"{AUTH}/register", json={"email": EMAIL, "password": PASSWORD, field: value}
    )
    assert response.status_code == 422
    assert [error["loc"] for error in response.json()["errors"]] == [["body", field]]


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "a wrong password"), ("unknown@example.com", PASSWORD), ("a\0", PASSWORD)],
)
def test_no_answer_tells_which_addresses_exist(client: Client, email: str, password: str) -> None:
    new_user(client)
    response = sign_in(client, email, password)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["detail"] == "The address or the password is wrong."


def test_after_ten_failures_sign_ins_are_limited_for_a_while(client: Client) -> None:
    new_user(client)
    for _ in range(10):
        assert sign_in(client, password="a wrong password").status_code == 401
    response = sign_in(client)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60


def test_a_refresh_token_can_be_spent_once(client: Client) -> None:
    tokens = new_user(client)
    fresh = refresh(client, tokens).json()
    assert me(client, fresh).status_code == 200
    assert refresh(client, tokens).status_code == 401
    # It may be stolen, so the whole session ends.
    assert me(client, fresh).status_code == 401
    assert refresh(client, fresh).status_code == 401


def test_signing_out_ends_one_session(client: Client) -> None:
    tokens, elsewhere = new_user(client), sign_in(client).json()
    assert client.post(f"{AUTH}/logout", headers=bearer(tokens)).status_code == 204
    assert me(client, tokens).status_code == 401
    assert refresh(client, tokens).status_code == 401
    assert me(client, elsewhere).status_code == 200


def test_only_a_valid_access_token_opens_the_service(client: Client) -> None:
    tokens = new_user(client)
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    forged = jwt.encode(claims, "k" * 32, "HS256")
    unsigned = jwt.encode(claims, "", "none")
    for token in ("", "x", forged, unsigned, tokens["refresh_token"]):
        response = client.get(f"{AUTH}/me", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert client.get(f"{AUTH}/me").status_code == 401


def test_an_access_token_is_no_refresh_token(client: Client) -> None:
    tokens = new_user(client)
    assert refresh(client, {"refresh_token": tokens["access_token"]}).status_code == 401
    assert me(client, tokens).status_code == 200
