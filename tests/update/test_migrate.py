"""A Flask service with code of its own becomes one of FastAPI: what its owner and its clients see on the way."""

import json
import random
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scaffold.migrate import proxy
from tests.cli.conftest import Cli, Repository
from tests.support import shop, wire
from tests.support.bootstrap import Hashes
from tests.support.combinations import CONTRACT_STRENGTH
from tests.support.migrating import new_flask_project
from tests.support.projects import Projects, migrate, run
from tests.support.proxied import Proxied, behind_nginx
from tests.support.services import PATIENCE_SECONDS, Service, eventually
from tests.support.sockets import join, new_room
from tests.support.users import Session, register
from tests.update.conftest import everything

pytestmark = [
    pytest.mark.usefixtures("kept_renderings"),
    # The stages and the service are made once, for all of these tests.
    pytest.mark.xdist_group("migrate"),
]
ITEMS, ORDERS = "/api/v1/items", "/api/v1/orders"
PARITY = (".venv/bin/python", "-m", "pytest", "-q", "tests/test_parity.py", "-k")
BEGIN = ("migrate", "--to", "fastapi", "--no-install")
FINISH = ("migrate", "--finish", "--no-install")
# What `scaffold compare --migrated` does, in less time.
COMPARE = """
import sys
from pathlib import Path
from scaffold.compare.measure import Schedule
from scaffold.compare.migrated import compare_migrated
from scaffold.console import Console

pace = Schedule(rounds=1, seconds=1, warm_up_seconds=0, probes=2)
found = compare_migrated(Path(sys.argv[1]), pace, Console(), lambda _: False)
measured = {workload.name for workload in found.workloads if workload.metrics}
assert {"/api/v1/items", "/api/v1/orders"} <= measured, found.workloads
"""
TAKEN_ALONG: list[tuple[str, ...]] = [
    (
        *("--database=postgresql", "--auth=jwt", "--pages=htmx", "--ml", "--rate-limit"),
        *("--observability", "--outbound", "--deploy=kubernetes"),
    )
]
if CONTRACT_STRENGTH > 2:
    TAKEN_ALONG += [("--database=none",), ("--database=mysql", "--pages=plain")]


@dataclass(frozen=True)
class Stage:
    """A project at one moment of its way, and the tool in its folder."""

    cli: Cli
    project: Repository

    @property
    def path(self) -> Path:
        return self.project.path

    def copy(self, folder: Path) -> "Stage":
        """The same for a test that changes it."""
        (folder / "home").mkdir(parents=True)
        cli = Cli(shutil.copytree(self.path, folder / "shop", symlinks=True), folder / "home")
        cli.env["SCAFFOLD_TEMPLATE"] = self.cli.env["SCAFFOLD_TEMPLATE"]
        return Stage(cli, Repository(cli.cwd))

    def check(self, *tests: str) -> None:
        """Lint the project, and run some of its tests."""
        for command in (("ruff", "check", "--quiet"), ("ruff", "format", "--check", "--quiet")):
            run(f".venv/bin/{command[0]}", *command[1:], folder=self.path)
        run(".venv/bin/python", "-m", "pytest", "-q", *tests, folder=self.path)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Stage:
    """A Flask service with routes, a table, an error handler and tests of its own."""
    folder = tmp_path_factory.mktemp("grown")
    cli, project = new_flask_project(
        projects, folder, "--database=sqlite", "--auth=jwt", "--websockets"
    )
    shop.grow(project.path)
    project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "Orders")
    return Stage(cli, project)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory, grown: Stage) -> Stage:
    """The same where FastAPI answers first."""
    stage = grown.copy(tmp_path_factory.mktemp("begun"))
    ran = stage.cli.run(*BEGIN)
    assert ran.code == 0, ran
    stage.project.git("commit", "--quiet", "-m", "FastAPI answers first")
    return stage


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory, begun: Stage) -> Stage:
    """The same with the last of its routes in FastAPI."""
    stage = begun.copy(tmp_path_factory.mktemp("moved"))
    shop.move(stage.path)
    stage.project.git("add", "--all")
    stage.project.git("commit", "--quiet", "-m", "The routes of orders")
    return stage


