"""Contract, "Observability": metrics, traces and errors, and that nothing of a client is in them."""

import fcntl
import json
import os
import re
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.contract import expect
from tests.contract.conftest import NewUser, Start
from tests.support import projects as support
from tests.support import sockets, wire
from tests.support.collectors import BATCH_MILLISECONDS, Collector, Span, collector
from tests.support.combinations import Combination, each_framework, run_over
from tests.support.promtool import promtool
from tests.support.services import PATIENCE_SECONDS, Service, eventually, free_port, spawn
from tests.support.workers import ask_workers

pytestmark = run_over(
    each_framework(
        database="sqlite", auth="jwt", websockets=True, ml=True, rate_limit=True, observability=True
    )
)

LIMIT = 1024 * 1024
REQUESTS = "http_server_request_duration_seconds"
PARENT_ID = "b7ad6b7169203331"
SERVER, CLIENT = 2, 3
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where the service keeps its files
FOLDERS = f"{SHARED_MEMORY}/service-metrics-*"
# What fails, with something in the text of its exception that its client has sent.
FAILS = {
    "fastapi": """
    @app.get("/fails")
    async def fails(text: str) -> None:
        raise ValueError(text)

    return app
""",
    "flask": """
    @app.get("/fails")
    def fails() -> None:
        from flask import request

        raise ValueError(request.args["text"])

    return app
""",
}
# Whatever the framework, a request is counted like this.
COUNTED = [
    ("GET", "/nothing/5", "other", 404),
    ("GET", "/api/v1/items", "/api/v1/items", 200),
    ("GET", "/api/v1/items/123456", "/api/v1/items/{item_id}", 404),
    ("GET", "/api/v1/items/x", "/api/v1/items/{item_id}", 422),
    ("PUT", "/api/v1/items", "other", 405),
    ("HEAD", "/docs", "/docs", 200),
    ("GET", "/docs/start.js", "/docs/{name}", 200),
    ("GET", "/docs/nothing", "/docs/{name}", 404),
    ("GET", "/openapi.json", "/openapi.json", 200),
    ("POST", "/api/v1/auth/token", "/api/v1/auth/token", 422),
    ("GET", "/ws/rooms/x", "/ws/rooms/{room}", 426),
    ("GET", "/v2/models/iris", "/v2/models/{name}", 200),
    ("GET", "/fails?text=x", "/fails", 500),
    ("PROPFIND", "/nothing", "other", 404),
]

