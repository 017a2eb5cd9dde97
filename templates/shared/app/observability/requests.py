"""What is measured of each request: how long it took, and its span."""

from contextvars import Token
from functools import cache

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Histogram

from app.http_security import PROBES
from app.observability.settings import ObservabilitySettings
from app.trace_context import traceparent

# Those of RFC 9110, and PATCH. A client can send any other word.
METHODS = {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
OTHER_METHOD, NO_ROUTE = "_OTHER", "other"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)

REQUEST_SECONDS = Histogram(
    "http_server_request_duration_seconds",
    "How long requests took until their response was there.",
    ["method", "route", "status"],
    buckets=SECONDS,
)
PROPAGATOR = TraceContextTextMapPropagator()
tracer = trace.get_tracer(__name__)


class Observation:
    """A request that is under way. Nothing that its client has written is kept of it."""

    __slots__ = ("_counted", "_method", "_span", "_token")

    def __init__(self, method: str, *, counted: bool, traced: bool) -> None:
        self._counted = counted
        self._method = known_method(method)
        self._span: Span | None = None
        self._token: Token[Context] | None = None
        if traced:
            self._begin_span()

    def end(self, route: str | None, status: int, seconds: float, failed: bool) -> None:
        """Count the request, and end its span."""
        if self._counted:
            _series(self._method, route or NO_ROUTE, status).observe(seconds)
        if self._span:
            _describe(self._span, self._method, route, status, failed)
            self._span.end()

    def leave(self) -> None:
        """Let what this thread does next belong to no trace."""
        if self._token:
            context.detach(self._token)

    def _begin_span(self) -> None:
        caller = {"traceparent": header} if (header := traceparent.get()) else {}
        parent = PROPAGATOR.extract(caller, Context())
        self._span = tracer.start_span(self._method, parent, SpanKind.SERVER)
        current = trace.set_span_in_context(self._span, parent)
        self._token = context.attach(current)
        # Calls to other services pass it on.
        traceparent.set(write_traceparent(current))


def known_method(method: str) -> str:
    """Return a method as metrics and spans name it."""
    return method if method in METHODS else OTHER_METHOD


def write_traceparent(current: Context) -> str | None:
    """Name the span of a context to another service; none where nothing is traced."""
    headers: dict[str, str] = {}
    PROPAGATOR.inject(headers, current)
    return headers.get("traceparent")


def begin(settings: ObservabilitySettings, method: str, path: str) -> Observation | None:
    """Begin to measure a request, unless it is a probe, or nobody wants to know."""
    counted = settings.metrics_port is not None
    traced = settings.otel_exporter_otlp_endpoint is not None
    if path in PROBES or not (counted or traced):
        return None
    return Observation(method, counted=counted, traced=traced)


def _describe(span: Span, method: str, route: str | None, status: int, failed: bool) -> None:
    if not span.is_recording():
        return
    span.update_name(f"{method} {route}" if route else method)
    span.set_attribute("http.request.method", method)
    span.set_attribute("http.response.status_code", status)
    if route:
        span.set_attribute("http.route", route)
    if failed or status >= 500:
        span.set_attribute("error.type", str(status) if status >= 500 else "broken_off")
        span.set_status(StatusCode.ERROR)


@cache
def _series(method: str, route: str, status: int) -> Histogram:
    """Find what counts requests with these labels; this is slow, and there are few of them."""
    return REQUEST_SECONDS.labels(method, route, str(status))
