"""The trace that a line of the log belongs to."""

from opentelemetry.trace import format_trace_id, get_current_span


def current_trace_id() -> str | None:
    """Return the id of the trace of this request, where there is one."""
    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else None
