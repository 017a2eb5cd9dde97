"""Contract, "Behind a proxy": under a prefix that nginx strips, all that the service names is right."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.contract import expect
from tests.contract.conftest import ReadSettings, Start
from tests.contract.test_documentation import Assets, document
from tests.support.combinations import (
    each_framework,
    every_framework,
    every_signed_in_framework,
    run_over,
)
from tests.support.nginx import nginx
from tests.support.projects import REPOSITORY
from tests.support.services import NO_TLS, PATIENCE_SECONDS, Service
from tests.support.users import PASSWORD, new_email

MANUAL = REPOSITORY / "docs/behind-a-proxy.md"
SHOWN = re.compile(r"```nginx\n(location /shop/ {\n)(.*?)```", re.DOTALL)
ITEM = {"name": "thing", "price": "1.00"}
every_whole_framework = run_over(
    each_framework(database="sqlite", auth="jwt", websockets=True, rate_limit=True)
)


def location(port: int) -> str:
    """What the manual shows; how large a body may be, the service says here."""
    shown = SHOWN.search(MANUAL.read_text(encoding="utf-8"))
    assert shown
    return f"{shown[1]}client_max_body_size 0;\n{shown[2]}".replace(":8000/", f":{port}/")


@pytest.fixture(scope="session")
def prefixed(start_shared: Start) -> Service:
    """The service whose proxy strips a prefix."""
    return start_shared(
        ROOT_PATH="/shop",
        TRUSTED_PROXIES="127.0.0.1",
        ENVIRONMENT="development",
        LOG_FORMAT="json",
    )


@pytest.fixture(scope="session")
def shop(prefixed: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of that proxy."""
    folder = tmp_path_factory.mktemp("nginx")
    token = {"Authorization": f"Bearer {prefixed.token}"} if prefixed.token else {}
    with (
        nginx(folder, location(prefixed.port)) as port,
        httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers=token,
            timeout=PATIENCE_SECONDS,
            trust_env=False,
            verify=NO_TLS,
        ) as client,
    ):
        yield client


@every_framework
def test_an_item_is_where_its_location_says(shop: httpx.Client) -> None:
    made = shop.post("/shop/api/v1/items", json=ITEM)
    assert made.status_code == 201
    location = made.headers["location"]
    assert location == f"/shop/api/v1/items/{made.json()['id']}"
    assert shop.get(location).json() == made.json()


@every_whole_framework
def test_the_document_says_where_the_service_is(shop: httpx.Client) -> None:
    document = shop.get("/shop/openapi.json").json()
    assert document["servers"] == [{"url": "/shop"}]
    url = document["servers"][0]["url"] + "/api/v1/items"
    assert "/api/v1/items" in document["paths"]
    assert shop.get(url).status_code == 200
    (scheme,) = document["components"]["securitySchemes"].values()
    token_url = scheme["flows"]["password"]["tokenUrl"]
    assert token_url == "/shop/api/v1/auth/token"
    user = {"email": new_email(), "password": PASSWORD}
    assert shop.post("/shop/api/v1/auth/register", json=user).status_code == 201
    form = {"username": user["email"], "password": PASSWORD}
    assert shop.post(token_url, data=form).status_code == 200


@every_framework
def test_without_a_prefix_the_document_names_no_server(service: Service) -> None:
    assert "servers" not in document(service)


@every_whole_framework
@pytest.mark.parametrize("page", ["/shop/docs", "/shop/ws-demo"])
def test_a_page_finds_its_files(shop: httpx.Client, page: str) -> None:
    urls = Assets(shop.get(page).text).urls
    files = [urljoin(page, url) for url in urls if not url.startswith("data:")]
    assert files
    for file in files:
        assert file.startswith("/shop/")
        assert shop.get(file).status_code == 200, file
    # What the first script of the documentation page loads.
    assert shop.get(urljoin(page, "openapi.json")).status_code == 200


