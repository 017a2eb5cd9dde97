"""Logs for programs: a JSON object a line, with the fields of a record."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from pydantic_core import to_json

from app.server.text_log import COMMON


class JsonLineFormatter(logging.Formatter):
    """Writes a record with all of its fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        known = vars(record)
        line: dict[str, Any] = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": known.get("request_id"),
        }
        if record.exc_info:
            line["exc_info"] = self.formatException(record.exc_info)
        line |= {name: known[name] for name in known if name not in COMMON}
        line["time"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        try:
            return to_json(line, ensure_ascii=True, serialize_unknown=True).decode()
        except ValueError:
            # A text or bytes that are no Unicode; this is slower.
            return json.dumps(line, default=repr, separators=(",", ":"))
