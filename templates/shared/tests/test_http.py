"""What every response has in common: errors, headers and limits."""

from httpx2 import Client


def test_an_error_is_a_problem(client: Client) -> None:
    response = client.get("/nothing", headers={"X-Request-ID": "my-id"})
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this path.",
        "instance": "/nothing",
        "request_id": "my-id",
    }


def test_a_large_body_is_a_413_and_an_untrusted_host_a_400(client: Client) -> None:
    assert client.post("/livez", content=b"x" * 10_001).status_code == 413
    assert client.get("/docs", headers={"Host": "other.example"}).status_code == 400


def test_only_an_origin_of_the_settings_may_read(client: Client) -> None:
    for origin in ("https://friend.example", "https://other.example"):
        headers = client.get("/livez", headers={"Origin": origin}).headers
        assert ("Access-Control-Allow-Origin" in headers) == (origin == "https://friend.example")


def test_the_documentation_needs_no_network(client: Client) -> None:
    assert "/livez" in client.get("/openapi.json").json()["paths"]
    for path in ("/docs", "/docs/swagger-ui.js"):
        assert "default-src 'none'" in client.get(path).headers["Content-Security-Policy"]
