"""Flask and FastAPI side by side: a client cannot tell them apart."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.contract import expect
from tests.contract.test_attacks import BAD_HEADERS, FORMS, GOOD_HEADERS, NUL_BODIES
from tests.support import wire
from tests.support.bootstrap import Hashes
from tests.support.combinations import FRAMEWORKS, Combination
from tests.support.databases import fresh_database
from tests.support.projects import Projects, migrate
from tests.support.services import Service
from tests.support.starter import Starter
from tests.support.users import AUTH, PASSWORD, Session, User, new_address, new_email, register

ITEMS = "/api/v1/items"
EMAIL = "ann@example.org"
JSON = "Content-Type: application/json"
ITEM = b'{"name": "thing", "description": "d", "category": "c", "price": "1.00"}'
# What a proxy or a server sets for one connection; it is no part of the answer.
HOP_BY_HOP = {"connection", "date", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True)
class Ask:
    """A request, signed in where that is needed; `{id}` and the like stand for what `fill` makes."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[str, ...] = field(default=())
    anonymous: bool = False

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


def auth(name: str, body: bytes = b"", *headers: str, method: str = "POST") -> Ask:
    """A request of sign-in that brings nothing but what stands here."""
    return Ask(method, f"{AUTH}/{name}", body, headers, anonymous=True)


def form(body: bytes, *headers: str) -> Ask:
    return auth("token", body, *(headers or (FORM,)))


def refresh(body: bytes) -> Ask:
    return auth("refresh", body, JSON)


def registration(email: str, password: str = PASSWORD) -> Ask:
    return auth("register", json.dumps({"email": email, "password": password}).encode(), JSON)


GOOD_REFRESH = b'{"refresh_token": "{refresh}"}'
FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data; boundary=x"
SIGNED = "Authorization: Bearer {token}"

