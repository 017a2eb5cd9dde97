"""Contract, "Health": OpenAPI 3.1, and a documentation page that works with no network."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.contract import expect
from tests.support.combinations import Combination, every_service, every_store
from tests.support.services import Service

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


class Assets(HTMLParser):
    """What a page makes a browser fetch or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.inline = False
        self._script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in {"script", "img", "iframe"} and values.get("src"):
            self.urls.append(str(values["src"]))
        if tag == "link" and values.get("href"):
            self.urls.append(str(values["href"]))
        self._script = tag == "script"
        self.inline = self.inline or any(name.startswith("on") for name in values)

    def handle_data(self, data: str) -> None:
        self.inline = self.inline or (self._script and bool(data.strip()))

    def handle_endtag(self, tag: str) -> None:
        self._script = False


def document(service: Service) -> dict[str, Any]:
    content: dict[str, Any] = expect.ok(service.client.get("/openapi.json"))
    return content


def operations(content: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in content["paths"].items():
        for method in METHODS & set(item):
            yield method, path, item[method]


def values_of(content: Any, name: str) -> Iterator[Any]:
    """Every value with that name, however deep."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key == name:
                yield value
            yield from values_of(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from values_of(value, name)


@every_service
def test_the_document_is_openapi_3_1(service: Service) -> None:
    content = document(service)
    assert re.fullmatch(r"3\.1\.\d+", content["openapi"])
    assert content["info"]["title"]
    assert content["info"]["version"]


@every_service
def test_every_reference_in_the_document_leads_somewhere(service: Service) -> None:
    content = document(service)
    references = set(values_of(content, "$ref"))
    assert references
    for reference in references:
        target: Any = content
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    unused = {
        f"#/components/schemas/{name}" for name in content["components"]["schemas"]
    } - references
    assert not unused


@every_service
def test_the_names_of_operations_are_stable(service: Service) -> None:
    names = {
        f"{method} {path}": operation["operationId"]
        for method, path, operation in operations(document(service))
        if not path.startswith("/api/")
    }
    assert names == {"get /livez": "livez", "get /readyz": "readyz"}


@every_store
def test_the_items_are_documented(service: Service, combination: Combination) -> None:
    content = document(service)
    names = {
        operation["operationId"]: (method, path)
        for method, path, operation in operations(content)
        if not path.startswith("/api/v1/auth/")
    }
    one = "/api/v1/items/{item_id}"
    predict = {
        "predict": ("post", "/api/v1/predictions"),
        "predict_iris": ("post", "/api/v1/models/iris/predictions"),
    }
    weather = {"read_weather": ("get", "/api/v1/weather")}
    options = (predict if combination.ml else {}) | (weather if combination.outbound else {})
    assert names == options | {
        "livez": ("get", "/livez"),
        "readyz": ("get", "/readyz"),
        "create_item": ("post", "/api/v1/items"),
        "list_items": ("get", "/api/v1/items"),
        "read_item": ("get", one),
        "update_item": ("patch", one),
        "delete_item": ("delete", one),
    }
    parameters = content["paths"]["/api/v1/items"]["get"]["parameters"]
    assert {parameter["name"] for parameter in parameters} == {
        "keyword",
        "category",
        "min_price",
        "max_price",
        "limit",
        "cursor",
    }
    limit = next(p["schema"] for p in parameters if p["name"] == "limit")
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 100, 20)


@every_store
def test_errors_are_documented_as_problems(service: Service) -> None:
    for _method, path, operation in operations(document(service)):
        if path.startswith("/api/"):
            # The database, and the model too, may be away.
            assert "503" in operation["responses"], path
            if {"parameters", "requestBody"} & set(operation):
                assert "422" in operation["responses"], path
        for status, response in operation["responses"].items():
            if status >= "400" and path != "/readyz":
                assert list(response["content"]) == ["application/problem+json"], (path, status)


@every_service
def test_the_document_names_no_other_site(service: Service) -> None:
    assert not re.findall(r"https?://", service.client.get("/openapi.json").text)


@every_service
def test_the_docs_page_needs_no_network(service: Service) -> None:
    page = service.client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not re.findall(r"(?:https?:)?//[a-z0-9]", page.text)

    assets = Assets(page.text)
    assert not assets.inline
    assert any(url.endswith(".js") for url in assets.urls)
    assert any(url.endswith(".css") for url in assets.urls)
    for url in assets.urls:
        if url.startswith("data:"):
            continue
        asset = service.client.get(str(page.url.join(url)))
        assert asset.status_code == 200, url
        assert asset.content, url
        assert asset.headers["x-content-type-options"] == "nosniff"
        assert "html" not in asset.headers["content-type"], url


@every_service
def test_the_docs_page_may_load_and_run_only_what_is_the_services_own(service: Service) -> None:
    policy = service.client.get("/docs").headers["content-security-policy"]
    directives = {
        name: values
        for name, *values in (directive.split() for directive in policy.split(";") if directive)
    }
    assert directives["default-src"] in (["'none'"], ["'self'"])
    assert directives["frame-ancestors"] == ["'none'"]
    assert "'unsafe-inline'" not in directives.get("script-src", [])
    assert "'unsafe-eval'" not in directives.get("script-src", [])
    assert not re.findall(r"https?:|\*", policy)


@every_service
def test_the_docs_page_has_the_other_security_headers(service: Service) -> None:
    headers = service.client.get("/docs").headers
    for name, value in expect.SECURITY_HEADERS.items():
        if name != "content-security-policy":
            assert headers[name] == value


@every_service
@pytest.mark.parametrize("path", ["/redoc", "/docs/oauth2-redirect"])
def test_there_is_no_second_docs_page(service: Service, path: str) -> None:
    expect.problem(service.client.get(path), 404, instance=path)


@every_service
@pytest.mark.parametrize(
    "name", ["..%2f..%2fmain.py", "../../../../etc/passwd", "%2e%2e/__init__.py", "missing.js"]
)
def test_assets_come_from_their_own_folder_only(service: Service, name: str) -> None:
    page = service.client.get("/docs")
    script = next(url for url in Assets(page.text).urls if url.endswith(".js"))
    folder = str(page.url.join(script).raw_path, "ascii").rpartition("/")[0]
    assert service.client.get(f"{folder}/{name}").status_code == 404
