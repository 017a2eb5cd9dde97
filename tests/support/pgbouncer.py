"""A real PgBouncer in front of a database, gone after use."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.missing import give_up
from tests.support.services import PATIENCE_SECONDS, eventually, free_port, listens

# Debian's place is on no user's PATH.
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
SERVER_CONNECTIONS = 5


@contextmanager
def pgbouncer(url: str, folder: Path, **settings: object) -> Iterator[str]:
    """The URL of a database through a pooler that gives each transaction any connection."""
    if PROGRAM is None:
        give_up("pgbouncer is not installed")
    address, port = urlsplit(url), free_port()
    host, user = address.hostname, address.username or "postgres"
    password = f" password={address.password}" if address.password else ""
    options = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        # Knows no user, and asks nobody for a password.
        "auth_type": "any",
        "pool_mode": "transaction",
        "default_pool_size": SERVER_CONNECTIONS,
        "max_client_conn": 500,
    } | settings
    target = f"host={host} port={address.port or 5432} user={user}{password}"
    lines = ["[databases]", f"* = {target}", "[pgbouncer]"]
    lines += [f"{name} = {value}" for name, value in options.items()]
    file, log = folder / "pgbouncer.ini", folder / "pgbouncer.log"
    file.write_text("\n".join(lines) + "\n")
    # It refuses to run as root. What it reads is open to it even inside a folder that is not.
    as_other: dict[str, Any] = {}
    if os.getuid() == 0:
        as_other = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    with file.open() as config, log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the pooler of this machine
            [PROGRAM, f"/dev/fd/{config.fileno()}"],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            pass_fds=[config.fileno()],
            **as_other,
        )
    try:
        listening = partial(listens, process, port, log)
        eventually(listening, PATIENCE_SECONDS, "PgBouncer does not listen")
        yield address._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()
    finally:
        process.kill()
        process.wait()


def version() -> tuple[int, ...]:
    """The version that is installed."""
    if PROGRAM is None:
        give_up("pgbouncer is not installed")
    said = subprocess.check_output([PROGRAM, "--version"], text=True)  # noqa: S603 - as above
    return tuple(int(part) for part in said.split()[1].split("."))
