"""Contract, "Running it" and "Stopping": idle connections, as clients and proxies keep them."""

import random
import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support import wire
from tests.support.combinations import every_framework
from tests.support.nginx import nginx
from tests.support.services import DRAIN_SECONDS, PATIENCE_SECONDS, Service, eventually

ITEMS = "/api/v1/items"
ITEM = b'{"name": "x", "price": "1.00"}'
MANUAL = Path(__file__).parents[2] / "docs/behind-a-proxy.md"
NGINX = re.compile(r"```nginx\n(upstream .*?)\n\n(location .*?)```", re.DOTALL)
CLIENTS = 20
# About as long as nginx keeps a connection that nobody uses.
PAUSES = (0.99, 1.01)
ROUNDS = 4


@pytest.fixture(scope="session")
def brief(start_shared: Start) -> Service:
    """A service that does not keep idle connections for long."""
    return start_shared(KEEP_ALIVE_SECONDS="3")


@every_framework
def test_an_idle_connection_is_kept_as_long_as_the_setting_says(brief: Service) -> None:
    with brief.connection() as connection:
        for _ in range(2):
            connection.sendall(wire.head("GET", "/livez", "Host: x"))
            expect.ok(wire.receive(connection))
        idle_since = time.monotonic()
        assert connection.recv(1) == b""
        assert time.monotonic() - idle_since > 2.5


@every_framework
def test_no_request_is_lost_where_nginx_ends_idle_connections(
    brief: Service, tmp_path: Path
) -> None:
    shown = NGINX.search(MANUAL.read_text(encoding="utf-8"))
    assert shown
    # As the manual has it, though nginx keeps connections for one second.
    upstream = shown[1].replace(":8000", f":{brief.port}").replace("60s", "1s")
    with nginx(tmp_path / "nginx", shown[2], upstream) as port:
        assert set(answers(brief, port)) == {200, 201}


@every_framework
def test_a_client_is_told_that_its_connection_ends_with_the_service(start: Start) -> None:
    service = start()
    with service.connection() as connection:

        def told() -> bool:
            connection.sendall(wire.head("GET", "/livez", "Host: x"))
            answer = wire.receive(connection)
            expect.ok(answer)
            return str(answer.headers["connection"]).lower() == "close"

        assert not told()
        service.terminate()
        try:
            eventually(told, PATIENCE_SECONDS, "the connection goes on")
        except ConnectionError:
            # A busy machine may let the test ask only when the service has ended.
            assert time.monotonic() - service.terminated_at > DRAIN_SECONDS
        else:
            assert connection.recv(1) == b""
    service.wait()


def answers(service: Service, port: int) -> Counter[int]:
    """The statuses of many requests through nginx, each when its connection is about to end."""
    headers = dict(line.split(": ", 1) for line in service.credentials)
    headers["Content-Type"] = "application/json"

    def ask(number: int) -> Counter[int]:
        pauses = random.Random(number)  # noqa: S311 - when a request is sent is no secret
        client = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        statuses: Counter[int] = Counter()
        for turn in range(ROUNDS):
            if (number + turn) % 2:
                client.request("POST", ITEMS, ITEM, headers)
            else:
                client.request("GET", "/livez")
            answer = client.getresponse()
            answer.read()
            statuses[answer.status] += 1
            time.sleep(pauses.uniform(*PAUSES))
        client.close()
        return statuses

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(ask, range(CLIENTS)), Counter())
