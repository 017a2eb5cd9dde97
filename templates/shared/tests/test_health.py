"""Health: whether the process runs, and whether it can serve."""

from httpx2 import Client


def test_the_service_lives_and_can_serve(client: Client) -> None:
    assert client.get("/livez").json() == {"status": "ok"}
    assert client.get("/readyz").json()["status"] == "ok"
