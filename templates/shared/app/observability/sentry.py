"""Errors, sent to Sentry: each record of the log with that level, and the stack of its exception."""

from logging import ERROR

import sentry_sdk
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint

from app.observability.trace_id import current_trace_id
from app.settings import Settings

# What a client has written may be in all others, such as fields of the record.
KEPT = {
    "environment",
    "event_id",
    "exception",
    "level",
    "logger",
    "platform",
    "release",
    "server_name",
    "timestamp",
}


def start(settings: Settings) -> None:
    """Send the errors of this process. By itself the SDK would add headers, bodies and variables."""
    sentry_sdk.init(
        str(settings.sentry_dsn),
        release=settings.sentry_release,
        environment=settings.environment,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=ERROR, sentry_logs_level=None),
            DedupeIntegration(),
        ],
        auto_session_tracking=False,
        before_send=keep_what_is_known,
        include_local_variables=False,
        max_breadcrumbs=0,
        send_client_reports=False,
    )


def keep_what_is_known(event: Event, hint: Hint) -> Event | None:
    """Leave out of an event what a client may have written, the text of its exception too."""
    record = hint.get("log_record")
    if record is not None and record.name.startswith("opentelemetry."):
        # A collector that is away.
        return None
    kept: Event = {name: value for name, value in event.items() if name in KEPT}  # type: ignore[assignment]
    for exception in kept.get("exception", {}).get("values", ()):
        exception["value"] = ""
    if record is not None and isinstance(record.msg, str):
        kept["logentry"] = {"message": record.msg}
    if trace_id := current_trace_id():
        kept["tags"] = {"trace_id": trace_id}
    return kept
