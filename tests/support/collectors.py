"""What services send to: a collector of traces, and Sentry, both in this process."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

# How long spans wait for others to be sent with.
BATCH_MILLISECONDS = "100"
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
}


@dataclass(frozen=True)
class Span:
    """A span as the collector got it."""

    name: str
    kind: int
    trace_id: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any]


@dataclass
class Collector:
    """Keeps all that is sent to it; one that hangs never answers."""

    port: int = 0
    hangs: bool = False
    received: list[tuple[str, bytes]] = field(default_factory=list)
    asked: Event = field(default_factory=Event)

    @property
    def address(self) -> str:
        """Where it takes spans."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sentry_dsn(self) -> str:
        """Where it takes errors, as Sentry names it."""
        return f"http://key@127.0.0.1:{self.port}/1"

    @property
    def settings(self) -> dict[str, str]:
        """With these a service sends here, soon."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.address,
            "OTEL_BSP_SCHEDULE_DELAY": BATCH_MILLISECONDS,
            "SENTRY_DSN": self.sentry_dsn,
        }

    def content(self) -> bytes:
        """All bytes that came."""
        return b"\n".join(body for _, body in list(self.received))

    def spans(self) -> list[Span]:
        """Every span so far."""
        bodies = [body for path, body in list(self.received) if path == "/v1/traces"]
        return [span for body in bodies for span in _read_spans(body)]

    def events(self) -> list[dict[str, Any]]:
        """Every event of an error so far."""
        bodies = [body for path, body in list(self.received) if path.endswith("/envelope/")]
        lines = [line for body in bodies for line in body.splitlines() if line.startswith(b"{")]
        return [event for line in lines if "level" in (event := json.loads(line))]


def _read_spans(body: bytes) -> Iterator[Span]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    name=span.name,
                    kind=span.kind,
                    trace_id=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    failed=span.status.code == span.status.STATUS_CODE_ERROR,
                    attributes={each.key: _value_of(each) for each in span.attributes},
                )


def _value_of(attribute: KeyValue) -> Any:
    return getattr(attribute.value, attribute.value.WhichOneof("value") or "string_value")


@contextmanager
def collector(*, hangs: bool = False) -> Iterator[Collector]:
    """Take what is sent, until the end."""
    collector, end = Collector(hangs=hangs), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            decompress = DECOMPRESS.get(self.headers.get("Content-Encoding", ""), bytes)
            collector.received.append((self.path, decompress(body)))
            collector.asked.set()
            if hangs:
                end.wait()
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    yield collector
    end.set()
    server.shutdown()
    server.server_close()
