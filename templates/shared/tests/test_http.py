"""What every response has in common: errors, headers and limits."""

from collections.abc import Callable

from httpx2 import Client


def test_an_error_is_a_problem(client: Client) -> None:
    response = client.get("/nothing")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this path.",
        "instance": "/nothing",
        "request_id": response.headers["X-Request-ID"],
    }


def test_a_refused_method_is_answered_with_those_allowed(client: Client) -> None:
    response = client.delete("/livez")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


def test_a_request_keeps_its_id(client: Client) -> None:
    response = client.head("/livez", headers={"X-Request-ID": "my-id"})
    assert response.headers["X-Request-ID"] == "my-id"
    assert response.content == b""


def test_every_response_has_the_security_headers(client: Client) -> None:
    for path in ("/livez", "/nothing", "/docs"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_a_large_body_is_refused(start: Callable[..., Client]) -> None:
    response = start(max_body_bytes=9).post("/livez", content=b"0123456789")
    assert response.status_code == 413


def test_only_the_origins_of_the_settings_may_read(start: Callable[..., Client]) -> None:
    client = start(cors_origins=["https://friend.example"])
    for origin, allowed in (("https://friend.example", True), ("https://other.example", False)):
        headers = client.get("/livez", headers={"Origin": origin}).headers
        assert ("Access-Control-Allow-Origin" in headers) == allowed


def test_only_the_hosts_of_the_settings_are_served(start: Callable[..., Client]) -> None:
    assert start(trusted_hosts=["other.example"]).get("/docs").status_code == 400


def test_the_documentation_is_served(client: Client) -> None:
    assert "/livez" in client.get("/openapi.json").json()["paths"]
    assert client.get("/docs").status_code == 200
    assert client.get("/docs/swagger-ui.js").status_code == 200