@every_framework
def test_in_development_the_root_leads_to_the_documentation(
    shop: httpx.Client, prefixed: Service
) -> None:
    for client, root in ((shop, "/shop/"), (prefixed.client, "/")):
        answer = client.get(root)
        assert answer.status_code == 307
        assert answer.text == "The documentation is at /shop/docs.\n"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        page = client.get(urljoin(root, answer.headers["location"]))
        assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "/" not in shop.get("/shop/openapi.json").json()["paths"]


@every_framework
def test_in_production_there_is_nothing_at_the_root(service: Service) -> None:
    expect.problem(service.client.get("/"), 404, instance="/")


@every_whole_framework
def test_an_error_names_the_path_that_the_client_asked_for(shop: httpx.Client) -> None:
    large = b" " * 2**21
    for method, path, status, body in (
        ("GET", "/shop/nothing", 404, b""),
        ("GET", "/shop/api/v1/items/0", 404, b""),
        ("POST", "/shop/livez", 405, b""),
        ("POST", "/shop/api/v1/items", 422, b"{"),
        ("POST", "/shop/api/v1/items", 413, large),
        ("GET", "/shop/ws/rooms/lobby", 426, b""),
    ):
        answer = shop.request(method, path, content=body)
        assert (answer.status_code, answer.json()["instance"]) == (status, path)
    assert shop.post("/shop/livez").headers["allow"] == "GET, HEAD"


@every_whole_framework
def test_what_is_counted_does_not_depend_on_the_prefix(shop: httpx.Client) -> None:
    assert "ratelimit" in shop.get("/shop/api/v1/nothing").headers
    assert "ratelimit" not in shop.get("/shop/livez").headers


@every_whole_framework
def test_a_socket_opens_under_the_prefix(shop: httpx.Client) -> None:
    token = {"Authorization": shop.headers["Authorization"]}
    address = f"127.0.0.1:{shop.base_url.port}"
    with connect(
        f"ws://{address}/shop/ws/rooms/lobby",
        additional_headers=token,
        origin=Origin(f"http://{address}"),
        proxy=None,
        open_timeout=PATIENCE_SECONDS,
    ) as socket:
        assert '"welcome"' in str(socket.recv(PATIENCE_SECONDS))


@every_framework
def test_the_log_has_the_path_without_the_prefix(shop: httpx.Client, prefixed: Service) -> None:
    shop.get("/shop/nothing", headers={"X-Request-ID": "logged"})
    assert [line["path"] for line in prefixed.log_of("logged")] == ["/nothing"]


@every_framework
def test_the_proxy_has_to_strip_the_prefix(prefixed: Service) -> None:
    answer = prefixed.client.get("/shop/livez")
    assert (answer.status_code, answer.json()["instance"]) == (404, "/shop/shop/livez")


@every_framework
def test_a_prefix_that_begins_like_a_path_cuts_nothing(start: Start) -> None:
    service = start(ROOT_PATH="/api")
    made = service.client.post("/api/v1/items", json=ITEM)
    assert made.headers["location"] == f"/api/api/v1/items/{expect.ok(made, 201)['id']}"
    assert service.client.get("/v1/items").status_code == 404


@every_framework
@pytest.mark.parametrize(
    "value",
    ["/", "shop", "/shop/", "//shop", "/shop?x", "/shop#x", "/a b", "https://x/shop", "/a/../b"],
)
def test_a_wrong_prefix_is_refused_in_one_line(read_settings: ReadSettings, value: str) -> None:
    (said,) = read_settings({"ROOT_PATH": value}).refusal.splitlines()
    assert said.startswith("ROOT_PATH: ")


@every_signed_in_framework
def test_a_prefix_may_have_several_parts(start: Start) -> None:
    service = start(ROOT_PATH="/team-1/shop_2.0")
    assert document(service)["servers"] == [{"url": "/team-1/shop_2.0"}]
