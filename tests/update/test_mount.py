"""A Flask application that `scaffold` did not make goes behind a new one: what its owner and its clients see."""

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Cli, Repository
from tests.support import bookshop, wire
from tests.support.migrating import environment_of_both
from tests.support.projects import Projects, run, snapshot
from tests.support.services import Service
from tests.support.sockets import join, new_room
from tests.update.conftest import everything

pytestmark = [
    pytest.mark.usefixtures("kept_renderings"),
    # The repository and the service are made once, for all of these tests.
    pytest.mark.xdist_group("mount"),
]
BEGIN = ("migrate", "--mount", "app:create_app()", "--no-install")


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Cli:
    """The repository of somebody else's application, where FastAPI answers first and one route is moved."""
    folder = tmp_path_factory.mktemp("books")
    (folder / "home").mkdir()
    (folder / "books").mkdir()
    cli = Cli(folder / "books", folder / "home")
    cli.env["SCAFFOLD_TEMPLATE"] = str(projects.template())
    bookshop.write(cli.cwd)
    project = Repository(cli.cwd)
    project.git("init", "--quiet")
    (cli.cwd / ".venv").symlink_to(environment_of_both(projects), target_is_directory=True)
    project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "Books")
    before = everything(cli.cwd)
    assert cli.run(*BEGIN).code == 0
    assert cli.run("migrate", "--abort").code == 0
    assert everything(cli.cwd) == before
    made = cli.run(*BEGIN, "--json").json
    assert made["status"] == "updated"
    kept = {change["path"] for change in made["changes"] if change["status"] == "kept"}
    assert kept == {"tests/", "README.md", ".gitignore"}
    bookshop.move_a_route(cli.cwd)
    project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "FastAPI answers first")
    return cli


