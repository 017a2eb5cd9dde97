"""FastAPI's own traces, metrics and logs, for OpenTelemetry."""

from importlib.util import find_spec

from fastapi.telemetry import TelemetryConfig


def configure_telemetry() -> TelemetryConfig:
    """Turn it off without OpenTelemetry's SDK: FastAPI would look for one at each request."""
    has_sdk = find_spec("opentelemetry.sdk") is not None
    return {"tracing": has_sdk, "metrics": has_sdk, "logs": has_sdk}
