"""A project is compared with what its template made of its answers."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.errors import UsageError
from scaffold.update.diff import diff_project
from scaffold.update.plan import Change
from tests.cli.conftest import Repository


def test_a_project_that_nobody_touched_is_as_its_template_made_it(
    project: Repository, released: Repository, console: Console
) -> None:
    found = diff_project(project.path, None, console, colour=False)
    assert found.changes == ()
    assert found.text == ""
    assert (found.path, found.version) == (project.path, "v1.0.0")
    assert found.src_path == f"git+file://{released.path}"


def test_every_kind_of_change_is_found(project: Repository, console: Console) -> None:
    main = (project.path / "app" / "main.py").read_text()
    (project.path / "app" / "main.py").unlink()
    (project.path / "moved.py").write_text(main)
    (project.path / "once.txt").unlink()
    (project.path / "README.md").write_text("# mine\n")
    (project.path / "new file").write_text("uncommitted\n")
    (project.path / ".env").write_text("SECRET=1\n")
    found = diff_project(project.path, None, console, colour=False)
    assert found.changes == (
        Change("README.md", "changed"),
        Change("moved.py", "changed", source="app/main.py"),
        Change("new file", "added"),
        Change("once.txt", "removed"),
    )
    assert "+uncommitted\n" in found.text
    assert "SECRET" not in found.text


@pytest.mark.parametrize("tracked", [True, False])
def test_secrets_are_not_shown_where_git_does_not_ignore_them(
    project: Repository, console: Console, tracked: bool
) -> None:
    project.commit({".gitignore": "", **({".env": "SECRET=1\n"} if tracked else {})})
    (project.path / ".env").write_text("SECRET=2\n")
    found = diff_project(project.path, None, console, colour=False)
    assert found.changes == (Change(".gitignore", "changed"),)
    assert "SECRET" not in found.text


def test_a_mode_is_a_change(project: Repository, console: Console) -> None:
    (project.path / "app" / "main.py").chmod(0o755)
    found = diff_project(project.path, None, console, colour=True)
    assert found.changes == (Change("app/main.py", "changed"),)
    assert "\x1b[" in found.text


def test_what_is_no_project_is_refused(tmp_path: Path, console: Console) -> None:
    with pytest.raises(UsageError, match=r"has no \.copier-answers\.yml"):
        diff_project(tmp_path, None, console, colour=False)
