"""Where workers keep their metrics, so that each can tell those of all.

prometheus_client looks for the folder while it is imported, so this module does not import it.
"""

import atexit
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

from app.settings import Settings

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
SHARED_MEMORY = Path("/dev/shm")


def prepare(settings: Settings) -> None:
    """Make a fresh folder, where there is a port for metrics; end the program if it is taken."""
    if settings.metrics_port is None:
        return
    check_port(settings.host, settings.metrics_port, settings.port)
    # Windows has no such locks, and no such port.
    from app.observability import held_folders

    # Not one that a start before has left: a new process may have the number of an old one.
    in_memory = os.access(SHARED_MEMORY, os.W_OK)
    folder = held_folders.make(SHARED_MEMORY if in_memory else Path(tempfile.gettempdir()))
    os.environ[VARIABLE] = str(folder)
    atexit.register(_remove, folder, os.getpid())


def check_port(host: str, port: int, service_port: int) -> None:
    """End the program if something listens on the port already."""
    if port == service_port:
        sys.exit("METRICS_PORT: the service itself listens on this port; choose another one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # All workers share the port later, and would share it with another program, too.
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        sys.exit(f"METRICS_PORT: the service cannot listen on port {port}: {error.strerror}")


def _remove(folder: Path, process: int) -> None:
    """Remove the folder at the end of the process that made it, and of none of its forks."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
