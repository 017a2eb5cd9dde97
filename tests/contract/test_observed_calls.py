"""Contract, "Observability": calls to other services, on services that have both options."""

from pathlib import Path

import pytest

from tests.contract.conftest import Start
from tests.contract.test_observability import (
    CLIENT,
    SERVER,
    Metrics,
    new_trace,
    trace_of,
    traceparent,
    watched,
)
from tests.contract.test_outbound import ask
from tests.support.collectors import BATCH_MILLISECONDS, Collector
from tests.support.combinations import SERVED, TYPED, run_over
from tests.support.services import Service, free_port
from tests.support.upstream import Upstream, place

CALLS = "http_client_request_duration_seconds"
# What the call ended with, and what the client of the service is told.
ENDINGS = {
    "good": ("200", 200),
    "away once": ("200", 200),
    "error": ("500", 502),
    "redirect": ("302", 502),
    "hangs": ("ReadTimeout", 504),
    "drips its body": ("ReadTimeout", 504),
    "nothing": ("RemoteProtocolError", 502),
    "half": ("RemoteProtocolError", 502),
    "resets": ("ReadError", 502),
    "large": ("TooLarge", 502),
}
BOTH = [c for c in [*SERVED, *TYPED] if c.outbound and c.observability and c.database == "none"]

# The first of each framework that is there for other tests, too.
pytestmark = run_over({c.framework: c for c in reversed(BOTH)}.values())


@pytest.fixture(scope="session")
def observed(start_shared: Start, received: Collector, metrics_port: int) -> Service:
    """A service whose calls have little time, and are observed."""
    return start_shared(
        METRICS_PORT=str(metrics_port),
        OTEL_BSP_SCHEDULE_DELAY=BATCH_MILLISECONDS,
        OTEL_EXPORTER_OTLP_ENDPOINT=received.address,
        OUTBOUND_TIMEOUT_SECONDS="1.5",
    )


def test_a_call_is_a_span_between_two_services(
    observed: Service, received: Collector, upstream: Upstream
) -> None:
    trace_id = new_trace()
    answer = ask(observed, "away once", traceparent=traceparent(trace_id))
    assert answer.status_code == 200
    spans = trace_of(received, trace_id, 2)
    # All attempts are one call.
    (server,) = [span for span in spans if span.kind == SERVER]
    (client,) = [span for span in spans if span.kind == CLIENT]
    assert client.parent == server.id
    assert client.name == "GET"
    assert not client.failed
    assert client.attributes == {
        "http.request.method": "GET",
        "server.address": "127.0.0.1",
        "server.port": upstream.port,
        "http.response.status_code": 200,
    }
    asked = upstream.asked(answer.headers["x-request-id"])
    assert {each.headers["traceparent"] for each in asked} == {f"00-{trace_id}-{client.id}-01"}
    assert len(asked) == 2


@pytest.mark.parametrize("behaviour", ENDINGS)
def test_a_call_counts_by_what_it_ended_with(
    observed: Service, received: Collector, metrics_port: int, behaviour: str
) -> None:
    ending, status = ENDINGS[behaviour]
    metrics, labels = Metrics(metrics_port), {"server": "127.0.0.1", "method": "GET"}
    before = metrics.value(f"{CALLS}_count", status=ending, **labels)
    trace_id = new_trace()
    answer = ask(observed, behaviour, traceparent=traceparent(trace_id))
    assert answer.status_code == status
    assert metrics.value(f"{CALLS}_count", status=ending, **labels) == before + 1
    (client,) = [span for span in trace_of(received, trace_id, 2) if span.kind == CLIENT]
    failed = ending not in ("200", "302")
    assert client.failed == failed
    assert client.attributes.get("error.type") == (ending if failed else None)


def test_what_is_watched_of_calls_is_counted(
    project: Path, observed: Service, metrics_port: int
) -> None:
    assert ask(observed, "good").status_code == 200
    counted = {name for name, _ in Metrics(metrics_port).read()}
    for file in ("alerts.yaml", "dashboard.json"):
        of_calls = {n for n in watched(project / "deploy" / file) if n.startswith(CALLS)}
        assert of_calls
        assert of_calls <= counted


def test_a_call_of_a_request_that_is_not_sampled_says_so(
    observed: Service, received: Collector, upstream: Upstream
) -> None:
    trace_id = new_trace()
    answer = ask(observed, "good", traceparent=traceparent(trace_id, sampled=False))
    (asked,) = upstream.asked(answer.headers["x-request-id"])
    _, trace, _, sampled = asked.headers["traceparent"].split("-")
    assert (trace, sampled) == (trace_id, "00")
    assert trace_id not in {span.trace_id for span in received.spans()}


def test_a_call_without_traces_passes_on_who_called(start: Start, upstream: Upstream) -> None:
    caller = traceparent(new_trace())
    answer = ask(start(METRICS_PORT=str(free_port())), "good", traceparent=caller)
    (asked,) = upstream.asked(answer.headers["x-request-id"])
    assert asked.headers["traceparent"] == caller


def test_where_a_call_goes_is_seen_and_what_it_asks_is_not(
    observed: Service, received: Collector, metrics_port: int
) -> None:
    trace_id = new_trace()
    ask(observed, "good", traceparent=traceparent(trace_id))
    trace_of(received, trace_id, 2)
    seen = received.content().decode("latin-1") + Metrics(metrics_port).ask().text
    assert "127.0.0.1" in seen
    assert place("good")["longitude"] not in seen
    assert "forecast" not in seen
