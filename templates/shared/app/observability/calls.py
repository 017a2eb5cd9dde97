"""What is measured of each call to another service: how long it took, and its span."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from httpx2 import URL, Request
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from prometheus_client import Histogram

from app.observability.requests import SECONDS, known_method, write_traceparent
from app.trace_context import traceparent

CALL_SECONDS = Histogram(
    "http_client_request_duration_seconds",
    "How long calls to other services took, with all their attempts.",
    ["server", "method", "status"],
    buckets=SECONDS,
)
PORTS = {"http": 80, "https": 443}

tracer = trace.get_tracer(__name__)


@dataclass
class Outcome:
    """What became of a call: the status of its answer, or the kind of its error."""

    status: str = ""


@contextmanager
def observe_call(request: Request) -> Iterator[Outcome]:
    """Measure a call. Of its address only the host and the port are kept: keys may be in the rest."""
    method, outcome, began = known_method(request.method), Outcome(), perf_counter()
    traced = trace.get_current_span().is_recording()
    span = tracer.start_span(method, kind=SpanKind.CLIENT) if traced else trace.INVALID_SPAN
    # The other service is told that this span called it; without one, it is told what it would be anyway.
    own = write_traceparent(trace.set_span_in_context(span))
    before = traceparent.set(own or traceparent.get())
    try:
        yield outcome
    except BaseException as error:
        outcome.status = type(error).__name__
        raise
    finally:
        traceparent.reset(before)
        seconds = perf_counter() - began
        CALL_SECONDS.labels(request.url.host, method, outcome.status).observe(seconds)
        _describe(span, method, request.url, outcome.status)
        span.end()


def _describe(span: Span, method: str, url: URL, status: str) -> None:
    span.set_attribute("http.request.method", method)
    span.set_attribute("server.address", url.host)
    span.set_attribute("server.port", url.port or PORTS[url.scheme])
    answered = status.isdecimal()
    if answered:
        span.set_attribute("http.response.status_code", int(status))
    if not answered or int(status) >= 400:
        span.set_attribute("error.type", status)
        span.set_status(StatusCode.ERROR)
