"""Contract, "WebSockets": pages of the service itself and of CORS_ORIGINS may open a socket."""

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support.combinations import every_socket
from tests.support.services import Service
from tests.support.sockets import TEXT, knock, new_room, path_of, shake

pytestmark = every_socket

FRIEND = "https://a.example"


@pytest.fixture(scope="session")
def open_service(start_shared: Start) -> Service:
    """A service that some pages may open sockets to, under some names."""
    return start_shared(
        CORS_ORIGINS=f"{FRIEND}, http://localhost:3000",
        TRUSTED_HOSTS="x, api.example, 127.0.0.1",
    )


def may_join(service: Service, *headers: str) -> bool:
    """Whether a socket is let in, or closed as one from a foreign page."""
    with knock(service, new_room(), *headers, *service.credentials) as entered:
        return entered.receive().opcode == TEXT


def refused(service: Service, *headers: str) -> None:
    with knock(service, new_room(), *headers, *service.credentials) as entered:
        assert entered.turned_away() == 4403


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("x", "http://x"),
        ("x", "https://x"),
        ("X", "http://x"),
        ("x", "HTTPS://X"),
        ("x:8000", "http://x:8000"),
        ("api.example", "https://API.example"),
        ("api.example:8443", "https://api.example:8443"),
        ("x:80", "http://x"),
        ("x:443", "https://x"),
        ("x", FRIEND),
        ("x", "http://localhost:3000"),
    ],
)
def test_a_page_of_the_service_or_of_the_settings_may(
    open_service: Service, host: str, origin: str
) -> None:
    assert may_join(open_service, f"Host: {host}", f"Origin: {origin}")


def test_what_is_no_browser_may(open_service: Service) -> None:
    assert may_join(open_service, "Host: x")


@pytest.mark.parametrize(
    "origin",
    [
        "https://c.example",
        "http://a.example",
        "https://a.example:8443",
        "https://a.example.evil.example",
        "https://evil-a.example",
        "http://localhost",
        "http://x:81",
        "http://x.evil.example",
        "http://evil.example/x",
        "http://evil.example?x",
        "http://x@evil.example",
        "http://evil.example#x",
        "https://api.example",
        "null",
        "",
        "x",
        "http://",
        "http://[",
        "http://[::1",
        "http://x:port",
        "file://",
        "é",
        "*",
        f"{FRIEND}, {FRIEND}",
    ],
)
def test_another_page_may_not(open_service: Service, origin: str) -> None:
    refused(open_service, "Host: x", f"Origin: {origin}")


def test_with_no_setting_only_the_service_itself_may(service: Service) -> None:
    assert may_join(service, "Host: y", "Origin: http://y")
    refused(service, "Host: y", f"Origin: {FRIEND}")
    refused(service, "Host: y", "Origin: null")
    refused(service, "Host: y:80", "Origin: https://y")
    refused(service, "Host: y:443", "Origin: http://y")
    refused(service, "Host: y", "X-Forwarded-Host: z", "Origin: http://z")


def test_a_star_lets_every_page_in(start: Start) -> None:
    service = start(CORS_ORIGINS="*")
    for origin in ("https://c.example", "null"):
        assert may_join(service, f"Origin: {origin}")


def test_the_origin_is_judged_before_the_user(service: Service) -> None:
    with knock(service, new_room(), f"Origin: {FRIEND}") as entered:
        assert entered.turned_away() == 4403


@pytest.mark.parametrize("host", ["evil.example", "x.evil.example", "localhost", "[::1]"])
@pytest.mark.parametrize("room", ["lobby", "no.room"])
def test_an_untrusted_host_is_a_400_before_anything_else(
    open_service: Service, host: str, room: str
) -> None:
    answer = shake(open_service, path_of(room), f"Origin: http://{host}", host=host)
    expect.problem(answer, 400, instance=path_of(room))


def test_a_refused_page_holds_nobody_up(open_service: Service) -> None:
    for _ in range(30):
        refused(open_service, "Host: x", "Origin: https://c.example")
    assert may_join(open_service, "Host: x")
