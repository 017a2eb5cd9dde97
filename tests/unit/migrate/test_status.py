"""How many routes are left is asked of both applications."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.migrate import status
from scaffold.migrate.routes import Route
from scaffold.migrate.status import migration_status
from scaffold.template.answers_file import NoProject

LEFT = Route("GET", "/orders", "orders.list", "", 0)


def test_both_applications_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".copier-answers.yml").write_text("_src_path: gh:a/t\n_commit: v1\n")
    (tmp_path / "app" / "strangler").mkdir(parents=True)
    asked: list[tuple[Path, str]] = []

    def list_routes(project: Path, which: str) -> tuple[Route, ...]:
        asked.append((project, which))
        return (LEFT,)

    monkeypatch.setattr(status, "list_routes", list_routes)
    assert migration_status(tmp_path, Console()).left == (LEFT,)
    assert asked == [(tmp_path, "both")]


def test_another_folder_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(NoProject):
        migration_status(tmp_path, Console())
