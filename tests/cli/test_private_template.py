"""A template behind a password: it is used, and never recorded or shown."""

import base64
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Repository

ALLOWED = f"Basic {base64.b64encode(b'me:secret').decode()}"


class Handler(SimpleHTTPRequestHandler):
    """Files for whoever knows the password; git can clone from files."""

    def do_GET(self) -> None:
        if self.headers["Authorization"] == ALLOWED:
            super().do_GET()
            return
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(template: Repository, tmp_path: Path) -> Iterator[str]:
    """Where a server has the template, released as v1.0.0, without the scheme."""
    template.git("tag", "v1.0.0")
    template.git("clone", "--quiet", "--bare", ".", str(tmp_path / "served" / "template.git"))
    Repository(tmp_path / "served" / "template.git").git("update-server-info")
    handler = partial(Handler, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}/template.git"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("place", ["flag", "environment"])
def test_a_password_opens_the_template_and_is_forgotten(
    bare_cli: Cli, address: str, place: str
) -> None:
    url = f"http://me:secret@{address}"
    if place == "flag":
        ran = bare_cli.new("api", "--yes", f"--template={url}")
    else:
        ran = bare_cli.new("api", "--yes", SCAFFOLD_TEMPLATE=url)
    assert ran.code == 0, ran.err
    assert "secret" not in ran.out + ran.err
    assert "secret" not in Repository(bare_cli.cwd / "api").git("log", "--patch")
    answers = (bare_cli.cwd / "api" / ".copier-answers.yml").read_text()
    assert "_commit: v1.0.0\n" in answers
    assert f"_src_path: http://{address}\n" in answers


@pytest.mark.parametrize("user", ["", "me:wrong-secret@"])
def test_a_password_that_is_missing_or_wrong_is_one_clear_message(
    bare_cli: Cli, address: str, user: str
) -> None:
    ran = bare_cli.new("api", "--yes", f"--template=http://{user}{address}")
    assert ran.code == 1
    assert f"cannot fetch the template from http://{address}: " in ran.err
    assert "secret" not in ran.out + ran.err
    assert list(bare_cli.cwd.iterdir()) == []