OF_AUTH = [
    # Accounts.
    registration("{new}"),
    registration("{email}"),
    registration("ANN@Example.ORG"),
    *(
        registration(email)
        for email in (
            *("", "x", "x@y", "x@", "@x", "x y@example.org", "a@b@example.org", "x@exam\0ple.org"),
            *(
                "Ann <{new}>",
                "<{new}>",
                " {new} ",
                "{new}.",
                "{new}\n",
                "x@[127.0.0.1]",
                "x@localhost",
            ),
            *("x@example.test", "x@example.invalid", "\ud800@example.org", "x..y@example.org"),
            *(
                "ü-{new}",
                "x@bücher.example",
                "x@xn--bcher-kva.example",
                '"x y"@example.org',
                "x@1.2",
            ),
            *("a" * 65 + "@example.org", "a@" + "b" * 64 + ".org", "a" * 300 + "@example.org"),
        )
    ),
    *(
        registration("{new}", password)
        for password in (
            "",
            "a" * 11,
            "a" * 12,
            "a" * 128,
            "a" * 129,
            "🚀" * 11,
            "\0" * 12,
            "\ud800" * 12,
        )
    ),
    auth("register", b"{}", JSON),
    auth("register", b"[]", JSON),
    auth("register", b"null", JSON),
    auth("register", b"{", JSON),
    auth("register", b"", JSON),
    auth("register", b'{"email": 1, "password": []}', JSON),
    auth("register", b'{"email": null, "password": null}', JSON),
    auth("register", b'{"email": "{new}", "password": "correct horse", "id": 5, "x": []}', JSON),
    auth("register", b"email={new}&password=correct+horse+battery", FORM),
    auth("register", b'{"email": "{new}"}', "Content-Type: text/plain"),
    auth("register", b" " * 1_048_577, JSON),
    # Sign-in.
    form(b"username={email}&password={password}"),
    form(b"username=ANN%40EXAMPLE.org&password={password}"),
    form(b"username=%20{email}%20&password={password}"),
    form(b"username=Ann+%3C{email}%3E&password={password}"),
    form(b"username={email}&password={password}&grant_type=password"),
    form(b"username={email}&password={password}&grant_type="),
    form(b"username={email}&password={password}&grant_type=PASSWORD"),
    form(b"username={email}&password={password}&grant_type=password&grant_type=x"),
    form(b"username={email}&password={password}&scope=a+b&client_id=x&client_secret=y"),
    form(b"username=x&username={email}&password=x&password={password}"),
    form(b"username={email}&password={password}&username="),
    form(b"username={email}&password={password}", f"{FORM}; charset=utf-8"),
    form(b"username={email}&password={password}", f"{FORM}; charset=utf-16"),
    form(
        b"username={email}&password={password}", "Content-Type: APPLICATION/X-WWW-FORM-URLENCODED"
    ),
    form(
        b"username={email}&password={password}", "Content-Type: application/x-www-form-urlencoded2"
    ),
    form(b"username={email}&password={password}", FORM, "Origin: https://a.example"),
    form(b"username={email}&password={password}", FORM, "Authorization: Basic eDp5"),
    form(b"username={email}&password={password}", FORM, "Authorization: Bearer x"),
    form(b"username={email};password={password}"),
    form(b"&&username={email}&&password={password}&&"),
    *(
        form(
            b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\n{email}\r\n'
            b'--x\r\nContent-Disposition: form-data; name="password"%s\r\n\r\n{password}\r\n--x%s\r\n'
            % end,
            MULTIPART,
        )
        for end in ((b"", b"--"), (b"", b""), (b'; filename="x"', b"--"))
    ),
    *(
        form(body, *(f"{name}: {value}" for name, value in headers.items()))
        for _, body, headers, _ in FORMS
    ),
    auth("token", method="GET"),
    auth("token", method="PUT"),
    auth("token", method="HEAD"),
    auth("token/", b"username=x&password=y", FORM),
    # Refresh.
    refresh(GOOD_REFRESH),
    refresh(b'{"refresh_token": "{spent}"}'),
    refresh(b'{"refresh_token": "{token}"}'),
    refresh(b'{"refresh_token": "{refresh} "}'),
    refresh(b'{"refresh_token": "Bearer {refresh}"}'),
    refresh(b'{"refresh_token": ""}'),
    refresh(b'{"refresh_token": null}'),
    refresh(b'{"refresh_token": 1}'),
    refresh(b'{"refresh_token": ["{refresh}"]}'),
    refresh(b'{"refresh_token": "x", "refresh_token": "{refresh}"}'),
    refresh(b'"{refresh}"'),
    refresh(b"{}"),
    refresh(b"{"),
    refresh(b""),
    auth("refresh", GOOD_REFRESH, "Content-Type: text/plain"),
    auth("refresh", GOOD_REFRESH, JSON, "Authorization: Basic eDp5"),
    auth("refresh", b"refresh_token={refresh}", FORM),
    auth("refresh", b"", "Authorization: Bearer {refresh}"),
    auth("refresh", b"", "Cookie: refresh_token={refresh}"),
    auth("refresh", b" " * 1_048_577, JSON),
    auth("refresh", method="GET"),
    *(auth(path.rpartition("/")[2], body, JSON) for path, body, _ in NUL_BODIES),
    # Who is signed in, and who no longer is.
    *(auth("me", b"", *headers, method="GET") for headers in BAD_HEADERS),
    *(auth("me", b"", header, method="GET") for header in GOOD_HEADERS),
    *(
        auth(name, b"", f"Authorization: Bearer {token}", *more, method=method)
        for name, method in (("me", "GET"), ("logout", "POST"))
        for token, more in (
            *(("{token}", ()), ("{gone}", ()), ("{refresh}", ()), ("x.y.z", ()), ("", ())),
            *(("{session}", ("Origin: https://a.example",)), ("x", ("Origin: https://a.example",))),
        )
        if (name, token) != ("logout", "{token}")
    ),
    auth("me", b"", SIGNED, method="HEAD"),
    auth("me", b"", method="HEAD"),
    auth("me", b"{", SIGNED, JSON, method="GET"),
    auth("me", b"", method="POST"),
    auth("me/", b"", SIGNED, method="GET"),
    auth("me?access_token={token}", method="GET"),
    auth("logout", b"{", "Authorization: Bearer {session}", JSON),
    auth("logout", b"{", JSON),
    auth("logout", b"x" * 1_048_577),
    auth("logout", method="GET"),
    auth("logout", method="OPTIONS"),
    Ask("OPTIONS", f"{AUTH}/me", b"", ("Origin: https://a.example", *PREFLIGHT), anonymous=True),
    auth("", method="GET"),
    auth("nothing", method="GET"),
    # Items.
    *(
        Ask(method, f"{ITEMS}/{{others}}", body, (JSON,))
        for method, body in (
            ("GET", b""),
            ("PATCH", b"{}"),
            ("PATCH", b'{"name": ""}'),
            ("DELETE", b""),
        )
    ),
    post(b'{"name": "a", "price": 1, "owner_id": 1, "owner": 1, "user_id": 1}'),
    patch(b'{"owner_id": 1, "owner": null}'),
]


