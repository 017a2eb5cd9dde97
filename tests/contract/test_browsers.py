"""CORS and trusted hosts: both closed or open by one setting."""

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support import wire
from tests.support.combinations import every_framework
from tests.support.services import Service

pytestmark = every_framework

ITEMS = "/api/v1/items"
FRIEND, OTHER_FRIEND, STRANGER = "https://a.example", "http://b.example:3000", "https://c.example"
CORS_HEADERS = {
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
}


@pytest.fixture(scope="session")
def open_service(start_shared: Start) -> Service:
    """A service that two other origins may call, under three host names."""
    return start_shared(
        CORS_ORIGINS=f"{FRIEND}, {OTHER_FRIEND}", TRUSTED_HOSTS="127.0.0.1,api.example"
    )


def words(header: str) -> set[str]:
    return {word.strip().lower() for word in header.split(",")}


def preflight(origin: str, method: str = "POST") -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type",
    }


def test_cors_is_closed_unless_it_is_opened(service: Service) -> None:
    answer = service.client.get("/livez", headers={"Origin": FRIEND})
    expect.ok(answer)
    assert not CORS_HEADERS & set(answer.headers)
    refused = service.client.options("/livez", headers=preflight(FRIEND))
    expect.problem(refused, 405, instance="/livez")
    assert not CORS_HEADERS & set(refused.headers)


@pytest.mark.parametrize("origin", [FRIEND, OTHER_FRIEND])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/livez"), ("GET", "/nothing"), ("PUT", ITEMS), ("POST", ITEMS), ("GET", ITEMS)],
)
def test_an_allowed_origin_may_read_every_answer(
    open_service: Service, origin: str, method: str, path: str
) -> None:
    answer = open_service.client.request(method, path, headers={"Origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert words(answer.headers["access-control-expose-headers"]) == {
        "location",
        "retry-after",
        "x-request-id",
    }
    assert "origin" in words(answer.headers["vary"])
    assert "access-control-allow-credentials" not in answer.headers
    expect.secured(answer)


@pytest.mark.parametrize("path", ["/livez", ITEMS, f"{ITEMS}/1"])
def test_a_preflight_of_an_allowed_origin_is_answered(open_service: Service, path: str) -> None:
    answer = open_service.client.options(path, headers=preflight(FRIEND))
    assert answer.status_code == 204
    assert answer.content == b""
    assert "content-length" not in answer.headers
    expect.secured(answer)
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert {"get", "post", "patch", "delete"} <= words(
        answer.headers["access-control-allow-methods"]
    )
    assert words(answer.headers["access-control-allow-headers"]) == {
        "authorization",
        "content-type",
        "x-request-id",
    }
    assert answer.headers["access-control-max-age"] == "600"
    assert "origin" in words(answer.headers["vary"])
    assert "access-control-allow-credentials" not in answer.headers


@pytest.fixture(scope="session")
def particular(start_shared: Start) -> Service:
    """A service that another origin, written in capitals, may call in some ways."""
    return start_shared(
        CORS_ORIGINS="HTTPS://A.example", CORS_METHODS="get, POST", CORS_HEADERS="X-Own,X-Other"
    )


def test_methods_and_headers_of_other_origins_are_settings(particular: Service) -> None:
    answer = particular.client.options(ITEMS, headers=preflight(FRIEND))
    assert answer.headers["access-control-allow-methods"] == "GET, POST"
    assert answer.headers["access-control-allow-headers"] == "X-Own, X-Other"


def test_an_origin_may_be_written_in_capitals(particular: Service) -> None:
    answer = particular.client.get("/livez", headers={"Origin": FRIEND})
    assert answer.headers["access-control-allow-origin"] == FRIEND


@pytest.mark.parametrize(
    "origin",
    [
        STRANGER,
        "null",
        "https://a.example.evil.example",
        "https://a.example:8443",
        "http://a.example",
        "https://evil-a.example",
        "https://a.example/",
        "",
    ],
)
def test_another_origin_gets_nothing(open_service: Service, origin: str) -> None:
    for answer in (
        open_service.client.get("/livez", headers={"Origin": origin}),
        open_service.client.options(ITEMS, headers=preflight(origin)),
    ):
        assert not CORS_HEADERS & set(answer.headers)


def test_answers_vary_by_origin_even_without_one(open_service: Service) -> None:
    # Otherwise a cache may hand the answer without CORS headers to a browser that needs them.
    assert "origin" in words(open_service.client.get("/livez").headers["vary"])


def test_options_without_a_requested_method_is_no_preflight(open_service: Service) -> None:
    answer = open_service.client.options("/livez", headers={"Origin": FRIEND})
    expect.problem(answer, 405, instance="/livez")


def test_a_star_allows_every_origin(start: Start) -> None:
    service = start(CORS_ORIGINS="*")
    answer = service.client.get("/livez", headers={"Origin": STRANGER})
    assert answer.headers["access-control-allow-origin"] in ("*", STRANGER)
    assert "access-control-allow-credentials" not in answer.headers
    answer = service.client.options(ITEMS, headers=preflight(STRANGER))
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] in ("*", STRANGER)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9", "api.example", "API.example:80"])
def test_a_trusted_host_is_served(open_service: Service, host: str) -> None:
    expect.ok(wire.exchange(open_service, "GET", "/livez", f"Host: {host}"))


@pytest.mark.parametrize(
    "host",
    ["evil.example", "api.example.evil.example", "sub.api.example", "localhost", "[::1]"],
)
@pytest.mark.parametrize("path", [ITEMS, "/nothing", "/docs"])
def test_an_untrusted_host_is_a_400_problem(open_service: Service, host: str, path: str) -> None:
    answer = wire.exchange(open_service, "GET", path, f"Host: {host}")
    expect.problem(answer, 400, instance=path)


def test_a_forwarded_host_is_not_trusted(open_service: Service) -> None:
    answer = wire.exchange(
        open_service, "GET", "/docs", "Host: evil.example", "X-Forwarded-Host: api.example"
    )
    expect.problem(answer, 400, instance="/docs")


def test_any_host_is_served_unless_some_are_named(service: Service) -> None:
    for host in ("evil.example", "127.0.0.1", "[::1]:80"):
        expect.ok(wire.exchange(service, "GET", "/livez", f"Host: {host}"))


def test_the_host_never_stands_in_a_location(service: Service) -> None:
    body = b'{"name": "a", "price": "1.00"}'
    answer = wire.exchange(
        service,
        "POST",
        ITEMS,
        "Host: evil.example",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        body=body,
    )
    item = expect.ok(answer, 201)
    assert answer.headers["location"] == f"{ITEMS}/{item['id']}"
