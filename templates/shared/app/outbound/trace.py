"""What a call says of the request that it is made for: its ids, and nothing of its user."""

from httpx2 import Request

from app.logging import request_id
from app.trace_context import traceparent


def name_origin(call: Request) -> None:
    """Add the id of the request and of its trace to a call."""
    if current_id := request_id.get():
        call.headers["X-Request-ID"] = current_id
    if trace := traceparent.get():
        call.headers["traceparent"] = trace
