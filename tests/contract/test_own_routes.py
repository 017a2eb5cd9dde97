"""Routes of an owner: streams, events, work after the answer, administration, uploads and forms."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contract import expect
from tests.contract.conftest import NewUser, Start
from tests.support import projects as support
from tests.support.combinations import Combination, each_framework, run_over
from tests.support.databases import query
from tests.support.services import PATIENCE_SECONDS, Service, eventually
from tests.support.users import Session

FEATURE = {
    "fastapi": '''\
"""Adds reports to the application."""

from fastapi import FastAPI

from app.auth.current_user import include_protected, require_user
from app.reports.routes import router
from app.settings import Settings


def init_app(app: FastAPI, _settings: Settings) -> None:
    """Add the routes of reports."""
    include_protected(app, router, require_user)
''',
    "flask": '''\
"""Adds reports to the application."""

from flask import Flask

from app.auth.current_user import protect
from app.reports.routes import blueprint
from app.settings import Settings


def init_app(app: Flask, _settings: Settings) -> None:
    """Add the routes of reports."""
    app.register_blueprint(blueprint)
    protect(app, blueprint.name)
''',
}
ROUTES = {
    "fastapi": '''\
"""The routes of reports."""

import asyncio
import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, FastAPI, File, Form, Request, UploadFile
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse
from sqlalchemy import func, select

from app.auth.current_user import CurrentUser
from app.auth.ownership import as_everybody, set_current_user
from app.database import SessionDep, open_session
from app.items.models import Item

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/api/v1/reports")


@router.get("/stream")
async def stream(request: Request, user: CurrentUser) -> StreamingResponse:
    """Write the items of the user."""

    async def lines() -> AsyncIterator[str]:
        async with open_session(request.app) as session:
            set_current_user(session, user.id)
            for name in await session.scalars(select(Item.name)):
                logger.info("written")
                await asyncio.sleep(0.2)
                yield f"{name}\\n"

    return StreamingResponse(lines(), media_type="text/plain")


@router.get("/forgotten")
async def forgotten(request: Request) -> StreamingResponse:
    """Say for nobody whose items are meant."""

    async def lines() -> AsyncIterator[str]:
        yield "first\\n"
        async with open_session(request.app) as session:
            for name in await session.scalars(select(Item.name)):
                yield f"{name}\\n"

    return StreamingResponse(lines(), media_type="text/plain")


@router.get("/given-back")
async def given_back(session: SessionDep) -> StreamingResponse:
    """Use the session of the request after its end."""

    async def lines() -> AsyncIterator[str]:
        yield "first\\n"
        for name in await session.scalars(select(Item.name)):
            yield f"{name}\\n"

    return StreamingResponse(lines(), media_type="text/plain")


@router.get("/events", response_class=EventSourceResponse)
async def events(request: Request, user: CurrentUser) -> AsyncIterator[str]:
    """Send the items of the user again and again."""
    async with open_session(request.app) as session:
        set_current_user(session, user.id)
        while True:
            for name in await session.scalars(select(Item.name)):
                yield name
            await asyncio.sleep(0.05)


@router.get("/breaks")
async def breaks() -> StreamingResponse:
    """Fail in the middle."""

    async def lines() -> AsyncIterator[str]:
        yield "first\\n"
        await asyncio.sleep(0)
        raise ValueError("in the middle")

    return StreamingResponse(lines(), media_type="text/plain")


async def add_item(app: FastAPI, user_id: int, name: str) -> None:
    """Add an item after the answer."""
    async with open_session(app) as session:
        set_current_user(session, user_id)
        session.add(Item(name=name, price=Decimal(1)))
        await session.commit()
    logger.info("added")


@router.post("/later/{name}")
async def later(name: str, request: Request, user: CurrentUser, tasks: BackgroundTasks) -> str:
    """Add an item after the answer."""
    tasks.add_task(add_item, request.app, user.id, name)
    return name


@router.get("/count")
async def count(request: Request) -> list[int | None]:
    """Count the items of everybody."""
    async with open_session(request.app) as session:
        as_everybody(session)
        ids = await session.scalars(select(Item.owner_id).distinct())
        return [await session.scalar(select(func.count(Item.id))), *ids]


@router.get("/cut-off")
async def cut_off(request: Request, session: SessionDep) -> str:
    """Lose the connection after the last query."""
    process = await session.scalar(select(func.pg_backend_pid()))
    async with open_session(request.app) as other:
        await other.execute(select(func.pg_terminate_backend(process, 5000)))
    return "read"


@router.post("/upload")
async def upload(file: Annotated[UploadFile, File()]) -> int:
    """Take a file."""
    return len(await file.read())


@router.post("/form")
async def form(text: Annotated[str, Form()]) -> str:
    """Take a form."""
    return text
''',
    "flask": '''\
"""The routes of reports."""

import logging
from collections.abc import Iterator
from decimal import Decimal
from threading import Thread
from time import sleep

from flask import Blueprint, Flask, Response, current_app, jsonify, request, stream_with_context
from sqlalchemy import func, select

from app.auth.current_user import current_user
from app.auth.ownership import as_everybody, set_current_user
from app.database import db
from app.items.models import Item

logger = logging.getLogger(__name__)
blueprint = Blueprint("reports", __name__, url_prefix="/api/v1/reports")


@blueprint.get("/stream")
def stream() -> Response:
    """Write the items of the user."""
    user_id = current_user().id

    @stream_with_context
    def lines() -> Iterator[str]:
        set_current_user(db.session, user_id)
        for name in db.session.scalars(select(Item.name)):
            logger.info("written")
            sleep(0.2)
            yield f"{name}\\n"

    return Response(lines(), mimetype="text/plain")


@blueprint.get("/forgotten")
def forgotten() -> Response:
    """Say for nobody whose items are meant."""

    @stream_with_context
    def lines() -> Iterator[str]:
        yield "first\\n"
        for name in db.session.scalars(select(Item.name)):
            yield f"{name}\\n"

    return Response(lines(), mimetype="text/plain")


@blueprint.get("/given-back")
def given_back() -> Response:
    """Use the session of the request after its end."""
    session = db.session()

    def lines() -> Iterator[str]:
        yield "first\\n"
        for name in session.scalars(select(Item.name)):
            yield f"{name}\\n"

    return Response(lines(), mimetype="text/plain")


@blueprint.get("/events")
def events() -> Response:
    """Send the items of the user again and again."""
    user_id = current_user().id

    @stream_with_context
    def lines() -> Iterator[str]:
        set_current_user(db.session, user_id)
        while True:
            for name in db.session.scalars(select(Item.name)):
                yield f'data: "{name}"\\n\\n'
            sleep(0.05)

    return Response(lines(), mimetype="text/event-stream")


@blueprint.get("/breaks")
def breaks() -> Response:
    """Fail in the middle."""

    def lines() -> Iterator[str]:
        yield "first\\n"
        raise ValueError("in the middle")

    return Response(lines(), mimetype="text/plain")


@blueprint.get("/fails")
def fails() -> Response:
    """Fail before anything is sent."""

    def lines() -> Iterator[str]:
        raise ValueError("at once")
        yield

    return Response(lines(), mimetype="text/plain")


def add_item(app: Flask, user_id: int, name: str) -> None:
    """Add an item after the answer."""
    with app.app_context():
        set_current_user(db.session, user_id)
        db.session.add(Item(name=name, price=Decimal(1)))
        db.session.commit()
    logger.info("added")


@blueprint.post("/later/<name>")
def later(name: str) -> Response:
    """Add an item after the answer."""
    app = current_app._get_current_object()
    Thread(target=add_item, args=(app, current_user().id, name)).start()
    return jsonify(name)


@blueprint.get("/count")
def count() -> Response:
    """Count the items of everybody."""
    as_everybody(db.session)
    ids = db.session.scalars(select(Item.owner_id).distinct())
    return jsonify([db.session.scalar(select(func.count(Item.id))), *ids])


@blueprint.get("/cut-off")
def cut_off() -> Response:
    """Lose the connection after the last query."""
    process = db.session.scalar(select(func.pg_backend_pid()))
    with db.engine.connect() as other:
        other.execute(select(func.pg_terminate_backend(process, 5000)))
    return jsonify("read")


@blueprint.post("/upload")
def upload() -> Response:
    """Take a file."""
    return jsonify(len(request.files["file"].read()))


@blueprint.post("/form")
def form() -> Response:
    """Take a form."""
    return jsonify(request.form["text"])
''',
}
REPORTS = "/api/v1/reports"
# More than any pool has connections.
HANG_UPS = 20

with_reports = run_over(each_framework(database="postgresql", auth="jwt"))


@pytest.fixture(scope="session")
def reports(
    combination: Combination,
    project: Path,
    start_shared: Start,
    tmp_path_factory: pytest.TempPathFactory,
) -> Service:
    """A service with the routes of an owner."""
    folder = tmp_path_factory.mktemp(f"reports-{combination}")
    grown = support.copy(project, folder / "project")
    package, main = grown / "app/reports", grown / "app/main.py"
    package.mkdir()
    (package / "__init__.py").write_text('"""Reports."""\n')
    (package / "feature.py").write_text(FEATURE[combination.framework])
    (package / "routes.py").write_text(ROUTES[combination.framework])
    text = main.read_text()
    for line, mine in (
        ("from app.middleware", "from app.reports import feature as reports\n"),
        ("    items.init_app(app, settings)\n", "    reports.init_app(app, settings)\n"),
    ):
        assert line in text
        text = text.replace(line, mine + line)
    main.write_text(text)
    return start_shared(project=grown)


@pytest.fixture
def session(reports: Service, new_user: NewUser) -> Session:
    """The session of a user who has an item, beside whom somebody else has one too."""
    for name in ("theirs", "mine"):
        session = new_user(reports).sign_in()
        answer = session.ask("POST", "/api/v1/items", json={"name": name, "price": 1})
        assert answer.status_code == 201
    return session


def ask(
    session: Session, path: str, method: str = "GET", **options: Any
) -> tuple[httpx.Response, str]:
    """Send a request, and say which id it had."""
    answer = session.ask(method, f"{REPORTS}/{path}", **options)
    return answer, answer.headers["x-request-id"]


def break_off(service: Service, session: Session, path: str) -> list[dict[str, Any]]:
    """Send a request whose answer breaks off, and return what the log says of it."""
    name = uuid4().hex
    headers = {"Authorization": f"Bearer {session.access_token}", "X-Request-ID": name}
    with service.client.stream("GET", f"{REPORTS}/{path}", headers=headers) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    eventually(
        lambda: any(line["level"] == "ERROR" for line in service.log_of(name)),
        PATIENCE_SECONDS,
        "the log has no error",
    )
    return service.log_of(name)


def open_transactions(database: dict[str, str]) -> int:
    """How many connections of the service somebody uses."""
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND state <> 'idle' AND pid <> pg_backend_pid()"
    )
    return int(query(database["DATABASE_URL"], statement)[0][0])


def nothing_is_held(database: dict[str, str]) -> None:
    """Wait until every connection is given back."""
    eventually(lambda: open_transactions(database) == 0, PATIENCE_SECONDS, "a connection is held")


@with_reports
def test_a_stream_has_the_rows_of_its_user_and_is_logged_at_its_end(
    reports: Service, session: Session, database: dict[str, str]
) -> None:
    answer, name = ask(session, "stream")
    assert answer.text == "mine\n"
    *written, line = reports.log_of(name)
    assert [entry["message"] for entry in written] == ["written"]
    assert (line["status"], line.get("broken_off_by")) == (200, None)
    assert line["duration_ms"] >= 200
    nothing_is_held(database)


@with_reports
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("forgotten", "set_current_user"),
        ("given-back", "This session is closed"),
        ("breaks", "ValueError: in the middle"),
    ],
)
def test_a_stream_that_breaks_is_logged_with_its_traceback_once(
    reports: Service, session: Session, database: dict[str, str], path: str, message: str
) -> None:
    lines = break_off(reports, session, path)
    (error,) = (line for line in lines if line["level"] == "ERROR")
    assert message in error["exc_info"]
    (line,) = (line for line in lines if "status" in line)
    assert (line["status"], line["broken_off_by"]) == (200, "service")
    nothing_is_held(database)


@run_over(each_framework(database="postgresql", auth="jwt")[-1:])
def test_a_stream_that_fails_at_once_is_a_500_where_the_head_waits_for_it(
    combination: Combination, reports: Service, session: Session
) -> None:
    assert combination.framework == "flask"
    answer, name = ask(session, "fails")
    expect.problem(answer, 500, instance=f"{REPORTS}/fails")
    assert "ValueError: at once" in json.dumps(reports.log_of(name))


@with_reports
def test_a_connection_that_ends_after_the_last_query_changes_no_answer(
    reports: Service, session: Session, database: dict[str, str]
) -> None:
    answer, name = ask(session, "cut-off")
    assert (answer.status_code, answer.json()) == (200, "read")
    assert [line["level"] for line in reports.log_of(name)] == ["INFO"]
    answer, _ = ask(session, "stream")
    assert answer.text == "mine\n"
    nothing_is_held(database)


@with_reports
def test_clients_that_hang_up_leave_no_connection_and_are_no_error(
    reports: Service, session: Session, database: dict[str, str]
) -> None:
    names = [uuid4().hex for _ in range(HANG_UPS)]
    headers = {"Authorization": f"Bearer {session.access_token}"}
    for name in names:
        with reports.client.stream(
            "GET", f"{REPORTS}/events", headers=headers | {"X-Request-ID": name}
        ) as answer:
            for line in answer.iter_lines():
                if line:
                    assert line == 'data: "mine"'
                    break
    for name in names:
        lines = reports.log_of(name)
        assert [line["broken_off_by"] for line in lines if "status" in line] == ["client"]
        assert {line["level"] for line in lines} == {"INFO"}
    nothing_is_held(database)
    assert ask(session, "stream")[0].text == "mine\n"


@with_reports
def test_work_after_the_answer_writes_for_its_user(reports: Service, session: Session) -> None:
    answer, _ = ask(session, "later/afterwards", "POST")
    assert answer.json() == "afterwards"

    def added() -> bool:
        items = session.ask("GET", "/api/v1/items").json()["items"]
        return "afterwards" in [item["name"] for item in items]

    eventually(added, PATIENCE_SECONDS, "nothing was added")


@with_reports
def test_a_route_can_see_the_rows_of_everybody(session: Session) -> None:
    count, *owners = ask(session, "count")[0].json()
    assert count >= 2
    assert len(owners) >= 2


@with_reports
def test_uploads_and_forms_come_through_the_middleware(session: Session) -> None:
    assert ask(session, "upload", "POST", files={"file": b"a" * 100_000})[0].json() == 100_000
    assert ask(session, "form", "POST", data={"text": "Grüße"})[0].json() == "Grüße"
    large = ask(session, "upload", "POST", files={"file": b"a" * 2_000_000})[0]
    expect.problem(large, 413, instance=f"{REPORTS}/upload")
