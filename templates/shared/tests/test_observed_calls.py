"""What others see of calls to other services: no path, query, header or body."""

import pytest
from httpx2 import ReadTimeout, Request
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from app.observability import calls
from app.trace_context import traceparent

SECRET = "canary"
METRIC = "http_client_request_duration_seconds_count"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Keep the spans of calls here."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(calls, "tracer", provider.get_tracer(__name__))
    return exporter


def count(host: str, status: str) -> float:
    """Return how many calls were counted with these labels."""
    labels = {"server": host, "method": "GET", "status": status}
    return REGISTRY.get_sample_value(METRIC, labels) or 0


def test_a_call_is_counted_and_the_other_service_knows_its_span(
    spans: InMemorySpanExporter,
) -> None:
    before = count("counted.example", "200")
    request = Request("GET", "https://counted.example/")
    with calls.tracer.start_as_current_span("parent"), calls.observe_call(request) as outcome:
        passed_on = traceparent.get() or ""
        outcome.status = "200"
    assert count("counted.example", "200") == before + 1
    span, parent = spans.get_finished_spans()
    assert span.parent == parent.context
    assert span.context
    assert passed_on.startswith(f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-")
    assert traceparent.get() is None


def test_what_is_sent_is_in_no_span_and_no_metric(spans: InMemorySpanExporter) -> None:
    url = f"https://{SECRET}@failing.example/{SECRET}?q={SECRET}"
    request = Request("GET", url, headers={"X-Key": SECRET})
    before = count("failing.example", "ReadTimeout")
    with (
        calls.tracer.start_as_current_span("parent"),
        pytest.raises(ReadTimeout),
        calls.observe_call(request),
    ):
        raise ReadTimeout(SECRET)
    assert count("failing.example", "ReadTimeout") == before + 1
    span, _ = spans.get_finished_spans()
    assert span.attributes
    assert span.attributes["error.type"] == "ReadTimeout"
    assert SECRET not in span.to_json()
    assert not [m for m in REGISTRY.collect() for s in m.samples if SECRET in str(s.labels)]
