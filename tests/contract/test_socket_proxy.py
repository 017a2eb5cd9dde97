"""Contract, "WebSockets" behind the nginx of the manual, on a port of its own."""

import re
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.contract.conftest import NewUser, Start
from tests.support.combinations import every_bare_socket, every_signed_in_socket
from tests.support.nginx import nginx
from tests.support.projects import REPOSITORY
from tests.support.services import PATIENCE_SECONDS, Service

FOREIGN = "4403"


def example(service: Service) -> str:
    """The location that the manual shows."""
    page = (REPOSITORY / "docs/websockets.md").read_text(encoding="utf-8")
    (location,) = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    return str(location).replace("http://service", f"http://127.0.0.1:{service.port}")


def opened(port: int, page: str, *offers: str) -> ClientConnection:
    """A socket of a page, through the proxy."""
    return connect(
        f"ws://127.0.0.1:{port}/ws/rooms/lobby",
        origin=Origin(page),
        subprotocols=[Subprotocol(name) for name in offers] or None,
        open_timeout=PATIENCE_SECONDS,
        proxy=None,
    )


def welcomes(port: int, page: str) -> bool:
    """Whether a page's socket is let in, or closed as foreign."""
    with opened(port, page) as client:
        try:
            first = str(client.recv(PATIENCE_SECONDS))
        except ConnectionClosed:
            first = str(client.close_code)
    assert '"welcome"' in first or first == FOREIGN
    return first != FOREIGN


@every_bare_socket
def test_a_page_at_the_proxys_port_may_open_a_socket(service: Service, tmp_path: Path) -> None:
    with nginx(tmp_path, example(service)) as port:
        assert welcomes(port, f"http://127.0.0.1:{port}")
        assert not welcomes(port, "http://127.0.0.1")
        assert not welcomes(port, f"http://127.0.0.1:{service.port}")


@every_bare_socket
def test_the_host_that_a_proxy_names_counts_where_it_is_trusted(
    service: Service, start: Start, tmp_path: Path
) -> None:
    trusting = start(TRUSTED_PROXIES="127.0.0.1")
    named = "proxy_set_header X-Forwarded-Host $http_host;"
    for asked, trusted in ((service, False), (trusting, True)):
        location = example(asked).replace("proxy_set_header Host $http_host;", named)
        with nginx(tmp_path / str(trusted), location) as port:
            assert welcomes(port, f"http://127.0.0.1:{port}") == trusted
            assert welcomes(port, f"http://127.0.0.1:{asked.port}") != trusted


@every_signed_in_socket
def test_a_browser_signs_in_with_what_it_offers(
    service: Service, new_user: NewUser, tmp_path: Path
) -> None:
    user = new_user()
    token = f"bearer.{user.sign_in().access_token}"
    with (
        nginx(tmp_path, example(service)) as port,
        opened(port, f"http://127.0.0.1:{port}", "chat.v1", token) as client,
    ):
        assert client.subprotocol == "chat.v1"
        assert f'"user":{user.id}' in str(client.recv(PATIENCE_SECONDS))
