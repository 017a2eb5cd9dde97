"""FastAPI's `app/server/direct_routes.py` and `body_route.py`: answers stay what they were, and routers are passed by."""

import json
import subprocess
from typing import Any

import pytest

from tests.support.projects import REPOSITORY, Projects

TEMPLATE = REPOSITORY / "templates/fastapi"
# Prints what two applications of the same routes answer, one of them with shortcuts.
SCRIPT = """
import json
import runpy
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, Form, HTTPException, Request, Response
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import BaseModel
from starlette.routing import Mount


JSON = {"content-type": "application/json"}


class Thing(BaseModel):
    number: int = 1


class Loud(APIRoute):
    def get_route_handler(self):
        handle = super().get_route_handler()

        async def shout(request):
            response = await handle(request)
            response.headers["x-loud"] = "yes"
            return response

        return shout


def refuse(request: Request) -> None:
    if "x-token" not in request.headers:
        raise HTTPException(401)


async def named() -> str:
    return "real"


async def mounted(scope, receive, send):
    await Response("mounted")(scope, receive, send)


def create_app():
    inner, outer, loud = APIRouter(), APIRouter(prefix="/things"), APIRouter(route_class=Loud)
    forms = APIRouter(prefix="/forms")

    @outer.get("/{number}", responses={404: {"description": "None"}})
    async def read(number: int, name: Annotated[str, Depends(named)]) -> Thing:
        return Thing(number=number)

    @outer.post("", status_code=201)
    async def create(thing: Thing, name: Annotated[str, Depends(named)]) -> dict[str, str | int]:
        return {"name": name, "number": thing.number}

    @forms.post("/form")
    async def send(a: Annotated[str, Form()]) -> str:
        return a

    @forms.post("/{name}")
    async def send_other(name: str) -> str:
        return name

    @inner.get("/deep")
    async def deep(request: Request) -> str:
        return request.url_for("deep").path

    @loud.get("/loud")
    async def shout() -> str:
        return "loud"

    bodies = APIRouter(prefix="/bodies")

    @bodies.post("/{name}")
    async def echo(request: Request, name: str, body: Annotated[Any, Body()]) -> Response:
        if body == {"refused": True}:
            raise HTTPException(409, headers={"x-method": request.method})
        return Response(f"{name} {body!r}")

    @bodies.post("/fixed")
    async def never() -> str:
        return "the route before takes its requests"

    @bodies.put("/fixed")
    async def put(request: Request, body: Annotated[Any, Body()]) -> Response:
        return Response(json.dumps(["put", body]))

    outer.post("/bodies")(put)
    outer.include_router(inner, prefix="/inner")

    @outer.get("/all/stream")
    async def stream() -> AsyncIterator[Thing]:
        yield Thing()

    outer.routes.append(Mount("/mounted", mounted))
    app = FastAPI()
    app.include_router(outer, prefix="/api", dependencies=[Depends(refuse)])
    app.include_router(loud)
    app.include_router(forms)
    app.include_router(bodies)
    app.dependency_overrides[named] = lambda: "overridden"
    return app, outer


def ask(app):
    client = TestClient(app)
    for headers in ({}, {"x-token": "t"}):
        for method, path, options in (
            ("GET", "/api/things/5", {}),
            ("GET", "/api/things/x", {}),
            ("POST", "/api/things", {"json": {"number": 2}}),
            ("POST", "/api/things", {"json": {"number": "x"}}),
            ("PUT", "/api/things/5", {}),
            ("POST", "/forms/form", {"data": {"a": "b"}}),
            ("POST", "/forms/other", {}),
            ("GET", "/api/things/all/stream", {}),
            ("GET", "/api/things/inner/deep", {}),
            ("GET", "/api/mounted/x", {}),
            ("GET", "/loud", {}),
            ("POST", "/bodies/fixed", {"json": {"a": 1}}),
            ("POST", "/bodies/x", {"json": {"refused": True}}),
            ("POST", "/bodies/x", {"json": [1]}),
            ("POST", "/bodies/x", {"json": None}),
            ("POST", "/bodies/x", {}),
            ("POST", "/bodies/x", {"content": b"{", "headers": JSON}),
            ("POST", "/bodies/x", {"content": b"{}", "headers": {"content-type": "text/plain"}}),
            ("POST", "/bodies/x", {"content": b"{}", "headers": {"content-type": "a/b+json; c=d"}}),
            ("POST", "/bodies/x", {"content": iter([b'{"in": ', b'"pieces"}']), "headers": JSON}),
            ("PUT", "/bodies/fixed", {"json": {"a": 1}}),
            ("DELETE", "/bodies/fixed", {}),
            ("GET", "/bodies/x", {}),
            ("POST", "/api/things/bodies", {"json": {"a": 1}}),
            ("GET", "/late", {}),
            ("GET", "/api/things/late/one", {}),
        ):
            sent = {**headers, **options.pop("headers", {})}
            answer = client.request(method, path, headers=sent, **options)
            yield [method, path, answer.status_code, answer.text, dict(answer.headers)]


plain, _ = create_app()
direct, router = create_app()
sys.path.insert(0, sys.argv[1])
runpy.run_module("app.server.direct_routes")["init_app"](direct)
for app, late in ((plain, _), (direct, router)):
    late.get("/late/one")(lambda: "late")
    app.get("/late")(lambda: "late")
copies = [[route.path, type(route).__name__] for route in direct.routes if isinstance(route, APIRoute)]
schemas = [plain.openapi(), direct.openapi()]
print(json.dumps([list(ask(plain)), list(ask(direct)), copies, *schemas]))
"""


@pytest.fixture(scope="module")
def printed(projects: Projects) -> Any:
    python = projects.environment("fastapi") / "bin/python"
    command = [str(python), "-c", SCRIPT, str(TEMPLATE)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603


def test_every_answer_is_the_same_with_and_without_shortcuts(printed: Any) -> None:
    plain, direct, *_ = printed
    assert {answer[2] for answer in plain} >= {200, 201, 401, 405, 422}
    assert direct == plain


def test_ordinary_routes_are_copied_and_the_document_is_not_changed(printed: Any) -> None:
    *_, copies, plain, direct = printed
    assert copies == [
        ["/api/things/{number}", "APIRoute"],
        ["/api/things", "APIRoute"],
        # With a dependency: FastAPI has something to prepare.
        ["/api/things/bodies", "APIRoute"],
        ["/api/things/inner/deep", "APIRoute"],
        ["/bodies/{name}", "BodyRoute"],
        ["/bodies/fixed", "APIRoute"],
        ["/bodies/fixed", "BodyRoute"],
        ["/late", "APIRoute"],
    ]
    assert direct == plain
