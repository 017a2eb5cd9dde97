"""The production server: `python -m app`."""

import asyncio
import signal
import sys
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.main import create_app
from app.settings import load_settings
from app.workers import available_cpus

# How long a load balancer has to notice that the service goes away.
DRAIN_SECONDS = 1


def create_draining_app() -> FastAPI:
    """Create the application; its first SIGTERM turns /readyz, and ends the server a little later.

    Uvicorn calls this in each worker, when its own handlers of signals are in place.
    """
    app = create_app()
    loop = asyncio.get_running_loop()
    stop = signal.getsignal(signal.SIGTERM)

    def drain(signum: int, _frame: FrameType | None) -> None:
        app.state.draining = True
        signal.signal(signum, stop)
        loop.call_soon_threadsafe(loop.call_later, DRAIN_SECONDS, signal.raise_signal, signum)

    signal.signal(signal.SIGTERM, drain)
    return app


def main() -> None:
    """Serve until a signal ends it."""
    settings = load_settings()
    # What is wrong with the application ends the program here, not each worker for ever.
    create_app(settings)
    config = uvicorn.Config(
        "app.__main__:create_draining_app",
        factory=True,
        lifespan="on",
        host=settings.host,
        port=settings.port,
        workers=settings.web_concurrency or available_cpus(),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=25,
    )
    if config.workers == 1:
        uvicorn.Server(config).run()
        return
    supervisor = Multiprocess(config, [config.bind_socket()])
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
