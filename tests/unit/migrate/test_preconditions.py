"""What must hold before a step of a migration."""

from pathlib import Path

import pytest

from scaffold.errors import UsageError
from scaffold.git.worktree import open_worktree
from scaffold.migrate.preconditions import check_begun, check_clean
from tests.cli.conftest import make_repository


def test_everything_has_to_be_committed(tmp_path: Path) -> None:
    project = make_repository(tmp_path / "api", {"a": "1"})
    check_clean(open_worktree(project.path))
    (project.path / "b").write_text("2")
    with pytest.raises(UsageError, match="not committed: b"):
        check_clean(open_worktree(project.path))


def test_a_migration_has_to_have_begun(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no migration has begun"):
        check_begun(tmp_path)
    (tmp_path / "app" / "strangler").mkdir(parents=True)
    check_begun(tmp_path)
