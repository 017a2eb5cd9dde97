"""Logs for programs: a JSON object a line."""

import json
import logging
from datetime import UTC, datetime

from app.server.text_log import COMMON

# What has a place of its own in a line, or none.
PLACED = {*COMMON, "request_id"}
ENCODER = json.JSONEncoder(default=str)


class JsonFormatter(logging.Formatter):
    """Writes what every record has, its fields, and the time."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        known = vars(record)
        line = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": known.get("request_id"),
        }
        if record.exc_info:
            line["exc_info"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack_info"] = self.formatStack(record.stack_info)
        line |= {name: value for name, value in known.items() if name not in PLACED}
        line["time"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        return ENCODER.encode(line)
