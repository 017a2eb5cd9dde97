"""Logs for people: a line for each record, with its fields, and then its traceback."""

import logging
import os
import sys
from copy import copy

COLOURS = {"DEBUG": 36, "INFO": 32, "WARNING": 33, "ERROR": 31, "CRITICAL": 31}
# What every record has; the others are fields.
COMMON = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


class TextFormatter(logging.Formatter):
    """Writes in colour to a terminal, unless NO_COLOR is set."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s%(fields)s")
        self.default_msec_format = "%s.%03d"
        self._coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        record = copy(record)
        fields = {name: value for name, value in vars(record).items() if value is not None}
        names = [name for name in fields if name not in COMMON]
        record.fields = "".join(f" {name}={_quote(fields[name])}" for name in names)
        if self._coloured:
            colour = COLOURS.get(record.levelname, 0)
            record.levelname = f"\x1b[{colour}m{record.levelname}\x1b[0m"
        return super().format(record)


def _quote(value: object) -> str:
    """Write a value so that it is one word, whatever a client put into it."""
    text = str(value)
    return text if text.isprintable() and text and " " not in text else repr(text)
