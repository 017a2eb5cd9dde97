"""Logs for programs: a JSON object a line, with the fields of a record."""

from typing import Any

from pythonjsonlogger.json import JsonEncoder, JsonFormatter

FIELDS = ["levelname", "name", "message", "request_id"]
NAMES = {"levelname": "level", "name": "logger"}


class JsonLineFormatter(JsonFormatter):
    """Makes its encoder once, where the library makes one for each line."""

    def __init__(self) -> None:
        super().__init__(FIELDS, rename_fields=NAMES, timestamp="time")
        self._encoder = JsonEncoder()

    def jsonify_log_record(self, log_data: dict[str, Any]) -> str:
        """Write a line; the time is text already, since the encoder would ask what it is."""
        log_data["time"] = log_data["time"].isoformat()
        return self._encoder.encode(log_data)
