"""The port of the metrics: each worker listens on it, and answers for all."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socket import AF_INET, AF_INET6
from socketserver import ThreadingTCPServer
from threading import Thread

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from app.observability.held_folders import hold
from app.observability.metrics_folder import VARIABLE

# How long a client may take to ask.
REQUEST_SECONDS = 10
# The number of no process: its files have what workers counted that have ended.
ENDED = "0"

WORKERS = Gauge("service_workers", "Workers that run.", multiprocess_mode="livesum")


class Handler(BaseHTTPRequestHandler):
    """Answers Prometheus."""

    timeout = REQUEST_SECONDS

    def do_GET(self) -> None:
        """Send the metrics of all workers."""
        if self.path.partition("?")[0] != "/metrics":
            self.send_error(404)
            return
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        body = collect(encode)
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Do not say which server this is."""
        return "metrics"

    def log_message(self, *_: object) -> None:
        """Say nothing: a scrape is no event."""


class Server(ThreadingTCPServer):
    """Listens on a port on which other workers listen, too."""

    allow_reuse_address = allow_reuse_port = True
    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        self.address_family = AF_INET6 if ":" in host else AF_INET
        super().__init__((host, port), Handler)

    def handle_error(self, *_: object) -> None:
        """Say nothing: a client that has gone is no event."""


def serve(host: str, port: int) -> None:
    """Answer Prometheus as long as this worker runs."""
    WORKERS.set(1)
    with _open_folder() as folder:
        hold(folder)
        _fold_ended(folder)
    server = Server(host, port)
    Thread(target=server.serve_forever, daemon=True, name="metrics").start()


def collect(encode: Callable[[CollectorRegistry], bytes]) -> bytes:
    """Write the metrics of all workers, and of those that have ended what they counted."""
    registry = CollectorRegistry()
    with _open_folder() as folder:
        _fold_ended(folder)
        MultiProcessCollector(registry, str(folder))
        return encode(registry)


@contextmanager
def _open_folder() -> Iterator[Path]:
    """Keep other workers from changing which files there are."""
    folder = Path(os.environ[VARIABLE])
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _fold_ended(folder: Path) -> None:
    """Add the counts of ended workers up in one file of a kind; gauges end with their worker."""
    for file in folder.glob("*_*.db"):
        kind, _, process = file.stem.rpartition("_")
        if process == ENDED or _is_running(int(process)):
            continue
        if not kind.startswith("gauge"):
            _add_up(file, folder / f"{kind}_{ENDED}.db")
        file.unlink()


def _add_up(file: Path, to: Path) -> None:
    total = MmapedDict(str(to))
    for key, value, timestamp, _ in MmapedDict.read_all_values_from_file(str(file)):
        total.write_value(key, total.read_value(key)[0] + value, timestamp)
    total.close()


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