@pytest.fixture(scope="module")
def service(books: Cli, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Both applications in one process."""
    with Service(books.cwd, tmp_path_factory.mktemp("service"), {}) as service:
        yield service


def test_the_project_passes_its_own_checks(books: Cli) -> None:
    run(
        ".venv/bin/ruff",
        "check",
        "--quiet",
        "--isolated",
        "--line-length=100",
        "app",
        folder=books.cwd,
    )
    run(".venv/bin/mypy", folder=books.cwd)
    run(".venv/bin/python", "-m", "pytest", "-q", "tests", folder=books.cwd)


def test_what_was_called_app_is_found_under_its_new_name(books: Cli) -> None:
    assert (books.cwd / "flask_app.py").read_text() == bookshop.APP
    assert "from flask_app import create_app" in (books.cwd / "tests/test_app.py").read_text()
    assert "flask>=3" in (books.cwd / "pyproject.toml").read_text()
    assert "COPY flask_app.py flask_app.py\n" in (books.cwd / "Dockerfile").read_text()


def test_the_guide_and_the_status_name_what_is_left(books: Cli) -> None:
    guide = (books.cwd / "MIGRATION.md").read_text()
    assert "| `POST` | `/echo` | `echo` | `flask_app.py:" in guide
    routes = books.run("migrate", "--status", "--json").json["routes"]
    done = {f"{route['method']} {route['path']}" for route in routes if route["done"]}
    assert done == {"GET /books/{number}"}
    refused = books.run("migrate", "--finish", "--no-install")
    assert (refused.code, "FastAPI has no route for" in refused.err) == (3, True)


def test_pages_cookies_and_redirects_are_as_they_were(service: Service) -> None:
    with service.client_at() as client:
        page = client.get("/")
        assert "<a href=/books/1>" in page.text
        assert page.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
        went = client.get("/go", follow_redirects=False)
        assert (went.status_code, went.headers["Location"]) == (302, "/")
        cookies = went.headers.get_list("Set-Cookie")
        assert [cookie.partition(";")[0] for cookie in cookies] == ["one=1", "two=2"]
        assert len(page.headers.get_list("X-Request-ID")) == 1


def test_bodies_and_streams_come_through(service: Service) -> None:
    parts = [b"a" * 10_000, b"b", b"c" * 70_000]
    with service.client_at() as client:
        assert client.post("/echo", content=iter(parts)).content == b"".join(parts)
        assert client.get("/stream").text == "line 0\nline 1\nline 2\n"
        head = client.head("/stream")
        assert (head.status_code, head.content) == (200, b"")


def test_words_come_through_and_no_header_passes_for_another(service: Service) -> None:
    with service.client_at() as client:
        asked = client.get("/search/%C3%A9t%C3%A9?in=%C3%BCber", headers={"X_User": "eve"})
        assert asked.json() == ["été", "über", None]


def test_a_stream_that_fails_breaks_off(service: Service) -> None:
    with service.client_at() as client, pytest.raises(httpx.RemoteProtocolError):
        client.get("/broken")
    assert service.client.get("/").status_code == 200


def test_methods_of_both_are_named_and_a_path_of_neither_has_the_old_page(service: Service) -> None:
    with service.client_at() as client:
        refused = client.put("/books/1")
        assert (refused.status_code, refused.headers["Allow"]) == (405, "DELETE, GET, HEAD")
        assert client.delete("/books/3").json() == {"number": 3, "price": 6}
        missing = client.get("/nothing")
        assert (missing.status_code, missing.text) == (404, "<h1>No such page</h1>")


def test_a_route_goes_back_and_a_slow_request_is_finished_at_a_stop(
    books: Cli, tmp_path: Path
) -> None:
    with Service(books.cwd, tmp_path, {"OLD_ROUTES": "GET:/books/{number}"}) as service:
        with service.client_at() as client:
            assert "seen" not in client.cookies
            assert client.get("/books/2").headers.get("Set-Cookie", "").startswith("session=")
        with service.connection() as connection:
            connection.sendall(wire.head("GET", "/slow?seconds=2", "Host: x"))
            # What comes later is answered, so that one is under way.
            assert service.client.get("/").status_code == 200
            service.terminate()
            assert wire.receive(connection).content == b"slept"
        assert service.wait() in (0, 143, -signal.SIGTERM)


def test_features_and_updates_come_afterwards(books: Cli, tmp_path: Path) -> None:
    template, later = tmp_path / "template", Cli(tmp_path / "books", books.home)
    snapshot(template)
    later.env["SCAFFOLD_TEMPLATE"] = str(template)
    later.cwd.mkdir()
    bookshop.write(later.cwd)
    commit(later.cwd, books)
    assert later.run(*BEGIN).code == 0
    save(later.cwd)

    added = later.run("add", "websockets", "--no-install", "--json").json
    assert added["status"] == "updated"
    assert {c["path"] for c in added["changes"] if c["status"] == "kept"} == {"README.md"}
    assert not (later.cwd / "tests/test_websockets.py").exists()
    packages = (later.cwd / "pyproject.toml").read_text()
    assert "flask>=3" in packages
    assert "websockets>=" in packages
    save(later.cwd)
    with (
        Service(later.cwd, tmp_path, {"MAX_BODY_BYTES": "4000000"}) as service,
        join(service, new_room()) as socket,
        service.client_at() as client,
    ):
        assert "Books" in client.get("/").text
        socket.say("hello")
        assert socket.bodies(1) == ["hello"]
        # More than is kept in memory.
        sent = client.post("/upload", files={"cover": b"x" * 3_000_000})
        assert (sent.status_code, sent.text) == (200, "3000000")
        assert client.post("/upload", files={"cover": b"x" * 5_000_000}).status_code == 413

    health = template / "templates/fastapi/app/health.py.jinja"
    health.write_text(health.read_text() + "\n# Newer.\n")
    Repository(template).commit({})
    Repository(template).git("tag", "v0.0.2")
    assert later.run("update", "--no-install").code == 0
    assert (later.cwd / "app/health.py").read_text().endswith("\n# Newer.\n")
    changed = Repository(later.cwd).git("diff", "--name-only", "HEAD").split()
    assert changed == [".copier-answers.yml", "app/health.py"]


def save(folder: Path) -> None:
    """Commit all of a repository."""
    Repository(folder).git("add", "--all")
    Repository(folder).git("commit", "--quiet", "-m", "Next")


def test_a_finish_leaves_what_is_theirs(books: Cli) -> None:
    (old := books.cwd / "flask_app.py").write_text(
        "from flask import Flask\n\n\ndef create_app():\n    return Flask(__name__, static_folder=None)\n"
    )
    project = Repository(books.cwd)
    project.git("commit", "--quiet", "--all", "-m", "Nothing is left")
    packages = books.cwd / "pyproject.toml"
    # Migrations that began with an earlier version have it.
    packages.write_text(packages.read_text().replace('"flask>=3"', '"flask>=3",\n    "a2wsgi>=1"'))
    project.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert books.run("migrate", "--finish", "--no-install").code == 0
    assert old.exists()
    left = project.git("ls-files", "app/strangler", "tests/parity", "MIGRATION.md")
    assert left == ""
    assert "strangler" not in (books.cwd / "app/main.py").read_text()
    assert "a2wsgi" not in packages.read_text()
    run(".venv/bin/python", "-c", "from app.main import create_app; create_app()", folder=books.cwd)
    assert books.run("migrate", "--abort").code == 0


def commit(folder: Path, books: Cli) -> None:
    """Make a repository of a folder, with the packages that the bookshop has."""
    (folder / ".venv").symlink_to(books.cwd / ".venv", target_is_directory=True)
    project = Repository(folder)
    project.git("init", "--quiet")
    project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "First")


def test_a_file_of_theirs_is_not_overwritten(books: Cli, tmp_path: Path) -> None:
    bookshop.write(tmp_path)
    (tmp_path / "MIGRATION.md").write_text("mine")
    commit(tmp_path, books)
    refused = books.run(BEGIN[0], str(tmp_path), *BEGIN[1:])
    assert (refused.code, "MIGRATION.md is yours" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("nothing", "is not MODULE:NAME"),
        ("prices:of(open('x'))", "is not MODULE:NAME"),
        ("prices:of", "prices:of is not a Flask application but function"),
        ("absent:app", "No module named 'absent'"),
    ],
)
def test_what_is_no_application_is_refused_in_one_line(
    books: Cli, tmp_path: Path, wanted: str, said: str
) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "prices.py").write_text(bookshop.PRICES)
    (folder / ".gitignore").write_text(".venv\n")
    commit(folder, books)
    refused = books.run("migrate", str(folder), "--mount", wanted)
    assert refused.code in (1, 2)
    assert said in refused.err
    assert "Traceback" not in refused.err
