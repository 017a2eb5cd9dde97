"""Whether a file would be committed follows from the project's own ignore files."""

from pathlib import Path

import pytest

from scaffold.git.environment import as_environment
from scaffold.git.ignored import project_ignores


def test_only_a_projects_own_ignore_files_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "ignore").write_text("everything\n")
    user = {"core.excludesFile": str(tmp_path / "ignore")}
    for name, value in as_environment(user).items():
        monkeypatch.setenv(name, value)
    (project / ".gitignore").write_text("/.env\n")
    assert project_ignores(project, ".env", tmp_path)
    assert not project_ignores(project, "everything", tmp_path)
    assert not (project / ".git").exists()
