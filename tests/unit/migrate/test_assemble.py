"""The files of a project in which both applications live."""

import json
from pathlib import Path

from scaffold.migrate import assemble
from scaffold.migrate.split import Split

MINE = {
    "app/main.py": b"from app.orders import feature\n",
    "app/orders/feature.py": b"from app.models import Base\n",
    "app/models.py": b"Base = 1\n",
}
PARTS = Split(
    frozenset({"app/main.py", "app/orders/feature.py"}),
    frozenset(),
    frozenset({"app/main.py", "app/orders/feature.py"}),
)
FLASK = 'dependencies = [\n    "flask>=3",\n    "gunicorn>=27",\n    "redis>=7",\n]\n'
FASTAPI = 'dependencies = [\n    "fastapi>=0",\n    "redis>=7",\n]\n'


def test_the_old_application_is_found_at_its_new_place() -> None:
    main = "from app.orders import feature\n"
    assert assemble.old_application(MINE, main, PARTS) == {
        "flask_app/main.py": b"from flask_app.orders import feature\n",
        "flask_app/orders/feature.py": b"from app.models import Base\n",
    }


def test_what_stands_between_depends_on_the_database() -> None:
    name = "app/strangler/old_application.py"
    with_database, without = assemble.strangler(True), assemble.strangler(False)
    assert with_database.keys() == without.keys()
    assert "db.engines" in with_database[name]
    assert "db.engines" not in without[name]


def test_both_are_asked_what_the_service_has() -> None:
    service, users = "tests/parity/service.jsonl", "tests/parity/users.jsonl"
    full, small = assemble.parity(True, True), assemble.parity(False, False)
    assert {service, users} < full.keys()
    assert small.keys() == {service, assemble.PARITY}
    assert "remove_rows" in full[assemble.PARITY]
    assert "portal" not in small[assemble.PARITY]
    for text in (full[users], full[service]):
        assert all({"method", "path"} <= json.loads(line).keys() for line in text.splitlines())


def test_own_files_beside_the_application_follow_it() -> None:
    result = {
        "tests/test_mine.py": b"from app.orders import feature\n",
        "tests/conftest.py": b"from app.orders import feature\n",
        "broken.py": b"from app.orders import (\n",
        "notes.txt": b"from app.orders import feature\n",
    }
    found = assemble.own_files_outside(MINE, result, {"tests/conftest.py": b""}, PARTS)
    assert found == {"tests/test_mine.py": "from flask_app.orders import feature\n"}


def test_modules_that_are_named_in_a_text_are_left_to_a_person() -> None:
    files = {
        "a.py": b'run("app.main:create_app")\nx = "app.models"\n',
        "b.py": b'"""Long text on app.main\nover lines."""\n',
    }
    assert list(assemble.named_in_texts(files, PARTS)) == ["`a.py:1` has `app.main:create_app`"]


def test_packages_of_both_and_of_the_user_are_there() -> None:
    mine = FLASK.replace('    "redis', '    "jinja2",\n    "redis')
    assert assemble.without_own_packages(mine, FLASK) == FLASK
    both = assemble.with_all_packages(FASTAPI, mine, FLASK, FASTAPI)
    assert [line.strip() for line in both.splitlines()[1:-1]] == [
        '"fastapi>=0",',
        '"jinja2",',
        '"redis>=7",',
        "# What flask_app/ needs, until `scaffold migrate --finish` removes it.",
        '"flask>=3",',
    ]
    assert assemble.names_to_remove(FLASK, FASTAPI, "dependencies") == {"a2wsgi", "flask"}


def test_only_files_that_are_there_are_edited() -> None:
    found = assemble.edited_files({"Dockerfile": b"COPY app app\n"})
    assert found == {"Dockerfile": "COPY app app\nCOPY flask_app flask_app\n"}


def test_a_rendering_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_text("c")
    assert assemble.read_folder(tmp_path) == {"a/b": b"c"}
