"""nginx comes before what has begun; `tests/update` has the rest."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.migrate import step
from scaffold.migrate.add_proxy import make_proxy, plan_proxy
from scaffold.migrate.plan import MigrateRequest
from scaffold.migrate.proxy import MAP
from scaffold.migrate.routes import Route
from tests.cli.conftest import make_repository

RECORD = {".copier-answers.yml": "_src_path: gh:a/t\n_commit: v1\nframework: fastapi\n"}
ROUTES = (Route("GET", "/a", "a", "", 0, done=True), Route("PUT", "/a", "a", "", 0))


@pytest.mark.parametrize("do", [plan_proxy, make_proxy])
def test_what_has_not_begun_gets_no_proxy(tmp_path: Path, do: object) -> None:
    project = make_repository(tmp_path / "api", RECORD)
    assert callable(do)
    with pytest.raises(UsageError, match="no migration has begun"):
        do(MigrateRequest(project.path), Console(), colour=False)


def test_only_what_fastapi_has_goes_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_repository(tmp_path / "api", {**RECORD, "app/strangler/__init__.py": ""})
    monkeypatch.setattr(step, "list_routes", lambda *_: ROUTES)
    made = make_proxy(MigrateRequest(project.path), Console(), colour=False)
    lines = (project.path / MAP).read_text().splitlines()
    assert '"GET:/a" new;' in lines
    assert '"PUT:/a" new;' not in lines
    assert made.next[1].startswith("docker compose -f compose.yaml -f compose.proxy.yaml up")
