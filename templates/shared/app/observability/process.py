"""What a worker does when it starts and when it ends, so that others see what happens in it."""

from collections.abc import Callable
from threading import Thread
from time import monotonic

from app.settings import Settings

# How long a worker that ends may take to send what is left; who receives it may be away.
END_SECONDS = 1

_closers: list[Callable[[], object]] = []


def start(settings: Settings) -> None:
    """Begin what the settings ask for. What they do not ask for is not even imported."""
    if settings.metrics_port is not None:
        from app.observability import metrics_port

        metrics_port.serve(settings.host, settings.metrics_port)
    if settings.otel_exporter_otlp_endpoint is not None:
        from app.observability import tracing

        _closers.append(tracing.start(settings).shutdown)
    if settings.sentry_dsn is not None:
        import sentry_sdk

        from app.observability import sentry

        sentry.start(settings)
        _closers.append(sentry_sdk.get_client().close)


def stop() -> None:
    """Send what is left, but do not wait long for who receives it."""
    deadline = monotonic() + END_SECONDS
    threads = [Thread(target=close, daemon=True) for close in _closers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - monotonic(), 0))
    _closers.clear()
