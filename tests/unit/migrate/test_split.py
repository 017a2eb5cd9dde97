"""Which files are the old application's, and which ones both use."""

from scaffold.migrate.split import Split, split

SHARED = {
    "app/__init__.py": b"",
    "app/models.py": b"import sqlalchemy\n",
    "app/logging.py": b"import logging\n",
    "app/sqlite.py": b"from app.settings import Settings\n",
}
MAIN = "from app import settings, sqlite\n"
FLASK = {
    **SHARED,
    "app/main.py": b"from app import server, settings\n",
    "app/server.py": b"import gunicorn\n",
    "app/settings.py": b"flask = 1\n",
    "app/openapi.json": b"{}",
}
FASTAPI = {
    **SHARED,
    "app/logging.py": b"import logging  # uvicorn\n",
    "app/main.py": b"import fastapi\n",
    "app/settings.py": b"fastapi = 1\n",
    "app/telemetry.py": b"",
}


def parts(own: dict[str, bytes]) -> Split:
    return split({**FLASK, **own}, FLASK, FASTAPI, MAIN)


def test_what_differs_moves_and_what_is_the_same_stays() -> None:
    found = parts({})
    assert found.old == {
        "app/main.py",
        "app/settings.py",
        "app/openapi.json",
        "app/sqlite.py",  # it needs the settings, so there are two of it
    }
    assert found.packages == {"app/__init__.py"}
    assert found.replaced == {"app/main.py", "app/server.py", "app/settings.py", "app/openapi.json"}


def test_a_metric_that_needs_a_module_of_both_is_still_counted_once() -> None:
    metrics = {"app/observability/requests.py": b"from app.settings import Settings\n"}
    mine = {**FLASK, **metrics}
    assert split(mine, mine, {**FASTAPI, **metrics}, MAIN).old == parts({}).old


def test_own_files_move_where_they_need_flask() -> None:
    found = parts(
        {
            "app/orders/__init__.py": b"",
            "app/orders/models.py": b"from app.models import Base\nimport app.logging\n",
            "app/orders/routes.py": b"from flask import Blueprint\n",
            "app/orders/feature.py": b"from .routes import blueprint\n",
            "app/orders/page.html": b"",
            "app/mails/__init__.py": b"",
            "app/mails/send.py": b"from app.server import x\n",
            "app/prices/__init__.py": b"",
            "app/prices/round.py": b"import decimal\n",
            "app/prices/table.csv": b"",
        }
    )
    own = {path for path in found.old if path not in FLASK}
    assert own == {
        "app/orders/routes.py",
        "app/orders/feature.py",
        "app/orders/page.html",
        "app/mails/__init__.py",
        "app/mails/send.py",
    }
    assert "app/orders/__init__.py" in found.packages
    assert "app/server.py" in found.old  # own code needs it


def test_a_file_where_fastapi_has_one_of_its_own_makes_room() -> None:
    found = parts({"app/telemetry.py": b"mine = 1\n"})
    assert "app/telemetry.py" in found.replaced


def test_what_you_changed_of_the_template_is_kept_though_nothing_needs_it() -> None:
    assert "app/server.py" in parts({"app/server.py": b"import gunicorn  # mine\n"}).old