Sample = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture(scope="session")
def observed(
    combination: Combination,
    project: Path,
    start_shared: Start,
    received: Collector,
    metrics_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Service:
    """Two workers that are observed, and a route that fails."""
    grown = support.copy(project, tmp_path_factory.mktemp(f"fails-{combination}") / "project")
    main = grown / "app/main.py"
    main.write_text(main.read_text().replace("\n    return app\n", FAILS[combination.framework]))
    settings = received.settings | {"METRICS_PORT": str(metrics_port), "WEB_CONCURRENCY": "2"}
    return start_shared(project=grown, **settings)


@pytest.fixture
def metrics(observed: Service, metrics_port: int) -> "Metrics":
    return Metrics(metrics_port)


class Metrics:
    """The port of the metrics."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path: str = "/metrics", **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, trust_env=False)

    def read(self) -> dict[Sample, float]:
        """Every sample, by its name and labels."""
        families = text_string_to_metric_families(self.ask().text)
        samples = [sample for family in families for sample in family.samples]
        return {(s.name, frozenset(s.labels.items())): s.value for s in samples}

    def value(self, name: str, **labels: str) -> float:
        """A sample, or 0 where there is none yet."""
        return self.read().get((name, frozenset(labels.items())), 0)

    def requests(self) -> float:
        """How many requests were counted."""
        return sum(v for (name, _), v in self.read().items() if name == f"{REQUESTS}_count")


def counted(metrics: Metrics, method: str, route: str, status: int) -> float:
    return metrics.value(f"{REQUESTS}_count", method=method, route=route, status=str(status))


def test_a_request_counts_by_method_route_and_status(observed: Service, metrics: Metrics) -> None:
    for method, path, route, status in COUNTED:
        named = "_OTHER" if method == "PROPFIND" else method
        before = counted(metrics, named, route, status)
        answer = observed.client.request(method, path)
        assert answer.status_code == status, (path, answer.content)
        assert counted(metrics, named, route, status) == before + 1, (method, path)


@pytest.mark.parametrize("in_parts", [False, True])
def test_a_body_that_is_too_large_has_no_route(
    observed: Service, metrics: Metrics, in_parts: bool
) -> None:
    before = counted(metrics, "POST", "other", 413)
    body = b" " * (LIMIT + 1)
    content, headers = iter([body]) if in_parts else body, {"Content-Type": "application/json"}
    answer = observed.client.post("/api/v1/items", content=content, headers=headers)
    assert answer.status_code == 413
    assert counted(metrics, "POST", "other", 413) == before + 1
    assert not counted(metrics, "POST", "/api/v1/items", 413)


def test_a_body_that_comes_too_slowly_has_its_route(observed: Service, metrics: Metrics) -> None:
    before = counted(metrics, "POST", "/api/v1/items", 408)
    headers = ("Host: x", "Content-Type: application/json", "Content-Length: 5")
    with observed.connection() as connection:
        head = wire.head("POST", "/api/v1/items", *headers, *observed.credentials)
        connection.sendall(head)
        assert wire.receive(connection).status_code == 408
    assert counted(metrics, "POST", "/api/v1/items", 408) == before + 1


def test_a_thousand_paths_are_one_series(observed: Service, metrics: Metrics) -> None:
    for number in range(1000):
        observed.client.get(f"/wp-{number}/{number}")
    routes = {
        dict(labels)["route"] for name, labels in metrics.read() if name == f"{REQUESTS}_count"
    }
    assert not [route for route in routes if "wp-" in route]
    assert counted(metrics, "GET", "other", 404) >= 1000


def test_probes_are_not_counted(observed: Service, metrics: Metrics) -> None:
    before = metrics.requests()
    for path in ("/livez", "/readyz", "/livez"):
        observed.client.get(path)
    assert metrics.requests() == before


def test_metrics_are_on_their_port_alone(observed: Service, metrics: Metrics) -> None:
    expect.problem(observed.client.get("/metrics"), 404, instance="/metrics")
    assert metrics.ask("/").status_code == 404
    assert metrics.ask("/livez").status_code == 404
    answer = metrics.ask()
    assert answer.headers["content-type"].startswith("text/plain")
    assert "python" not in answer.headers["server"].lower()
    openmetrics = metrics.ask(Accept="application/openmetrics-text; version=1.0.0")
    assert openmetrics.headers["content-type"].startswith("application/openmetrics-text")
    assert openmetrics.text.endswith("# EOF\n")


def test_prometheus_takes_the_metrics(observed: Service, metrics: Metrics) -> None:
    promtool("check", "metrics", content=metrics.ask().text)


@pytest.mark.parametrize("file", ["alerts.yaml", "dashboard.json"])
def test_every_metric_that_is_watched_exists(
    project: Path, observed: Service, metrics: Metrics, file: str
) -> None:
    observed.client.get("/nothing")
    assert watched(project / "deploy" / file) <= {name for name, _ in metrics.read()}


def watched(file: Path) -> set[str]:
    """The metrics that a file names."""
    names = set(re.findall(r"(\w+)\{job=", file.read_text()))
    assert names
    return names


def test_gauges_follow_what_happens(observed: Service, metrics: Metrics, new_user: NewUser) -> None:
    workers = 2
    assert metrics.value("service_workers") == workers
    assert metrics.value("database_pool_size") % workers == 0
    assert metrics.value("websocket_connections_limit") % workers == 0
    assert metrics.value("prediction_queue_limit_rows") == workers * 10_000
    before = metrics.value("sign_in_failures_total")
    user = new_user(observed)
    wrong = {"username": user.email, "password": "not this one"}
    assert user.client.post("/api/v1/auth/token", data=wrong).status_code == 401
    assert metrics.value("sign_in_failures_total") == before + 1
    assert metrics.value("websocket_connections") == 0
    with sockets.knock(observed, sockets.new_room()):
        assert metrics.value("websocket_connections") == 1
    for name in ("websocket_connections", "database_pool_in_use", "prediction_queue_rows"):
        eventually(
            lambda name=name: metrics.value(name) == 0,  # type: ignore[misc]
            PATIENCE_SECONDS,
            f"{name} does not come back to 0",
        )
    assert 0 < metrics.value("database_pool_open") <= metrics.value("database_pool_size")


def new_trace() -> str:
    """The id of a trace that nobody has begun yet."""
    return uuid4().hex


def traceparent(trace_id: str, *, sampled: bool = True) -> str:
    return f"00-{trace_id}-{PARENT_ID}-{'01' if sampled else '00'}"


def trace_of(received: Collector, trace_id: str, spans: int) -> list[Span]:
    """The spans of a trace, as soon as there are so many."""

    def found() -> list[Span]:
        return [span for span in received.spans() if span.trace_id == trace_id]

    message = f"there are fewer than {spans} spans of {trace_id}"
    eventually(lambda: len(found()) >= spans, PATIENCE_SECONDS, message)
    return found()


def test_a_request_is_a_span_of_its_callers_trace(observed: Service, received: Collector) -> None:
    trace_id = new_trace()
    headers = {"traceparent": traceparent(trace_id), "X-Request-ID": "traced"}
    answer = observed.client.get("/api/v1/items?keyword=x", headers=headers)
    assert answer.status_code == 200
    spans = trace_of(received, trace_id, 2)
    (server,) = [span for span in spans if span.kind == SERVER]
    assert server.name == "GET /api/v1/items"
    assert server.parent == PARENT_ID
    assert not server.failed
    assert server.attributes == {
        "http.request.method": "GET",
        "http.route": "/api/v1/items",
        "http.response.status_code": 200,
    }
    statements = [span for span in spans if span.kind == CLIENT]
    assert {span.parent for span in statements} == {server.id}
    assert {span.name for span in statements} >= {"SELECT"}
    texts = [span.attributes["db.query.text"] for span in statements]
    assert any("FROM items" in text for text in texts)
    assert all(line["trace_id"] == trace_id for line in observed.log_of("traced"))


def test_a_call_that_is_not_traced_stays_so(observed: Service, received: Collector) -> None:
    other = new_trace()
    headers = {"traceparent": traceparent(other, sampled=False), "X-Request-ID": "untraced"}
    observed.client.get("/nothing", headers=headers)
    assert observed.log_of("untraced")[-1]["trace_id"] == other
    bad = {"traceparent": traceparent("0" * 32), "X-Request-ID": "own-trace"}
    observed.client.get("/nothing", headers=bad)
    own = observed.log_of("own-trace")[-1]["trace_id"]
    (span,) = trace_of(received, own, 1)
    assert span.parent == ""
    assert other not in {span.trace_id for span in received.spans()}


def test_an_error_is_one_event_with_its_stack(observed: Service, received: Collector) -> None:
    headers = {"X-Request-ID": "failed"}
    before = len(received.events())
    expect.problem(observed.client.get("/fails?text=why", headers=headers), 500, instance="/fails")
    trace_id = observed.log_of("failed")[-1]["trace_id"]
    (span,) = trace_of(received, trace_id, 1)
    assert span.failed

    def mine() -> list[dict[str, Any]]:
        return [e for e in received.events() if e.get("tags") == {"trace_id": trace_id}]

    eventually(lambda: bool(mine()), PATIENCE_SECONDS, "no event came")
    (event,) = mine()
    assert len(received.events()) == before + 1
    assert event["logentry"] == {"message": "the request failed"}
    (error,) = event["exception"]["values"]
    assert (error["type"], error["value"]) == ("ValueError", "")
    frames = error["stacktrace"]["frames"]
    assert frames[-1]["function"] == "fails"
    assert not [frame for frame in frames if "vars" in frame]
    assert not event.keys() & {"request", "user", "extra", "breadcrumbs", "contexts", "modules"}


def test_nothing_of_a_client_is_seen_by_others(
    observed: Service, received: Collector, metrics: Metrics
) -> None:
    places = ("header", "query", "body", "cookie", "parameter", "exception", "agent", "state")
    trace_id = new_trace()
    secrets = {place: f"canary-{place}-{os.urandom(4).hex()}" for place in places}
    headers = {
        "Cookie": f"a={secrets['cookie']}",
        "X-Secret": secrets["header"],
        "User-Agent": secrets["agent"],
        "baggage": f"a={secrets['state']}",
        "tracestate": f"a={secrets['state']}",
        "traceparent": traceparent(trace_id),
    }
    item = {"name": secrets["parameter"], "description": secrets["body"], "price": 1}
    created = observed.client.post("/api/v1/items", json=item, headers=headers)
    assert created.status_code == 201
    observed.client.post("/api/v1/items", json={"name": [secrets["body"]]}, headers=headers)
    observed.client.get(f"/api/v1/items?keyword={secrets['query']}", headers=headers)
    failing = headers | {"X-Request-ID": "canary"}
    observed.client.get(f"/fails?text={secrets['exception']}", headers=failing)
    failed = [{"trace_id": trace_id}]
    eventually(
        lambda: (
            [event.get("tags") for event in received.events()][-1:] == failed
            and "/fails"
            in {s.attributes.get("http.route") for s in trace_of(received, trace_id, 4)}
        ),
        PATIENCE_SECONDS,
        "what failed is not seen",
    )
    # The log has the traceback of what failed, and with it the text of the exception.
    lines = [{k: v for k, v in line.items() if k != "exc_info"} for line in observed.log()]
    log, seen = json.dumps(lines), received.content().decode("latin-1") + metrics.ask().text
    for place, secret in secrets.items():
        assert secret not in seen, place
        assert secret not in log, place
        assert secret not in observed.stderr, place


def test_what_is_counted_is_kept_when_a_worker_dies(observed: Service, metrics: Metrics) -> None:
    before, workers = metrics.requests(), set[int]()
    asked = 0
    for _ in range(20):
        answers = ask_workers(observed, "GET", "/nothing")
        workers |= answers.keys()
        asked += sum(map(len, answers.values()))
    assert len(workers) == 2
    assert metrics.requests() == before + asked
    killed = min(workers)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: killed not in observed.group(), PATIENCE_SECONDS, "the worker lives")
    eventually(
        lambda: metrics.value("service_workers") == 2, PATIENCE_SECONDS, "no worker takes its place"
    )
    for _ in range(50):
        assert observed.client.get("/nothing").status_code == 404
    assert metrics.requests() == before + asked + 50
    assert not list(folder_of(observed).glob(f"*_{killed}.db"))


def folder_of(service: Service) -> Path:
    """Where a service keeps its metrics: each of its processes holds that folder open."""
    opened = Path(f"/proc/{service.process.pid}/fd").iterdir()
    (folder,) = {file.readlink() for file in opened if file.readlink().match(FOLDERS)}
    return folder


def is_held(folder: Path) -> bool:
    """Whether a process uses the folder."""
    with suppress(FileNotFoundError):  # another service was started meanwhile
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def test_what_a_killed_service_leaves_is_removed_by_the_next_one(start: Start) -> None:
    port = free_port()
    living = start(METRICS_PORT=str(port), WEB_CONCURRENCY="2")
    killed = start(METRICS_PORT=str(free_port()))
    used, left = folder_of(living), folder_of(killed)
    os.killpg(killed.process.pid, signal.SIGKILL)
    killed.process.wait()
    eventually(lambda: not is_held(left), PATIENCE_SECONDS, "a worker lives")
    start(METRICS_PORT=str(free_port()))
    assert not left.exists()
    # That of a service that runs stays, and counts.
    assert used.exists()
    assert living.client.get("/nothing").status_code == 404
    assert Metrics(port).requests() == 1


def test_the_process_that_is_forked_has_no_threads(
    observed: Service, combination: Combination
) -> None:
    if combination.framework == "fastapi":
        return  # Uvicorn spawns its workers.
    assert len(os.listdir(f"/proc/{observed.process.pid}/task")) == 1


def test_a_collector_that_hangs_holds_nothing_up(start: Start) -> None:
    with collector(hangs=True) as hanging:
        service = start(
            OTEL_EXPORTER_OTLP_ENDPOINT=hanging.address,
            # Longer than this test waits for anything.
            OTEL_EXPORTER_OTLP_TIMEOUT="3600",
            OTEL_BSP_SCHEDULE_DELAY=BATCH_MILLISECONDS,
            SENTRY_DSN=hanging.sentry_dsn,
        )
        for _ in range(20):
            assert service.client.get("/nothing").status_code == 404
        eventually(hanging.asked.is_set, PATIENCE_SECONDS, "nothing was sent")
        assert service.client.get("/nothing").status_code == 404
        service.terminate()
        assert service.wait() in (0, -signal.SIGTERM)


@pytest.mark.parametrize("taken", [True, False])
def test_a_port_that_cannot_be_had_ends_the_start_with_one_line(
    project: Path, database: dict[str, str], tmp_path: Path, taken: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = str(other.getsockname()[1])
        own = str(free_port()) if taken else port
        settings = {"HOST": "127.0.0.1", "PORT": own, "METRICS_PORT": port}
        process = spawn(project, database | settings, tmp_path / "ended")
        assert process.wait(PATIENCE_SECONDS) == 1
    output = "".join((tmp_path / "ended" / name).read_text() for name in ("stdout", "stderr"))
    assert re.fullmatch(r"METRICS_PORT: .+\n", output), output
