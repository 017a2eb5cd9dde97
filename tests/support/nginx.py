"""A real nginx in front of a service."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.support.missing import give_up
from tests.support.services import PATIENCE_SECONDS, eventually, free_port, listens

CONFIGURATION = """
daemon off;
master_process {master};
user root;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {before}
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
}}
"""


@contextmanager
def nginx(
    folder: Path, locations: str, before: str = "", *, reloads: bool = False
) -> Iterator[int]:
    """The port of an nginx with these locations, until the end; `before` stands before its server.

    One that reloads takes its configuration anew on SIGHUP, as the process of the file `pid`.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin")
    if program is None:
        give_up("nginx is not installed: apt-get install nginx-light")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    file, log = folder / "nginx.conf", folder / "stderr"
    configuration = CONFIGURATION.format(
        folder=folder,
        port=port,
        locations=locations,
        before=before,
        master="on" if reloads else "off",
    )
    file.write_text(configuration, encoding="utf-8")
    with log.open("wb") as stderr:
        process = subprocess.Popen([program, "-c", str(file)], stderr=stderr)  # noqa: S603
    try:
        listening = partial(listens, process, port, log)
        eventually(listening, PATIENCE_SECONDS, "nginx does not listen")
        yield port
    finally:
        # A signal that the process can pass on to its workers.
        process.terminate()
        process.wait()
