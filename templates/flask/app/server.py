"""Gunicorn, set up in code: threads, logs in JSON, and an end that loses no request."""

from pathlib import Path
from select import select
from threading import Timer
from types import FrameType
from typing import Any

from gunicorn import glogging
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from app.main import create_app
from app.settings import Settings

# How long a load balancer has to notice that the service goes away.
DRAIN_SECONDS = 1
# How long requests under way may then take.
GRACE_SECONDS = 25
SHARED_MEMORY = Path("/dev/shm")


class Server(BaseApplication):
    """The service under Gunicorn."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Set what is not as Gunicorn has it."""
        wsgi.Response = Response  # type: ignore[misc]
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        options = {
            "bind": f"{host}:{self.settings.port}",
            "control_socket_disable": True,
            "errorlog": None,
            "graceful_timeout": DRAIN_SECONDS + GRACE_SECONDS,
            "limit_request_line": 8190,
            "logger_class": Logger,
            "loglevel": self.settings.log_level,
            # A service that cannot be created fails once, and not in each worker for ever.
            "preload_app": True,
            "threads": 8,
            "worker_class": Worker,
            # On a slow disk, the sign of life of a busy worker would come too late.
            "worker_tmp_dir": str(SHARED_MEMORY) if SHARED_MEMORY.is_dir() else None,
            "workers": self.settings.web_concurrency,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Create the application."""
        app = create_app(self.settings)
        self.extensions = app.extensions
        return app


class Worker(ThreadWorker):
    """A worker that goes on accepting requests while the load balancer turns away."""

    app: Server

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Answer /readyz with 503 from now on, and stop a little later."""
        self.app.extensions["draining"] = True
        timer = Timer(DRAIN_SECONDS, super().handle_exit, (sig, frame))
        timer.daemon = True
        timer.start()

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """In the end take who still waits, and close: the kernel would go on accepting."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                while select([listener], [], [], 0)[0]:
                    self.accept(listener)
                listener.close()


class Response(wsgi.Response):
    """A response that does not say which server made it, and ends a broken connection."""

    def default_headers(self) -> list[str]:
        """Leave the Server header out."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]

    def should_close(self) -> bool:
        """Close after a body that nobody read to its end."""
        reader = self.req.body and self.req.body.reader
        unread = getattr(reader, "length", 0) or getattr(reader, "parser", None)
        return bool(unread) or super().should_close()


class Logger(glogging.Logger):
    """Gunicorn's records, in the log of the service."""

    def setup(self, cfg: Config) -> None:
        """Pass the records on."""
        super().setup(cfg)
        self.error_log.propagate = True
