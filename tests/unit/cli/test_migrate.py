"""`scaffold migrate` takes one step, which has to be named."""

import json
from pathlib import Path

import pytest

from scaffold.migrate import finish, mount, start, status
from scaffold.migrate.plan import MigrateRequest, MigrationStatus, MountRequest
from scaffold.migrate.routes import Route
from scaffold.update import update
from scaffold.update.plan import AbortedUpdate, Update
from tests.unit.cli.conftest import Run, Service, planned


@pytest.mark.parametrize("args", [[], ["--status", "--abort"], ["--to", "fastapi", "--finish"]])
def test_one_step_has_to_be_named(
    run: Run, capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    assert run("migrate", *args) == 2
    assert "say what to do: one of --to fastapi" in capsys.readouterr().err


def test_there_is_one_framework_to_go_to(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("migrate", "--to", "django") == 2
    assert "not to 'django'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "module", "made", "only_planned"),
    [
        (["--to", "fastapi"], start, "migrate_project", "plan_migration"),
        (["--finish"], finish, "finish_migration", "plan_finish"),
    ],
)
def test_a_step_is_made_or_planned(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    args: list[str],
    module: object,
    made: str,
    only_planned: str,
) -> None:
    make, plan = Service(Update(planned("added"), (), ())), Service(planned("conflict"))
    monkeypatch.setattr(module, made, make)
    monkeypatch.setattr(module, only_planned, plan)
    assert run("migrate", str(tmp_path), *args, "--template", "t", "--no-install") == 0
    assert make.request == MigrateRequest(tmp_path, "t", install=False)
    assert run("migrate", str(tmp_path), *args, "--dry-run") == 3
    assert plan.request == MigrateRequest(tmp_path)


def test_what_is_mounted_is_passed_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make = Service(Update(planned("added"), (), ()))
    monkeypatch.setattr(mount, "mount_application", make)
    assert run("migrate", str(tmp_path), "--mount", "shop:app") == 0
    assert make.request == MountRequest(tmp_path, application="shop:app")


def test_the_status_lists_what_is_left(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    left = Route("GET", "/orders", "orders.list", "flask_app/orders.py", 7)
    done = Route("GET", "/items", "items.list", "", 0, done=True)
    service = Service(MigrationStatus(tmp_path, (left, done)))
    monkeypatch.setattr(status, "migration_status", service)
    assert run("migrate", str(tmp_path), "--status") == 0
    told = (
        "1 of 2 routes are answered by FastAPI\n\nLeft\n  GET    /orders  flask_app/orders.py:7\n"
    )
    assert capsys.readouterr().out == told
    assert run("migrate", str(tmp_path), "--status", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["routes"][0]) == ("left", vars(left))
    service.answer = MigrationStatus(tmp_path, (done,))
    assert run("migrate", str(tmp_path), "--status") == 0
    assert capsys.readouterr().out.endswith("\nNext\n  scaffold migrate --finish\n")


def test_a_step_is_taken_back(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    service = Service(AbortedUpdate(tmp_path, "v1"))
    monkeypatch.setattr(update, "abort_update", service)
    assert run("migrate", str(tmp_path), "--abort") == 0
    assert service.request == tmp_path
