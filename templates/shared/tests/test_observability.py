"""What others see of the service, and that nothing of a client is in it."""

from typing import Any

import pytest
from httpx2 import Client
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from app.observability import process

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"
METRIC = "http_server_request_duration_seconds_count"
SECRET = "canary"


@pytest.fixture(scope="session")
def provider() -> TracerProvider:
    """Trace in this process; it can be set up only once."""
    provider = TracerProvider()
    trace.set_tracer_provider(provider)
    return provider


@pytest.fixture
def spans(provider: TracerProvider, monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Set the variables, and keep the spans of a test here: nothing is sent or listened to."""
    monkeypatch.setattr(process, "start", lambda _: None)
    monkeypatch.setenv("METRICS_PORT", "9100")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def app(spans: InMemorySpanExporter, app: Any) -> Any:
    """The application, which reads the variables when it is created."""
    return app


def count(**labels: str) -> float:
    """Return how many requests were counted with these labels."""
    return REGISTRY.get_sample_value(METRIC, labels) or 0


def test_a_request_is_counted_and_traced_by_its_route(
    client: Client, spans: InMemorySpanExporter
) -> None:
    labels = {"method": "GET", "route": "/docs/{name}", "status": "404"}
    before = count(**labels)
    client.get("/docs/nothing", headers={"traceparent": TRACEPARENT})
    assert count(**labels) == before + 1
    span = spans.get_finished_spans()[-1]
    assert span.name == "GET /docs/{name}"
    assert span.context
    assert f"{span.context.trace_id:032x}" == TRACE_ID


def test_no_route_and_no_method_of_a_client_is_a_label(client: Client) -> None:
    labels = {"method": "_OTHER", "route": "other", "status": "404"}
    before = count(**labels)
    for number in range(3):
        client.request(f"ODD{number}", f"/nothing/{number}")
    assert count(**labels) == before + 3


def test_what_a_client_sends_is_in_no_span_and_no_metric(
    client: Client, spans: InMemorySpanExporter
) -> None:
    headers = {"X-Request-ID": SECRET, "X-Own": SECRET, "tracestate": f"a={SECRET}"}
    client.post(f"/{SECRET}?q={SECRET}", headers=headers, content=SECRET)
    span = spans.get_finished_spans()[-1]
    assert SECRET not in span.to_json()
    assert not [m for m in REGISTRY.collect() for s in m.samples if SECRET in str(s.labels)]


def test_probes_are_neither_counted_nor_traced(client: Client, spans: InMemorySpanExporter) -> None:
    client.get("/nothing")
    spans.clear()
    assert client.get("/livez").status_code == 200
    assert not spans.get_finished_spans()
    assert not count(method="GET", route="/livez", status="200")
