"""Conflicts are an exit code, whatever command made or planned the update."""

import pytest

from scaffold.update import update
from scaffold.update.plan import Update
from tests.unit.cli.conftest import Run, Service, planned


@pytest.mark.parametrize("command", [["update"], ["add", "ml"], ["remove", "ml"], ["set", "a=1"]])
@pytest.mark.parametrize(("status", "code"), [("added", 0), ("conflict", 3)])
def test_conflicts_are_an_exit_code_planned_or_made(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str], status: str, code: int
) -> None:
    monkeypatch.setattr(update, "update_project", Service(Update(planned(status), (), ())))
    monkeypatch.setattr(update, "plan_update", Service(planned(status)))
    assert run(*command) == code
    assert run(*command, "--dry-run") == code
