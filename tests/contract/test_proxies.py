"""Contract, "Behind a proxy": what a proxy says of a request counts where the proxy is trusted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.contract import expect
from tests.contract.conftest import ReadSettings, Start
from tests.support import wire
from tests.support.combinations import Combination, every_bare_socket, every_framework
from tests.support.projects import copy
from tests.support.services import Service
from tests.support.sockets import TEXT, knock, new_room

ECHO = {
    "fastapi": """
    from fastapi import Request

    @app.get("/echo")
    async def echo(request: Request) -> dict[str, object]:
        return {"client": request.client and request.client.host, "url": str(request.url)}

""",
    "flask": """
    from flask import request

    @app.get("/echo")
    def echo() -> dict[str, object]:
        return {"client": request.remote_addr, "url": request.url}

""",
}
FORWARDED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "shop.example",
}


@pytest.fixture(scope="session")
def echoing(
    combination: Combination, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The project with a route that tells what the application knows of a request."""
    own = copy(project, tmp_path_factory.mktemp(f"echo-{combination}") / "own")
    main = own / "app/main.py"
    end = "    return app\n"
    main.write_text(main.read_text().replace(end, ECHO[combination.framework] + end))
    return own


@pytest.fixture(scope="session")
def behind(start_shared: Start, echoing: Path) -> Service:
    """A service that trusts the proxies of this machine, and one network more."""
    return start_shared(project=echoing, TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8 2001:db8:ffff::/48")


def told(service: Service, headers: Mapping[str, str] | list[tuple[str, str]] = {}) -> Any:  # noqa: B006
    """What the application says of a request with these headers."""
    headers = list(headers.items()) if isinstance(headers, Mapping) else headers
    return expect.ok(service.client.get("/echo", headers=[("Host", "inner"), *headers]))


@every_framework
@pytest.mark.parametrize("trusted", ["", "10.0.0.0/8, ::1"])
def test_nobody_else_says_who_the_client_is_and_where_it_asks(
    start: Start, echoing: Path, trusted: str
) -> None:
    # What servers and their tools read from the environment by themselves.
    service = start(project=echoing, TRUSTED_PROXIES=trusted, FORWARDED_ALLOW_IPS="*")
    for more in ({}, {"SCRIPT_NAME": "/ec"}, {"Script-Name": "/ec"}, {"Path-Info": "/livez"}):
        answer = told(service, FORWARDED | {"X-Forwarded-Ssl": "on"} | more)
        assert answer == {"client": "127.0.0.1", "url": "http://inner/echo"}


@every_framework
def test_a_trusted_proxy_says_it(behind: Service) -> None:
    known = {"client": "203.0.113.7", "url": "https://shop.example/echo"}
    assert told(behind, FORWARDED) == known
    assert told(behind) == {"client": "127.0.0.1", "url": "http://inner/echo"}


@every_framework
@pytest.mark.parametrize(
    ("addresses", "client"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7, 10.1.2.3,10.3.2.1"], "203.0.113.7"),
        (["203.0.113.7, 2001:db8:ffff::1"], "203.0.113.7"),
        (["203.0.113.7:1234"], "203.0.113.7"),
        (["203.0.113.7:1234, 10.0.0.1:80"], "203.0.113.7"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]"], "2001:db8::1"),
        (["[2001:db8::1]:1234, [2001:db8:ffff::1]:443"], "2001:db8::1"),
        # Where an address cannot be read, the proxy before it is all that is known.
        (["203.0.113.7, unknown"], "127.0.0.1"),
        (["203.0.113.7, unknown, 10.0.0.1"], "10.0.0.1"),
        (["203.0.113.7:port"], "127.0.0.1"),
        (["[203.0.113.7"], "127.0.0.1"),
        (["10.0.0.1, 10.0.0.2"], "10.0.0.1"),
        ([""], "127.0.0.1"),
    ],
)
def test_the_client_is_the_rightmost_address_that_is_no_proxy(
    behind: Service, addresses: list[str], client: str
) -> None:
    headers = [("X-Forwarded-For", value) for value in addresses]
    assert told(behind, headers)["client"] == client


@every_framework
@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"X-Forwarded-Proto": "https"}, "https://inner/echo"),
        ({"X-Forwarded-Proto": "HTTPS"}, "https://inner/echo"),
        ({"X-Forwarded-Proto": "http"}, "http://inner/echo"),
        ({"X-Forwarded-Host": "shop.example:8443"}, "http://shop.example:8443/echo"),
        ({"X-Forwarded-Host": "[2001:db8::1]:8443"}, "http://[2001:db8::1]:8443/echo"),
        # Only these two schemes there are, and a host is only a name and a port.
        ({"X-Forwarded-Proto": "javascript"}, "http://inner/echo"),
        ({"X-Forwarded-Proto": ""}, "http://inner/echo"),
        ({"X-Forwarded-Host": "evil.example/path"}, "http://inner/echo"),
        ({"X-Forwarded-Host": "a@evil.example"}, "http://inner/echo"),
        # A client wrote the first value, and the one proxy the second.
        (
            {
                "X-Forwarded-For": "203.0.113.7",
                "X-Forwarded-Proto": "https, http",
                "X-Forwarded-Host": "evil.example, shop.example",
            },
            "http://shop.example/echo",
        ),
        # The farther of two proxies met the client.
        (
            {
                "X-Forwarded-For": "203.0.113.7, 10.0.0.1",
                "X-Forwarded-Proto": "https, http",
                "X-Forwarded-Host": "evil.example, shop.example, 10.0.0.2",
            },
            "https://shop.example/echo",
        ),
        # It is the only one that wrote a value.
        (
            {"X-Forwarded-For": "203.0.113.7, 10.0.0.1", "X-Forwarded-Proto": "https"},
            "https://inner/echo",
        ),
    ],
)
def test_the_scheme_and_the_host_are_those_of_the_proxy_that_met_the_client(
    behind: Service, headers: dict[str, str], url: str
) -> None:
    assert told(behind, headers)["url"] == url


@every_framework
def test_the_host_that_a_proxy_names_is_the_one_to_be_trusted(start: Start) -> None:
    service = start(TRUSTED_PROXIES="127.0.0.1", TRUSTED_HOSTS="shop.example")
    inner, shop, evil = ("inner", "shop.example", "evil.example")
    for host, forwarded, status in ((inner, shop, 200), (shop, evil, 400), (shop, shop, 200)):
        headers = (f"Host: {host}", f"X-Forwarded-Host: {forwarded}")
        assert wire.exchange(service, "GET", "/docs", *headers).status_code == status


@every_bare_socket
def test_a_page_of_the_host_that_a_proxy_names_may_open_sockets(start: Start) -> None:
    service = start(TRUSTED_PROXIES="127.0.0.1")
    named = ("Host: inner", "X-Forwarded-Host: shop.example")
    with knock(service, new_room(), "Origin: https://shop.example", *named) as entered:
        assert entered.receive().opcode == TEXT
    with knock(service, new_room(), "Origin: https://inner", *named) as entered:
        assert entered.turned_away() == 4403


@every_framework
@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.0/33", "10.0.0.0/8, *", "10.0.0.1/8"])
def test_a_wrong_network_is_refused_in_one_line(read_settings: ReadSettings, value: str) -> None:
    (said,) = read_settings({"TRUSTED_PROXIES": value}).refusal.splitlines()
    assert said.startswith("TRUSTED_PROXIES: ")