@dataclass(frozen=True)
class Pair:
    """The same service in both frameworks."""

    fastapi: Service
    flask: Service

    def __iter__(self) -> Iterator[Service]:
        return iter((self.fastapi, self.flask))


def pair(
    projects: Projects,
    database: str,
    folder: Path,
    stack: ExitStack,
    auth: str = "none",
    *,
    websockets: bool = False,
    ml: bool = False,
    outbound: bool = False,
    **settings: str,
) -> Pair:
    services = []
    options = {"websockets": websockets, "ml": ml, "outbound": outbound}
    for framework in FRAMEWORKS:
        project = projects.of(Combination(framework, database, auth, **options))
        url = stack.enter_context(fresh_database(database, folder))
        own = settings | {"CORS_ORIGINS": "https://a.example", "TRUSTED_HOSTS": "x,127.0.0.1"}
        if auth == "jwt":
            own |= {"JWT_SECRET": uuid4().hex + uuid4().hex, "ACCESS_TOKEN_MINUTES": "600"}
            own["PYTHONPATH"] = Hashes(folder).pythonpath
        if url:
            own["DATABASE_URL"] = url
            migrate(project, **own)
        starter = Starter(project, own.get("PYTHONPATH"))
        service = Service(project, folder / framework, own, starter=starter)
        services.append(stack.enter_context(service))
    return Pair(*services)


