"""Contract, "Every response": a body over 1 MiB, declared or streamed, is a 413 problem."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.contract import expect
from tests.contract.conftest import ReadSettings, Start
from tests.support import wire
from tests.support.combinations import every_framework, every_service, every_store
from tests.support.services import Service

LIMIT = 1024 * 1024
ITEMS = "/api/v1/items"


def padded(size: int) -> bytes:
    """A good item of exactly that many bytes."""
    item = b'{"name": "padded", "price": "1.00"}'
    return item + b" " * (size - len(item))


def streamed(body: bytes) -> Iterator[bytes]:
    """Without a length, so that the client sends it chunked."""
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


@every_store
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "streamed"])
@pytest.mark.parametrize(("size", "status"), [(LIMIT - 1, 201), (LIMIT, 201), (LIMIT + 1, 413)])
def test_the_limit_is_exact(service: Service, size: int, status: int, chunked: bool) -> None:
    body = streamed(padded(size)) if chunked else padded(size)
    answer = service.client.post(ITEMS, content=body, headers={"Content-Type": "application/json"})
    if status == 413:
        expect.problem(answer, 413, instance=ITEMS)
    else:
        expect.ok(answer, status)


@every_store
@pytest.mark.parametrize(("method", "path"), [("POST", ITEMS), ("PATCH", f"{ITEMS}/1")])
@pytest.mark.parametrize("length", [LIMIT + 1, 10**15])
# curl asks before it sends a large body.
@pytest.mark.parametrize("more", [(), ("Expect: 100-continue",)], ids=["", "expect"])
def test_a_declared_length_is_refused_before_the_body_is_sent(
    service: Service, method: str, path: str, length: int, more: tuple[str, ...]
) -> None:
    headers = ("Host: x", "Content-Type: application/json", f"Content-Length: {length}", *more)
    with service.connection() as connection:
        connection.sendall(wire.head(method, path, *headers))
        expect.problem(wire.receive(connection), 413, instance=path)


@every_store
def test_a_client_that_asks_first_is_told_to_go_on(service: Service) -> None:
    body = padded(100)
    headers = ("Host: x", "Content-Type: application/json", "Content-Length: 100")
    asks = (*headers, *service.credentials, "Expect: 100-continue")
    with service.connection() as connection:
        connection.sendall(wire.head("POST", ITEMS, *asks))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(body)
        expect.ok(wire.receive(connection), 201)


@every_store
def test_an_endless_stream_is_refused_before_its_end(service: Service) -> None:
    headers = ("Host: x", "Content-Type: application/json", "Transfer-Encoding: chunked")
    with service.connection() as connection:
        connection.sendall(wire.head("POST", ITEMS, *headers))
        with suppress(ConnectionError):  # refused already
            for _ in range(17):
                connection.sendall(wire.chunk(b" " * 65536))
        expect.problem(wire.receive(connection), 413, instance=ITEMS)


@every_service
def test_the_service_goes_on_after_large_bodies(service: Service) -> None:
    for path in ("/livez", "/nothing"):
        answer = service.client.post(path, content=b" " * (LIMIT + 1))
        assert answer.status_code in {404, 405, 413}
        expect.problem(answer, answer.status_code, instance=path)
    expect.ok(service.client.get("/livez"))


@pytest.fixture(scope="session")
def by_path(start_shared: Start) -> Service:
    """A service with other limits for some paths, a proxy that strips a prefix in front."""
    return start_shared(
        BODY_LIMITS=f"/api/v1={2 * LIMIT}, {ITEMS}/=200, /nothing=5 /nothing/large=10000000",
        ROOT_PATH="/shop",
    )


@every_framework
@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/v1/nothing", 2 * LIMIT),
        (ITEMS, 200),
        (f"{ITEMS}/1", 200),
        # It only begins with the same letters.
        (f"{ITEMS}x", 2 * LIMIT),
        ("/nothing", 5),
        ("/nothing%2Flarge/file?x=/nothing", 10_000_000),
        ("/other", LIMIT),
    ],
)
def test_a_path_may_have_a_limit_of_its_own(by_path: Service, path: str, limit: int) -> None:
    answer = by_path.client.post(path, content=b"x" * limit)
    assert answer.status_code in {404, 405, 422}
    answer = by_path.client.post(path, content=b"x" * (limit + 1))
    assert answer.status_code == 413
    assert answer.json()["detail"] == f"The request body is larger than {limit} bytes."


@pytest.fixture(scope="session", params=[1000, 2 * LIMIT])
def of_items(request: pytest.FixtureRequest, start_shared: Start) -> tuple[Service, int]:
    """A service with another limit for items, smaller or larger than that of all paths."""
    return start_shared(BODY_LIMITS=f"{ITEMS}={request.param}"), request.param


@every_framework
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "streamed"])
def test_the_limit_of_a_path_is_exact(of_items: tuple[Service, int], chunked: bool) -> None:
    service, limit = of_items
    for size, status in ((limit, 201), (limit + 1, 413)):
        body = streamed(padded(size)) if chunked else padded(size)
        headers = {"Content-Type": "application/json"}
        answer = service.client.post(ITEMS, content=body, headers=headers)
        assert answer.status_code == status


@every_framework
@pytest.mark.parametrize(
    "value",
    ["5", "/uploads", "uploads=5", "/uploads=0", "/uploads=5MB", "/uploads=-1", '{"/uploads": 5}'],
)
def test_a_wrong_limit_is_refused_in_one_line(read_settings: ReadSettings, value: str) -> None:
    (said,) = read_settings({"BODY_LIMITS": value}).refusal.splitlines()
    assert said.startswith("BODY_LIMITS: ")