@contextmanager
def serving(stage: Stage, folder: Path, **settings: str) -> Iterator[Service]:
    """The service of a stage, with a database of its own."""
    (folder / "python").mkdir(parents=True)
    common = {
        "JWT_SECRET": "0123456789abcdef" * 4,
        "DATABASE_URL": f"sqlite:///{folder / 'shop.db'}",
    }
    migrate(stage.path, **common)
    hashes = {"PYTHONPATH": Hashes(folder / "python").pythonpath}
    with Service(stage.path, folder / "service", common | hashes | settings) as service:
        yield service


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory, moved: Stage) -> Iterator[Proxied]:
    """Each application in a process of its own behind nginx, which sends no order to FastAPI yet."""
    stage = moved.copy(tmp_path_factory.mktemp("proxied"))
    assert stage.cli.run("migrate", "--proxy").code == 0
    mapped = stage.path / "proxy/routes.map"
    mapped.write_text(without_orders(mapped.read_text()))
    folder = tmp_path_factory.mktemp("processes")
    with (
        serving(stage, folder / "new", TRUSTED_PROXIES="127.0.0.1") as new,
        Service(stage.path, folder / "old", new.settings | {"OLD_ROUTES": "*"}) as old,
        behind_nginx(stage.path, folder / "nginx", new, old) as both,
    ):
        yield both


