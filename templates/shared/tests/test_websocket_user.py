"""Who talks over a WebSocket: only somebody who is signed in, and only as long as that lasts."""

import json
from collections.abc import Iterator

import pytest
from websockets.sync.client import ClientConnection

from tests.websocket_server import Server, read, read_end, serve

NOT_AUTHENTICATED = 4401


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Server]:
    """A service that these tests share."""
    with serve(tmp_path_factory.mktemp("service"), DATABASE_URL=database_url) as server:
        yield server


def authenticate(socket: ClientConnection, token: str) -> None:
    """Sign in with a frame, as a browser may, which cannot send the header."""
    socket.send(json.dumps({"type": "auth", "token": token}))


def test_a_socket_needs_a_good_token(server: Server) -> None:
    with server.connect("lobby", Authorization="Bearer forged") as socket:
        assert read_end(socket) == NOT_AUTHENTICATED
    with server.connect("lobby") as socket:
        authenticate(socket, "forged")
        assert read_end(socket) == NOT_AUTHENTICATED


def test_everybody_knows_who_speaks(server: Server) -> None:
    token = server.sign_in()
    with server.http() as client:
        header = {"Authorization": f"Bearer {token}"}
        user = client.get("/api/v1/auth/me", headers=header).json()["id"]
    with server.join("lobby") as eve, server.connect("lobby") as ada:
        authenticate(ada, token)
        assert read(ada) == {"type": "welcome", "room": "lobby", "user": user}
        # The name of another user in a message does not count.
        ada.send(json.dumps({"type": "message", "body": "It is me.", "user": 0}))
        assert (heard := read(eve))["user"] == user
        assert read(ada) == heard


def test_a_browser_offers_its_token_as_a_sub_protocol(server: Server) -> None:
    with server.connect("lobby", "chat.v1", f"bearer.{server.sign_in()}") as socket:
        assert socket.subprotocol == "chat.v1"
        assert read(socket)["type"] == "welcome"
    with server.connect("lobby", "chat.v1", "bearer.forged") as socket:
        assert read_end(socket) == NOT_AUTHENTICATED


def test_signing_out_closes_the_sockets_of_the_session(server: Server) -> None:
    token = server.sign_in()
    with server.connect("lobby", Authorization=f"Bearer {token}") as socket:
        assert read(socket)["type"] == "welcome"
        with server.http() as client:
            client.post("/api/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})
        assert read_end(socket) == NOT_AUTHENTICATED
