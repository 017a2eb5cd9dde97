"""What is measured of the database: its connections, and a span for each statement of a request."""

from typing import Any

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, StatusCode
from prometheus_client import Gauge
from sqlalchemy import Connection, Engine, ExceptionContext, TextClause, event

from app.settings import Settings

SIZE = Gauge(
    "database_pool_size",
    "Connections to the database that workers may have.",
    multiprocess_mode="livesum",
)
OPEN = Gauge(
    "database_pool_open",
    "Connections to the database that are open.",
    multiprocess_mode="livesum",
)
IN_USE = Gauge(
    "database_pool_in_use",
    "Connections to the database that are in use.",
    multiprocess_mode="livesum",
)
# The key of the running statement's span in the facts of a connection.
SPAN = "app.observability.span"

tracer = trace.get_tracer(__name__)


def observe(engine: Engine, settings: Settings) -> None:
    """Measure what the settings ask for."""
    if settings.metrics_port is not None:
        SIZE.set(settings.database_pool_size)
        event.listen(engine, "connect", lambda *_: OPEN.inc())
        event.listen(engine, "close", lambda *_: OPEN.dec())
        event.listen(engine, "checkout", lambda *_: IN_USE.inc())
        event.listen(engine, "checkin", lambda *_: IN_USE.dec())
    if settings.otel_exporter_otlp_endpoint is not None:
        event.listen(engine, "before_cursor_execute", _begin_span)
        event.listen(engine, "after_cursor_execute", _end_span)
        event.listen(engine, "handle_error", _note_error)


def _begin_span(
    connection: Connection, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: Any
) -> None:
    if not trace.get_current_span().is_recording():
        return
    operation = statement.split(maxsplit=1)[0].upper()
    span = tracer.start_span(operation, kind=SpanKind.CLIENT)
    span.set_attribute("db.system.name", connection.dialect.name)
    span.set_attribute("db.operation.name", operation)
    compiled = context.compiled
    if compiled is not None and not isinstance(compiled.statement, TextClause):
        # In what SQLAlchemy wrote, values are parameters.
        span.set_attribute("db.query.text", statement)
    connection.info[SPAN] = span


def _end_span(connection: Connection, *_: object) -> None:
    span: Span | None = connection.info.pop(SPAN, None)
    if span:
        span.end()


def _note_error(context: ExceptionContext) -> None:
    span = context.connection.info.pop(SPAN, None) if context.connection else None
    if span:
        span.set_attribute("error.type", type(context.original_exception).__name__)
        span.set_status(StatusCode.ERROR)
        span.end()