@pytest.fixture(scope="module")
def stores(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield pair(projects, "sqlite", tmp_path_factory.mktemp("stores"), stack)


@pytest.fixture(scope="module")
def bare(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        yield pair(projects, "none", tmp_path_factory.mktemp("bare"), stack)


@pytest.fixture(scope="module")
def signed_in(projects: Projects, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as stack:
        both = pair(projects, "sqlite", tmp_path_factory.mktemp("signed-in"), stack, auth="jwt")
        for service in both:
            service.token = register(service.client, EMAIL).sign_in().access_token
        yield both


def create(service: Service) -> str:
    """The id of a new item."""
    return str(
        service.client.post(ITEMS, content=ITEM, headers={"Content-Type": JSON[14:]}).json()["id"]
    )


def session(service: Service) -> Session:
    """A new session of the user whose address stands in the requests."""
    with service.client_at(new_address()) as client:
        return User(client, 0, EMAIL, PASSWORD).sign_in()


def gone(service: Service) -> str:
    """The access token of a session that is over."""
    over = session(service)
    service.client.post(f"{AUTH}/logout", headers={"Authorization": f"Bearer {over.access_token}"})
    return over.access_token


def spent(service: Service) -> str:
    """A refresh token that is spent."""
    token = session(service).refresh_token
    service.client.post(f"{AUTH}/refresh", json={"refresh_token": token})
    return token


def others(service: Service) -> str:
    """The id of an item of somebody else."""
    with service.client_at(new_address()) as client:
        stranger = register(client).sign_in()
        return str(stranger.ask("POST", ITEMS, json={"name": "theirs", "price": 1}).json()["id"])


# What stands for what, made anew for each request.
MAKE: dict[str, Callable[[Service], str]] = {
    "{email}": lambda _: EMAIL,
    "{gone}": gone,
    "{id}": create,
    "{others}": others,
    "{password}": lambda _: PASSWORD.replace(" ", "%20"),
    "{refresh}": lambda service: session(service).refresh_token,
    "{session}": lambda service: session(service).access_token,
    "{spent}": spent,
    "{token}": lambda service: service.token or "",
}


def fill(service: Service, request: Ask, new: str) -> Ask:
    """The request with what its placeholders stand for; `new` is an address that nobody has."""
    path, body, lines = request.path, request.body, "\n".join(request.headers)
    for name, make in (*MAKE.items(), ("{new}", lambda _: new)):
        if name in path or name in lines or name.encode() in body:
            value = make(service)
            path, lines = path.replace(name, value), lines.replace(name, value)
            body = body.replace(name.encode(), value.encode())
    headers = tuple(lines.split("\n")) if request.headers else ()
    return replace(request, path=path, body=body, headers=headers)


def send(service: Service, request: Ask, new: str = "") -> wire.Answer:
    request = fill(service, request, new)
    length = (f"Content-Length: {len(request.body)}",) if request.body else ()
    return wire.exchange(
        service,
        request.method,
        request.path,
        "Host: x",
        *length,
        *request.headers,
        body=request.body,
        anonymous=request.anonymous,
        address=new_address(),
    )


def masked(text: str) -> str:
    """Without what rightly differs between two services: ids, times and tokens."""
    text = re.sub(r'"request_id":"[^"]*"', '"request_id":"…"', text)
    text = re.sub(r'"id":\d+', '"id":…', text)
    text = re.sub(rf"{ITEMS}/\d{{1,8}}\b", f"{ITEMS}/…", text)
    text = re.sub(r'"(next_cursor|access_token|refresh_token)":"[^"]*"', r'"\1":"…"', text)
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
    new = new_email()
    fastapi, flask = (seen(send(service, request, new)) for service in services)
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


@pytest.mark.xdist_group("parity-jwt")
@pytest.mark.parametrize("request_", [*ANYWHERE, *OF_ITEMS, *OF_AUTH], ids=str)
def test_with_users_both_answer_the_same(signed_in: Pair, request_: Ask) -> None:
    same(signed_in, request_)


@pytest.mark.xdist_group("parity-jwt")
@pytest.mark.parametrize("request_", OF_ITEMS, ids=str)
def test_who_is_not_signed_in_gets_the_same_answer_from_both(
    signed_in: Pair, request_: Ask
) -> None:
    same(signed_in, replace(request_, anonymous=True))


@pytest.mark.xdist_group("parity-jwt")
def test_who_fails_too_often_gets_the_same_answer_from_both(signed_in: Pair) -> None:
    request, address = form(b"username={new}&password=x"), new_address()
    answers: list[list[tuple[int, dict[str, str], str]]] = []
    for service in signed_in:
        answers.append([])
        for _ in range(11):
            filled = fill(service, request, new_email())
            length = f"Content-Length: {len(filled.body)}"
            answer = wire.exchange(
                service,
                "POST",
                filled.path,
                "Host: x",
                FORM,
                length,
                body=filled.body,
                address=address,
            )
            answers[-1].append(seen(answer))
    fastapi, flask = answers
    for one, other in zip(fastapi, flask, strict=True):
        assert one[1].pop("retry-after", "").isdigit() == other[1].pop("retry-after", "").isdigit()
    assert flask == fastapi
    assert [status for status, _, _ in flask] == [*[401] * 10, 429]


@pytest.mark.xdist_group("parity-none")
def test_without_a_database_both_document_the_same(bare: Pair) -> None:
    fastapi, flask = (send(service, get("/openapi.json")).json() for service in bare)
    assert ordered(flask) == ordered(fastapi)


@pytest.mark.xdist_group("parity-sqlite")
def test_with_a_database_both_document_the_same(stores: Pair) -> None:
    fastapi, flask = (send(service, get("/openapi.json")).json() for service in stores)
    assert ordered(flask) == ordered(fastapi)


@pytest.mark.xdist_group("parity-jwt")
def test_with_users_both_document_the_same(signed_in: Pair) -> None:
    fastapi, flask = (send(service, get("/openapi.json")).json() for service in signed_in)
    assert ordered(flask) == ordered(fastapi)
