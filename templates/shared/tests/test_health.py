"""Health: whether the service lives, and whether it can serve."""

from httpx2 import Client


def test_livez_says_that_the_process_runs(client: Client) -> None:
    response = client.get("/livez")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


def test_readyz_says_that_every_part_is_there(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert set(response.json()["checks"].values()) <= {"ok"}
