"""How many files the process may open; each socket is one."""

import sys

# Connections that are no sockets, and files.
SPARE = 1000


def allow_open_files(sockets: int) -> None:
    """Raise the limit so that the service can hold its sockets, as far as the system lets it."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = max(soft, min(hard, sockets + SPARE))
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
