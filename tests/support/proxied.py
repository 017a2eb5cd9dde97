"""Both applications of a migration behind a real nginx, with the files that the tool writes for it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.nginx import nginx
from tests.support.services import Service


@dataclass
class Proxied(Service):
    """What a client sees of the two processes, and their logs as one."""

    new: Service | None = None
    old: Service | None = None

    @property
    def stdout(self) -> str:
        assert self.new
        assert self.old
        return self.new.stdout + self.old.stdout

    def follow(self, mapped: str) -> None:
        """Have nginx read another map, as `nginx -s reload` does."""
        (self.folder / "routes.map").write_text(mapped)
        os.kill(int((self.folder / "pid").read_text()), signal.SIGHUP)


@contextmanager
def behind_nginx(project: Path, folder: Path, new: Service, old: Service) -> Iterator[Proxied]:
    """The project's nginx, with the addresses of these two processes."""
    folder.mkdir()
    mapped = folder / "routes.map"
    mapped.write_text((project / "proxy/routes.map").read_text())
    text = (project / "proxy/default.conf").read_text()
    for ours, here in (
        ("web:8000", f"127.0.0.1:{new.port}"),
        ("old:8000", f"127.0.0.1:{old.port}"),
        ("conf.d/routes.map", str(mapped)),
    ):
        assert ours in text
        text = text.replace(ours, here)
    before, server, rest = text.partition("server {\n    listen 8080;\n")
    assert server
    with nginx(folder, rest.rstrip().removesuffix("}"), before, reloads=True) as port:
        both = Proxied(project, folder, {}, new=new, old=old)
        both.port = port
        both.client = both.client_at()
        with both.client:
            yield both
