"""FastAPI's own traces, metrics and logs, which are off.

They would hold the queries of clients and the texts of exceptions, and cost more than the request.
"""

from fastapi.telemetry import TelemetryConfig

OFF: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
