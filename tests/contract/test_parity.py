"""Flask and FastAPI side by side: a client cannot tell them apart."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.contract import expect
from tests.support import wire
from tests.support.combinations import FRAMEWORKS
from tests.support.databases import fresh_database
from tests.support.projects import Projects, run
from tests.support.services import Service

ITEMS = "/api/v1/items"
JSON = "Content-Type: application/json"
ITEM = b'{"name": "thing", "description": "d", "category": "c", "price": "1.00"}'
# What a proxy or a server sets for one connection; it is no part of the answer.
HOP_BY_HOP = {"connection", "date", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Ask:
    """A request; `{id}` in the path is an item that exists."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        parts = [self.method, self.path, *self.headers, self.body.decode("ascii", "replace")]
        return " ".join(part for part in parts if part)[:80]


def get(path: str, *headers: str) -> Ask:
    return Ask("GET", path, headers=headers)


def post(body: bytes, *headers: str) -> Ask:
    return Ask("POST", ITEMS, body, headers or (JSON,))


def patch(body: bytes, *headers: str) -> Ask:
    return Ask("PATCH", f"{ITEMS}/{{id}}", body, headers or (JSON,))


def listing(query: str) -> Ask:
    return get(f"{ITEMS}?{query}")


PREFLIGHT = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: x-request-id")

# For services with and without a database.
ANYWHERE = [
    get("/livez"),
    get("/readyz"),
    get("/docs"),
    get("/"),
    get("/nothing"),
    get("/nothing?x=1"),
    get("/livez/"),
    get("//"),
    get("//livez"),
    get("/livez//"),
    get("/./livez"),
    get("/a/../livez"),
    get("/%6civez"),
    get("/%2flivez"),
    get("/livez%20"),
    get("/livez%00"),
    get("/%ff"),
    get("/%C3%A9%F0%9F%9A%80"),
    get("/%22%3Cscript%3E"),
    get("/a%0d%0ab"),
    get("/a;b=c"),
    get("/a:b@c,d"),
    get("/a%zz"),
    get("/" + "a" * 3000),
    get("/livez?a=%ff&b=%00"),
    get("/livez", "X-Request-ID: a.b-c_D"),
    get("/livez", "X-Request-ID: " + "a" * 128),
    get("/docs/"),
    get("/redoc"),
    get("/openapi.json/"),
    get("/static/x"),
    get("/livez", "Origin: https://a.example"),
    get("/livez", "Origin: https://c.example"),
    get("/nothing", "Origin: https://a.example"),
    get("/livez", "Accept: text/html"),
    get("/nothing", "Accept: text/html"),
    get("/livez", "If-None-Match: *"),
    get("/livez", "Range: bytes=0-1"),
    get("/docs", "If-Modified-Since: Fri, 20 Nov 2099 00:00:00 GMT"),
    get("/livez", "Accept-Encoding: gzip, br"),
    get("/nothing", "X-HTTP-Method-Override: DELETE"),
    get("/docs", "X-Forwarded-Proto: https", "X-Forwarded-Prefix: /x"),
    Ask("HEAD", "/livez"),
    Ask("HEAD", "/readyz"),
    Ask("HEAD", "/docs"),
    Ask("HEAD", "/nothing"),
    Ask("OPTIONS", "/livez"),
    Ask("OPTIONS", "/nothing"),
    Ask("OPTIONS", "*"),
    Ask("OPTIONS", "/livez", headers=("Origin: https://a.example",)),
    Ask("OPTIONS", "/livez", headers=("Origin: https://a.example", *PREFLIGHT)),
    Ask("OPTIONS", "/livez", headers=("Origin: https://c.example", *PREFLIGHT)),
    Ask("OPTIONS", "/nothing", headers=("Origin: https://a.example", *PREFLIGHT)),
    Ask("OPTIONS", "/livez", headers=PREFLIGHT),
    Ask("POST", "/livez", b"{}", (JSON,)),
    Ask("PUT", "/readyz"),
    Ask("DELETE", "/docs"),
    Ask("PATCH", "/openapi.json"),
    Ask("TRACE", "/livez"),
    Ask("PROPFIND", "/livez"),
    Ask("POST", "/nothing", b"not json", (JSON,)),
    Ask("POST", "/nothing", b" " * 1_048_577, (JSON,)),
    Ask("POST", "/livez", b" " * 1_048_577, (JSON,)),
    Ask("GET", "/livez", b"body", (JSON,)),
    Ask("GET", "/livez", b" " * 1_048_577),
]