@pytest.fixture(scope="module", params=["mount", "proxy"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, begun: Stage
) -> Iterator[Service]:
    """Both applications, in one process or behind nginx."""
    if request.param == "proxy":
        yield request.getfixturevalue("proxied")
        return
    with serving(begun, tmp_path_factory.mktemp("service")) as service:
        yield service


def without_orders(mapped: str) -> str:
    """A map of nginx that sends no order to FastAPI."""
    return "".join(line for line in mapped.splitlines(True) if "orders" not in line)


@pytest.fixture(scope="module")
def user(service: Service) -> Session:
    return register(service.client).sign_in()


def test_a_plan_writes_nothing_and_an_abort_takes_all_back(grown: Stage, tmp_path: Path) -> None:
    stage = grown.copy(tmp_path)
    before = everything(stage.path), stage.project.git("ls-files", "--stage")
    planned = stage.cli.run(*BEGIN, "--dry-run", "--json").json
    assert planned["status"] == "planned"
    assert planned["answers"] == {"framework": {"from": "flask", "to": "fastapi"}}
    moves = {change["path"]: change["source"] for change in planned["changes"]}
    assert moves["flask_app/orders/routes.py"] == "app/orders/routes.py"
    assert "flask_app/orders/models.py" not in moves
    assert (everything(stage.path), stage.project.git("ls-files", "--stage")) == before
    made = stage.cli.run(*BEGIN, "--json").json
    assert (made["status"], made["changes"]) == ("updated", planned["changes"])
    assert stage.cli.run("migrate", "--abort").code == 0
    assert (everything(stage.path), stage.project.git("ls-files", "--stage")) == before


def test_what_is_not_committed_and_what_is_no_flask_is_refused(
    grown: Stage, begun: Stage, tmp_path: Path
) -> None:
    stage = grown.copy(tmp_path)
    (stage.path / "notes.txt").write_text("mine")
    refused = stage.cli.run(*BEGIN)
    assert refused.code == 2
    assert "not committed: notes.txt" in refused.err
    assert "nothing to migrate" in begun.cli.run(*BEGIN).err
    assert "no migration has begun" in grown.cli.run("migrate", "--status").err


def test_the_project_passes_its_own_checks_at_each_step(begun: Stage, moved: Stage) -> None:
    begun.check(
        "tests/test_parity.py",
        "tests/test_orders.py",
        "tests/test_migrations.py",
        "tests/test_current_user.py",
    )
    run(".venv/bin/mypy", folder=begun.path)
    moved.check("tests/test_orders.py")


def test_own_code_keeps_its_history_and_its_words(begun: Stage) -> None:
    shown = begun.project.git("show", "--stat", "--format=", "-M", "HEAD")
    assert "{app => flask_app}/orders/routes.py" in shown
    routes = (begun.path / "flask_app/orders/routes.py").read_text()
    assert "from app.orders.models import Order\n" in routes
    assert "from flask_app.database import db\n" in routes
    assert '    """Nothing can be sold twice."""\n' in routes


def test_the_guide_and_the_status_name_what_is_left(begun: Stage) -> None:
    guide = (begun.path / "MIGRATION.md").read_text()
    assert (
        "| `GET` | `/api/v1/orders/{order_id}` | `orders.read_order` | `flask_app/orders/" in guide
    )
    assert "| `GET` | `/api/v1/items` | `items.list_items` |" in guide
    status = begun.cli.run("migrate", "--status", "--json").json
    left = {f"{r['method']} {r['path']}" for r in status["routes"] if not r["done"]}
    assert status["status"] == "left"
    assert len(left) == 8
    assert all(ORDERS in route for route in left)


def test_one_user_is_signed_in_at_both(user: Session) -> None:
    created = user.ask("POST", ORDERS, json={"customer": "Ann"})
    assert (created.status_code, created.json()["customer"]) == (201, "Ann")
    item = user.ask("POST", "/api/v1/items", json={"name": "Tea", "price": "1.00"})
    assert item.status_code == 201
    listed = user.ask("GET", ORDERS).json()
    assert (listed["items"], listed["user"]) == (1, user.me().json()["email"])


def test_a_logout_in_one_counts_in_the_other(service: Service) -> None:
    session = register(service.client).sign_in()
    assert session.ask("GET", ORDERS).status_code == 200
    assert session.log_out().status_code == 204
    assert session.ask("GET", ORDERS).status_code == 401


def test_a_chunked_body_and_two_cookies_come_through(service: Service) -> None:
    parts = [b"a" * 10_000, b"b", b"c" * 70_000]
    with service.client_at() as client:
        answer = client.post(f"{ORDERS}/echo", content=iter(parts))
    assert answer.content == b"".join(parts)
    cookies = answer.headers.get_list("Set-Cookie")
    assert [cookie.partition(";")[0] for cookie in cookies] == ["one=1", "two=2"]


def test_a_body_is_limited_by_the_new_application(service: Service) -> None:
    with service.client_at() as client:
        answer = client.post(f"{ORDERS}/echo", content=iter([b"x" * 700_000] * 3))
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_stream_and_a_head_come_through(user: Session) -> None:
    stream = user.ask("GET", f"{ORDERS}/stream")
    assert stream.text == "line 0\nline 1\nline 2\n"
    head = user.ask("HEAD", f"{ORDERS}/stream")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"] == stream.headers["Content-Type"]


def test_a_405_names_the_methods_of_both_and_a_404_is_a_problem(user: Session) -> None:
    refused = user.ask("PUT", ORDERS)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, POST")
    assert user.ask("PUT", "/api/v1/items").status_code == 405
    for path in ("/api/v1/nothing", "//api/v1/orders"):
        missing = user.ask("GET", path)
        assert missing.status_code == 404
        assert missing.json()["title"] == "Not Found"


def test_an_error_of_the_old_application_has_its_own_answer(user: Session) -> None:
    assert user.ask("DELETE", f"{ORDERS}/1").json()["detail"] == "It is sold out."


def test_a_request_has_one_id_and_one_line_of_the_log(service: Service, user: Session) -> None:
    for path, status in ((ORDERS, 200), (f"{ORDERS}/broken", 500)):
        answer = user.ask("GET", path)
        assert answer.status_code == status
        (request_id,) = answer.headers.get_list("X-Request-ID")
        lines = service.log_of(request_id)
        assert [line["status"] for line in lines if line["message"] == "request"] == [status]
        assert len(lines) == (1 if status == 200 else 2)


def test_the_document_has_the_routes_of_both(service: Service) -> None:
    document = service.client.get("/openapi.json").json()
    assert {"get", "post"} <= document["paths"][ORDERS].keys()
    parameters = document["paths"][f"{ORDERS}/{{order_id}}"]["get"]["parameters"]
    assert [parameter["name"] for parameter in parameters] == ["order_id"]
    assert {"get", "post"} <= document["paths"]["/api/v1/items"].keys()


def test_a_socket_stays_open_beside_the_old_application(service: Service, user: Session) -> None:
    authorization = f"Authorization: Bearer {user.access_token}"
    with join(service, new_room(), authorization) as socket:
        assert user.ask("GET", f"{ORDERS}/stream").status_code == 200
        socket.send('{"type":"ping"}')
        assert socket.read() == {"type": "pong"}


def test_a_route_goes_back_and_a_slow_request_is_finished_at_a_stop(
    moved: Stage, proxied: Proxied, tmp_path: Path
) -> None:
    back = f"GET:{ORDERS} GET:{ORDERS}/slow"
    with (
        serving(moved, tmp_path, OLD_ROUTES=back) as service,
        behind_nginx(proxied.project, tmp_path / "nginx", service, service) as through_nginx,
    ):
        user = register(service.client).sign_in()
        # Flask's own JSON has its members in the order of their names.
        assert user.ask("GET", ORDERS).text.startswith('{"items":0,"orders":[]')
        created = user.ask("POST", ORDERS, json={"customer": "Ann"})
        assert created.text == '{"id":1,"customer":"Ann"}'
        token = f"Authorization: Bearer {user.access_token}"
        with service.connection() as direct, through_nginx.connection() as behind:
            for connection in (direct, behind):
                connection.sendall(wire.head("GET", f"{ORDERS}/slow?seconds=2", "Host: x", token))
            # What comes later is answered, so that both are under way.
            assert user.me().status_code == 200
            assert through_nginx.client.get("/livez").status_code == 200
            service.terminate()
            for connection in (direct, behind):
                assert wire.receive(connection).json() == {"slept": True}
        assert service.wait() in (0, 143, -signal.SIGTERM)


def test_a_line_of_the_map_moves_a_route_and_takes_it_back(proxied: Proxied) -> None:
    user = register(proxied.client).sign_in()
    before = (proxied.folder / "routes.map").read_text()

    def answers_fastapi() -> bool:
        return not user.ask("GET", ORDERS).text.startswith('{"items":')

    assert not answers_fastapi()
    proxied.follow(f'{before}"GET:{ORDERS}" new;\n')
    eventually(answers_fastapi, PATIENCE_SECONDS, "nginx sends the route to Flask still")
    created = user.ask("POST", ORDERS, json={"customer": "Ann"})
    # One database: Flask writes, and FastAPI reads.
    assert created.status_code == 201
    assert user.ask("GET", ORDERS).json()["orders"][-1] == created.json()
    proxied.follow(before)
    eventually(lambda: not answers_fastapi(), PATIENCE_SECONDS, "the route has not gone back")


def test_nginx_is_planned_written_named_by_the_status_and_taken_back(
    moved: Stage, tmp_path: Path
) -> None:
    stage = moved.copy(tmp_path)
    before = everything(stage.path)
    planned = stage.cli.run("migrate", "--proxy", "--dry-run", "--json").json
    assert everything(stage.path) == before
    made = stage.cli.run("migrate", "--proxy", "--json").json
    assert made["changes"] == planned["changes"]
    assert {change["path"] for change in made["changes"]} == set(proxy.FILES)
    mapped = stage.path / proxy.MAP
    assert f'"~^GET:{ORDERS}/[^/]+$" new;' in mapped.read_text().splitlines()
    mapped.write_text(mapped.read_text().replace(f'"POST:{ORDERS}" new;\n', ""))
    assert f'  "POST:{ORDERS}" new;' in stage.cli.run("migrate", "--status").out.splitlines()
    stage.project.git("add", "--all")
    stage.project.git("commit", "--quiet", "-m", "nginx")
    assert stage.cli.run(*FINISH).code == 0
    assert not any((stage.path / path).exists() for path in proxy.FILES)


def test_a_migration_can_begin_with_nginx(grown: Stage, tmp_path: Path) -> None:
    stage = grown.copy(tmp_path)
    before = everything(stage.path)
    assert stage.cli.run(*BEGIN, "--proxy").code == 0
    mapped = (stage.path / proxy.MAP).read_text()
    assert '"GET:/api/v1/items" new;' in mapped.splitlines()
    assert mapped == without_orders(mapped)
    assert stage.cli.run("migrate", "--abort").code == 0
    assert everything(stage.path) == before


def test_a_route_that_flask_never_had_stops_the_start(begun: Stage) -> None:
    program = "from app.main import create_app; create_app()"
    settings = {"JWT_SECRET": "0123456789abcdef" * 4, "OLD_ROUTES": "GET:/nothing"}
    with pytest.raises(AssertionError, match="OLD_ROUTES: the old application has no GET:/nothing"):
        run(".venv/bin/python", "-c", program, folder=begun.path, **settings)


def test_five_hundred_recorded_requests_are_answered_alike(moved: Stage, tmp_path: Path) -> None:
    stage = moved.copy(tmp_path)
    recording = stage.path / "tests/parity/visits.jsonl"
    recording.write_text("".join(json.dumps(line) + "\n" for line in recorded_requests(500)))
    run(*PARITY, "visits", folder=stage.path)


def recorded_requests(number: int) -> Iterator[dict[str, Any]]:
    """What clients might have sent, right and wrong, to every route that both applications have."""
    chosen = random.Random(number)  # noqa: S311 - the same each time
    user = {"email": "bo@example.com", "password": "correct horse battery"}
    form = {"username": user["email"], "password": user["password"]}
    item = {"name": "tea", "description": "green", "category": "drinks", "price": "3.50"}
    signed_in = {"Authorization": "Bearer $token"}
    yield {"method": "POST", "path": "/api/v1/auth/register", "json": user}
    save = {"token": "access_token"}
    yield {"method": "POST", "path": "/api/v1/auth/token", "data": form, "save": save}
    for made in range(8):
        body = item | {"name": f"tea {made}", "price": f"{made}.25"}
        save = {f"item{made}": "id"}
        request = {"method": "POST", "path": ITEMS, "json": body, "headers": signed_in}
        yield request | {"save": save}
    bodies = (
        item,
        {"name": "", "price": 1},
        {"name": "x", "price": "1.001"},
        {"name": "x", "price": -1},
        {"name": 7, "price": None, "more": True},
        [item],
        None,
    )
    queries = ("", "?limit=3", "?limit=0", "?keyword=tea", "?min_price=2&max_price=5", "?cursor=x")
    for _ in range(number - 10):
        place = chosen.choice(["$item0", "$item1", "$item2", "999", "0", "x", "-1", str(2**70)])
        method, path = chosen.choice(
            [
                ("GET", ITEMS + chosen.choice(queries)),
                ("POST", ITEMS),
                *[(method, f"{ITEMS}/{place}") for method in ("GET", "PATCH", "DELETE", "PUT")],
                ("HEAD", f"{ITEMS}/{place}"),
                ("OPTIONS", ITEMS),
                ("GET", "/api/v1/auth/me"),
                ("GET", ORDERS),
                ("POST", f"{ORDERS}/echo"),
                ("GET", f"{ORDERS}/stream"),
                ("GET", f"{ORDERS}/nothing"),
            ]
        )
        headers = chosen.choice([signed_in] * 4 + [{}, {"Authorization": "Bearer x"}])
        request = {"method": method, "path": path, "headers": headers}
        yield request | ({"json": chosen.choice(bodies)} if method in ("POST", "PATCH") else {})


def test_an_answer_that_is_not_the_same_is_found(moved: Stage, tmp_path: Path) -> None:
    stage = moved.copy(tmp_path)
    recording = stage.path / "tests/parity/orders.jsonl"
    user = '"email": "bo@example.com", "password": "correct horse battery"'
    form = user.replace("email", "username")
    recording.write_text(
        f'''{{"method": "POST", "path": "/api/v1/auth/register", "json": {{{user}}}}}
{{"method": "POST", "path": "/api/v1/auth/token", "data": {{{form}}}, "save": {{"t": "access_token"}}}}
{{"method": "GET", "path": "{ORDERS}", "headers": {{"Authorization": "Bearer $t"}}}}
{{"method": "GET", "path": "{ORDERS}"}}
'''
    )
    run(*PARITY, "orders", folder=stage.path)
    # Flask's view has no schema: it fails where FastAPI refuses.
    lines = recording.read_text().splitlines()
    lines.append(lines[2].replace("GET", "POST").replace("}}", '}, "json": {"customer": 7}}'))
    recording.write_text("\n".join(lines))
    with pytest.raises(AssertionError, match=r"orders\.jsonl:5"):
        run(*PARITY, "orders", folder=stage.path)


if CONTRACT_STRENGTH > 2:  # a minute of load: each night

    def test_what_a_route_gains_is_measured(moved: Stage) -> None:
        before = everything(moved.path)
        # Not in this process, which loading Copier would leave another one.
        run(sys.executable, "-c", COMPARE, str(moved.path), folder=moved.path)
        assert everything(moved.path) == before


def test_a_feature_is_added_on_the_way(begun: Stage, tmp_path: Path) -> None:
    stage = begun.copy(tmp_path)
    added = stage.cli.run("add", "outbound", "--no-install", "--json").json
    assert added["status"] == "updated"
    stage.project.git("commit", "--quiet", "--all", "-m", "Weather")
    removed = stage.cli.run("remove", "websockets", "--no-install", "--json").json
    assert removed["status"] == "updated"
    stage.check("tests/test_parity.py", "tests/test_weather.py", "tests/test_health.py")


def test_a_finish_is_refused_while_routes_are_left(begun: Stage) -> None:
    before = everything(begun.path)
    refused = begun.cli.run(*FINISH)
    assert refused.code == 3
    assert "FastAPI has no route for GET /api/v1/orders" in refused.err
    assert everything(begun.path) == before


def test_a_finish_leaves_nothing_of_flask_and_can_be_taken_back(
    moved: Stage, tmp_path: Path
) -> None:
    stage = moved.copy(tmp_path)
    assert stage.cli.run("migrate", "--status", "--json").json["status"] == "done"
    before = everything(stage.path)
    assert stage.cli.run(*FINISH).code == 0
    assert stage.cli.run("migrate", "--abort").code == 0
    assert everything(stage.path) == before
    assert stage.cli.run(*FINISH).code == 0
    stage.check("tests/test_orders.py", "tests/test_migrations.py")
    # All that is left is what differs from a service that was FastAPI's from the start: the user's.
    different = {c["path"] for c in stage.cli.run("diff", "--json").json["changes"]}
    assert different == {*shop.GROWN, "app/main.py"}
    tracked = stage.project.git("ls-files").splitlines()
    texts = {path: (stage.path / path).read_text(errors="ignore").lower() for path in tracked}
    assert [path for path, text in texts.items() if "flask" in text] == []


@pytest.mark.parametrize("options", TAKEN_ALONG, ids=lambda options: " ".join(options))
def test_every_database_and_feature_is_taken_along(
    options: tuple[str, ...], tmp_path: Path, projects: Projects
) -> None:
    stage = Stage(*new_flask_project(projects, tmp_path, *options))
    assert stage.cli.run(*BEGIN).code == 0
    stage.check("tests/test_parity.py", "tests/test_health.py")
    status = stage.cli.run("migrate", "--status", "--json").json
    assert (status["status"], len(status["routes"]) > 1) == ("done", True)
