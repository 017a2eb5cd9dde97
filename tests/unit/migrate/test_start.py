"""What begins a migration is refused before anything is read or rendered; `tests/update` has the rest."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.migrate.plan import MigrateRequest
from scaffold.migrate.start import migrate_project, plan_migration
from tests.cli.conftest import make_repository

RECORD = "_src_path: gh:a/t\n_commit: v1\nframework: {}\n"


@pytest.mark.parametrize("do", [plan_migration, migrate_project])
def test_only_a_service_with_flask_is_migrated(tmp_path: Path, do: object) -> None:
    files = {".copier-answers.yml": RECORD.format("fastapi")}
    project = make_repository(tmp_path / "api", files)
    assert callable(do)
    with pytest.raises(UsageError, match="nothing to migrate"):
        do(MigrateRequest(project.path), Console(), colour=False)


def test_a_dirty_tree_is_refused(tmp_path: Path) -> None:
    files = {".copier-answers.yml": RECORD.format("flask")}
    project = make_repository(tmp_path / "api", files)
    (project.path / "new").write_text("")
    with pytest.raises(UsageError, match="not committed: new"):
        plan_migration(MigrateRequest(project.path), Console(), colour=False)
