"""`scaffold check` ends with how the projects stand."""

from pathlib import Path

import pytest

from scaffold.update import check
from scaffold.update.project_status import ProjectStatus, Report
from tests.unit.cli.conftest import Run, Service


@pytest.mark.parametrize(("status", "code"), [("up to date", 0), ("outdated", 4)])
def test_check_ends_with_how_the_projects_stand(
    run: Run, monkeypatch: pytest.MonkeyPatch, status: str, code: int
) -> None:
    service = Service(Report((ProjectStatus(Path(), status, "v1"),)))
    monkeypatch.setattr(check, "check_projects", service)
    assert run("check") == code
    assert service.request == [Path()]
    run("check", "a", "b")
    assert service.request == [Path("a"), Path("b")]
