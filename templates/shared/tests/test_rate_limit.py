"""The limit of requests to the API."""

from typing import Any

import pytest
from httpx2 import Client


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the limit in the environment."""
    monkeypatch.setenv("RATE_LIMIT", "3/day")


@pytest.fixture
def app(limit: None, app: Any) -> Any:
    """The application, which reads the limit when it is created."""
    return app


def test_after_too_many_requests_a_client_gets_429(client: Client) -> None:
    for left in (2, 1, 0):
        response = client.get("/api/v1/nothing")
        assert response.status_code == 404
        assert response.headers["RateLimit-Policy"] == '"default";q=3;w=86400'
        assert response.headers["RateLimit"].startswith(f'"default";r={left};t=')
    response = client.get("/api/v1/nothing")
    assert response.status_code == 429
    assert response.json()["title"] == "Too Many Requests"
    assert 1 <= int(response.headers["Retry-After"]) <= 86400


def test_probes_are_never_limited(client: Client) -> None:
    for _ in range(5):
        response = client.get("/livez")
        assert response.status_code == 200
        assert "RateLimit" not in response.headers
