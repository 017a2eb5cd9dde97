"""Structured logs: one JSON object a line on stdout, with the id of the request it belongs to."""

import logging
import sys
from contextvars import ContextVar

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def configure_logging(level: str) -> None:
    """Send the logs of the service, its server and its libraries to stdout."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_add_request_id)
    handler.setFormatter(
        JsonFormatter(
            ["levelname", "name", "message", "request_id"],
            rename_fields={"levelname": "level", "name": "logger"},
            # Some libraries send a copy of the message that is coloured for a terminal.
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],
            timestamp="time",
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = request_id.get()
    return True
