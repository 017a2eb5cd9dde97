"""Contract, "Every response": JSON, request ids, security headers, problems."""

import json

import httpx
import pytest

from tests.contract import expect
from tests.support import wire
from tests.support.combinations import Combination, every_service
from tests.support.services import Service

pytestmark = every_service

NOWHERE = [
    "/nothing",
    "/livez/",
    "/livez/more",
    "/LIVEZ",
    "/docs/",
    "/openapi.json/",
    "/api/v1/items/",
    "/api/v2/items",
    "/favicon.ico",
    "/.env",
    "/static/../app/main.py",
    "/a;b",
    "/%C3%A9t%C3%A9",
]


def test_json_is_compact(service: Service) -> None:
    answer = service.client.get("/livez")
    expect.ok(answer)
    assert answer.content == b'{"status":"ok"}'


@pytest.mark.parametrize("request_id", ["a", "A.b_c-9", "0" * 128, ".", "-"])
def test_a_proper_request_id_is_echoed(service: Service, request_id: str) -> None:
    answer = service.client.get("/livez", headers={"X-Request-ID": request_id})
    expect.ok(answer)
    assert answer.headers.get_list("x-request-id") == [request_id]


@pytest.mark.parametrize(
    "request_id",
    ["", "a" * 129, "a b", "a/b", "a,b", "<script>", "é", "a:b", "a\tb", "%0d%0aSet-Cookie:x"],
)
def test_an_improper_request_id_is_replaced(service: Service, request_id: str) -> None:
    answer = wire.exchange(service, "GET", "/livez", "Host: x", f"X-Request-ID: {request_id}")
    expect.ok(answer)
    assert expect.MADE_REQUEST_ID.fullmatch(answer.headers["x-request-id"])


def test_every_request_gets_an_id_of_its_own(service: Service) -> None:
    ids = {service.client.get("/livez").headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(expect.MADE_REQUEST_ID.fullmatch(request_id) for request_id in ids)


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_a_404_problem(service: Service, method: str, path: str) -> None:
    # Sent bare: a client would tidy the path up first.
    answer = wire.exchange(service, method, path, "Host: x", "Content-Length: 0")
    problem = expect.problem(answer, 404, instance=answer.json()["instance"])
    if path.isascii() and "%" not in path and ".." not in path:
        assert problem["instance"] == path


@pytest.mark.parametrize(("method", "with_pages"), [("GET", 303), ("POST", 405), ("DELETE", 405)])
def test_the_root_is_a_404_problem_unless_pages_begin_there(
    service: Service, combination: Combination, method: str, with_pages: int
) -> None:
    answer = service.client.request(method, "/")
    if combination.pages == "none":
        expect.problem(answer, 404, instance="/")
    else:
        assert answer.status_code == with_pages


@pytest.mark.parametrize(
    "path",
    ["/%00", "/%ff", "/a%2Fb", "/%0d%0aX-Evil:1", "/livez%0A", "/docs/%0A", "/" + "a" * 2000],
)
def test_a_strange_path_is_a_404_problem(service: Service, path: str) -> None:
    answer = service.client.get(path)
    expect.problem(answer, 404, instance=answer.json()["instance"])
    assert "x-evil" not in answer.headers


def test_the_instance_has_no_query(service: Service) -> None:
    answer = service.client.get("/nothing?secret=1")
    expect.problem(answer, 404, instance="/nothing")


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
)
@pytest.mark.parametrize("path", ["/livez", "/readyz", "/openapi.json", "/docs"])
def test_a_wrong_method_is_a_405_problem(service: Service, method: str, path: str) -> None:
    answer = service.client.request(method, path)
    expect.problem(answer, 405, instance=path)
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/openapi.json", "/docs", "/nothing"])
def test_head_answers_like_get_without_a_body(service: Service, path: str) -> None:
    def headers(answer: httpx.Response) -> dict[str, str]:
        own = {"date", "x-request-id"}
        return {name: value for name, value in answer.headers.items() if name not in own}

    get, head = service.client.get(path), service.client.head(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    if get.is_success:
        assert headers(head) == headers(get)


def test_the_members_of_a_problem_keep_their_order(service: Service) -> None:
    content = json.loads(service.client.get("/nothing").content)
    assert list(content) == ["type", "title", "status", "detail", "instance", "request_id"]


def test_a_header_appears_once(service: Service) -> None:
    for path in ("/livez", "/nothing", "/docs", "/openapi.json"):
        names = [name.lower() for name, _ in service.client.get(path).headers.multi_items()]
        assert sorted(names) == sorted(set(names)), path


def test_a_connection_serves_many_requests(service: Service) -> None:
    with service.connection() as connection:
        for path, status in (("/livez", 200), ("/nothing", 404), ("/livez", 200)):
            connection.sendall(wire.head("GET", path, "Host: x"))
            assert wire.receive(connection).status_code == status


def test_a_request_that_is_no_http_does_no_harm(service: Service) -> None:
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\x00" * 100):
        with service.connection() as connection:
            connection.sendall(garbage)
    expect.ok(service.client.get("/livez"))