OF_ITEMS = [
    post(ITEM),
    post(ITEM, "Content-Type: application/json; charset=utf-8"),
    post(ITEM, "Content-Type: application/json; charset=latin-1"),
    post(ITEM, "Content-Type: application/vnd.api+json"),
    post(ITEM, "Content-Type: application/json-patch"),
    post(ITEM, "Content-Type: text/plain"),
    post(ITEM, "Content-Type: text/x+json"),
    post(ITEM, "Content-Type: json"),
    post(ITEM, "Content-Type: ;"),
    post(ITEM, "Content-Type: application/x-www-form-urlencoded"),
    post(ITEM, "X-No-Content-Type: 1"),
    post(ITEM, JSON, "Origin: https://a.example"),
    post(b"", JSON),
    post(b"", "X-No-Content-Type: 1"),
    post(b"", "Content-Type: text/plain"),
    post(b"null"),
    post(b"[]"),
    post(b'[{"name": "thing"}]'),
    post(b'"text"'),
    post(b"1"),
    post(b"1.5"),
    post(b"true"),
    post(b"{}"),
    post(b"{"),
    post(b"}"),
    post(b"   "),
    post(b'{"name": "a",}'),
    post(b"{'name': 'a'}"),
    post(b'{"name": "a"} x'),
    post('{"name": "é", "price": }'.encode()),
    post(b'{"name": "\xff", "price": 1}'),
    post(b'{"name": "a\x00b", "price": 1}'),
    post(b'{"name": "a\\u0000b", "price": 1}'),
    post(b'{"name": "\\ud800", "price": 1}'),
    post(b'{"\\ud800": 1}'),
    post('{"name": "\\ud83d\\ude80é", "price": 1}'.encode()),
    post(b"\xef\xbb\xbf" + ITEM),
    post(ITEM.decode().encode("utf-16")),
    post(ITEM.decode().encode("utf-16-le")),
    post(ITEM.decode().encode("utf-32")),
    post(b"[" * 100_000),
    post(b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    post(b'{"name": "a", "name": "b", "price": 1}'),
    post(b'{"name": "a", "price": 1, "id": 5, "x": {"y": []}}'),
    *(
        post(b'{"name": "a", "price": %s}' % price)
        for price in (
            *(b"0", b"1", b"-1", b"-0", b"-0.0", b"1.5", b"1.005", b"0.1", b"1e2", b"1e-2"),
            *(b"1e400", b"-1e400", b"NaN", b"Infinity", b"-Infinity", b"9" * 5000),
            *(b"99999999.99", b"99999999.995", b"100000000", b"1e8", b"12345678901"),
            *(b"null", b"true", b"false", b"[]", b"{}", b'""', b'" 1.00 "', b'"1"', b'"1.000"'),
            *(b'"+1"', b'"1_0"', b'"1e2"', b'"1e-3"', b'"0e9"', b'"-0"', b'"NaN"', b'"sNaN"'),
            *(b'"Infinity"', b'"\xd9\xa1"', b'"0x1"', b'"1/2"', b'".5"', b'"5."', b'"1e999999999"'),
        )
    ),
    *(
        post(b'{"name": %s, "price": 1}' % name)
        for name in (b"null", b"1", b"true", b"[]", b"{}", b'""', b'" "', b'"%s"' % (b"a" * 101))
    ),
    *(
        post(b'{"name": "a", "price": 1, "category": %s, "description": %s}' % pair)
        for pair in (
            (b"null", b"null"),
            (b'""', b'""'),
            (b"1", b"1"),
            (b'"%s"' % (b"c" * 51), b'"%s"' % (b"d" * 1001)),
        )
    ),
    get(f"{ITEMS}/{{id}}"),
    get(f"{ITEMS}/{{id}}?x=1"),
    get(f"{ITEMS}/{{id}}/"),
    get(f"{ITEMS}/{{id}}/x"),
    *(
        get(f"{ITEMS}/{item_id}")
        for item_id in (
            *("0", "-1", "-0", "+1", "01", "1.0", "1.5", "1e1", "1_0", "abc", "%00", "%ff", "%20"),
            *("1%20", "%D9%A1", "999999999", str(2**63 - 1), str(2**63), "9" * 100, "9" * 5000),
            *("true", "null", "1;x", "1,2", "1%2F2", "..", "%2e%2e"),
        )
    ),
    Ask("HEAD", ITEMS),
    Ask("HEAD", f"{ITEMS}/{{id}}"),
    Ask("HEAD", f"{ITEMS}/999999999"),
    Ask("HEAD", f"{ITEMS}/abc"),
    Ask("HEAD", f"{ITEMS}?limit=0"),
    Ask("PUT", f"{ITEMS}/{{id}}", ITEM, (JSON,)),
    Ask("POST", f"{ITEMS}/{{id}}", ITEM, (JSON,)),
    Ask("POST", f"{ITEMS}/", ITEM, (JSON,)),
    Ask("PATCH", ITEMS, ITEM, (JSON,)),
    Ask("DELETE", ITEMS),
    Ask("OPTIONS", ITEMS),
    Ask("OPTIONS", ITEMS, headers=("Origin: https://a.example", *PREFLIGHT)),
    Ask("OPTIONS", f"{ITEMS}/{{id}}", headers=("Origin: https://c.example", *PREFLIGHT)),
    patch(b"{}"),
    patch(b'{"x": 1}'),
    patch(b'{"name": "new"}'),
    patch(b'{"name": null}'),
    patch(b'{"price": null}'),
    patch(b'{"price": 2}'),
    patch(b'{"price": -2, "name": ""}'),
    patch(b'{"description": null, "category": null}'),
    patch(b'{"id": 7, "created_at": "2000-01-01T00:00:00Z"}'),
    patch(b"[]"),
    patch(b"null"),
    patch(b""),
    patch(b"{"),
    patch(b"{}", "Content-Type: text/plain"),
    Ask("PATCH", f"{ITEMS}/999999999", b'{"name": "new"}', (JSON,)),
    Ask("PATCH", f"{ITEMS}/999999999", b'{"name": ""}', (JSON,)),
    Ask("PATCH", f"{ITEMS}/abc", b'{"name": ""}', (JSON,)),
    Ask("PATCH", f"{ITEMS}/abc", b"{", (JSON,)),
    Ask("PATCH", f"{ITEMS}/-1", b"{", (JSON,)),
    Ask("DELETE", f"{ITEMS}/999999999"),
    Ask("DELETE", f"{ITEMS}/abc"),
    Ask("DELETE", f"{ITEMS}/{{id}}", b"{", (JSON,)),
    Ask("DELETE", f"{ITEMS}/{{id}}"),
    Ask("POST", ITEMS, b" " * 1_048_577, (JSON,)),
    Ask("POST", ITEMS, b" " * 1_048_577, ("Content-Type: text/plain",)),
    Ask("GET", ITEMS, b"{", (JSON,)),
    get(ITEMS),
    get(f"{ITEMS}/"),
    get(f"{ITEMS}//"),
    *(
        listing(query)
        for query in (
            *("limit=1", "limit=100", "limit=0", "limit=101", "limit=-1", "limit=abc", "limit="),
            *(
                "limit",
                "limit=1.0",
                "limit=1.5",
                "limit=1e1",
                "limit=+1",
                "limit=%201",
                "limit=1_0",
            ),
            *("limit=%D9%A1", "limit=true", "limit=" + "9" * 5000, "limit=1&limit=2", "limit[]=1"),
            *(
                "limit=2&limit=abc",
                "limit=abc&limit=2",
                "limit=1;keyword=x",
                "LIMIT=1",
                "x=1",
                "&&",
            ),
            *("min_price=0", "min_price=abc", "min_price=", "min_price=-1", "min_price=0.001"),
            *("min_price=NaN", "min_price=Infinity", "min_price=1e2", "min_price=1e999999999"),
            *("max_price=100000000", "max_price=-0", "max_price=%00", "min_price=2&max_price=1"),
            *("max_price=" + "9" * 5000, "min_price=1,5", "max_price=%201%20", "max_price=true"),
            *("keyword=", "keyword=thing", "keyword=%00", "keyword=%ff", "keyword=%25"),
            *("keyword=_", "keyword=%5C", "keyword=%27", "keyword=" + "k" * 1001, "keyword=a+b"),
            *("keyword=%ed%a0%80", "keyword=%", "keyword=%zz", "keyword=%F0%9F%9A%80", "keyword"),
            *("category=", "category=c", "category=C", "category=%00", "category=" + "c" * 51),
            *("cursor=", "cursor=x", "cursor=%ff", "cursor=%00", "cursor=" + "A" * 20, "cursor"),
            *("cursor=%E2%98%83", "cursor=null", "limit=0&min_price=x&cursor=x&category="),
        )
    ),
]


@dataclass(frozen=True)
class Pair:
    """The same service in both frameworks."""

    fastapi: Service
    flask: Service

    def __iter__(self) -> Iterator[Service]:
        return iter((self.fastapi, self.flask))


def pair(projects: Projects, database: str, folder: Path, stack: ExitStack) -> Pair:
    services = []
    for framework in FRAMEWORKS:
        project = projects.project(framework, database)
        url = stack.enter_context(fresh_database(database, folder))
        settings = {"CORS_ORIGINS": "https://a.example", "TRUSTED_HOSTS": "x"}
        if url:
            settings["DATABASE_URL"] = url
            run(str(project / ".venv/bin/poe"), "migrate", folder=project, DATABASE_URL=url)
        services.append(stack.enter_context(Service(project, folder / framework, settings)))
    return Pair(*services)


@pytest.fixture(scope="module")
def stores(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield pair(projects, "sqlite", tmp_path_factory.mktemp("stores"), stack)


@pytest.fixture(scope="module")
def bare(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield pair(projects, "none", tmp_path_factory.mktemp("bare"), stack)


def send(service: Service, request: Ask) -> wire.Answer:
    path = request.path
    if "{id}" in path:
        headers = ("Host: x", JSON, f"Content-Length: {len(ITEM)}")
        item = wire.exchange(service, "POST", ITEMS, *headers, body=ITEM).json()
        path = path.replace("{id}", str(item["id"]))
    length = (f"Content-Length: {len(request.body)}",) if request.body else ()
    return wire.exchange(
        service, request.method, path, "Host: x", *length, *request.headers, body=request.body
    )


def masked(text: str) -> str:
    """Without what rightly differs between two services: ids and times."""
    text = re.sub(r'"request_id":"[^"]*"', '"request_id":"…"', text)
    text = re.sub(r'"id":\d+', '"id":…', text)
    text = re.sub(rf"{ITEMS}/\d{{1,8}}\b", f"{ITEMS}/…", text)
    text = re.sub(r'"next_cursor":"[^"]*"', '"next_cursor":"…"', text)
    return re.sub(r'"\d{4}-\d\d-\d\dT[\d:.]+Z"', '"…"', text)


def seen(answer: wire.Answer) -> tuple[int, dict[str, str], str]:
    """All that a client sees of an answer."""
    # surrogateescape: a difference in bytes must show, not fail.
    content = masked(answer.content.decode("utf-8", "surrogateescape"))
    headers = {
        name.lower(): masked(value)
        for name, value in answer.headers.items()
        if name.lower() not in HOP_BY_HOP
    }
    if expect.MADE_REQUEST_ID.fullmatch(headers.get("x-request-id", "")):
        headers["x-request-id"] = "…"
    # Ids of different lengths stand in the content; equal contents have equal lengths.
    if headers.get("content-length") == str(len(answer.content)):
        headers["content-length"] = "true"
    return answer.status_code, headers, content


def same(services: Pair, request: Ask) -> None:
    fastapi, flask = (seen(send(service, request)) for service in services)
    assert flask == fastapi
    assert fastapi[0] < 500


def ordered(document: Any) -> Any:
    """With members and lists in one order: theirs means nothing to a client."""
    if isinstance(document, dict):
        return {name: ordered(document[name]) for name in sorted(document)}
    if isinstance(document, list):
        return sorted((ordered(value) for value in document), key=repr)
    return document


@pytest.mark.xdist_group("parity-none")
@pytest.mark.parametrize("request_", ANYWHERE, ids=str)
def test_without_a_database_both_answer_the_same(bare: Pair, request_: Ask) -> None:
    same(bare, request_)


@pytest.mark.xdist_group("parity-sqlite")
@pytest.mark.parametrize("request_", [*ANYWHERE, *OF_ITEMS], ids=str)
def test_with_a_database_both_answer_the_same(stores: Pair, request_: Ask) -> None:
    same(stores, request_)


@pytest.mark.xdist_group("parity-none")
def test_without_a_database_both_document_the_same(bare: Pair) -> None:
    fastapi, flask = (send(service, get("/openapi.json")).json() for service in bare)
    assert ordered(flask) == ordered(fastapi)


@pytest.mark.xdist_group("parity-sqlite")
def test_with_a_database_both_document_the_same(stores: Pair) -> None:
    fastapi, flask = (send(service, get("/openapi.json")).json() for service in stores)
    assert ordered(flask) == ordered(fastapi)
