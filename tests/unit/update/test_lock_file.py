"""The lock is made anew where the dependencies changed."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.project import uv
from scaffold.update.lock_file import LOCK, with_lock_file
from scaffold.update.merge import Merge
from scaffold.update.plan import Change
from scaffold.update.update import abort_update
from tests.cli.conftest import Repository
from tests.unit.update.conftest import planned, statuses, updated


@pytest.fixture
def locked(project: Repository) -> Repository:
    """A project whose lock file follows from a file that the template changes."""
    project.commit({"uv.lock": "old lock\n", "pyproject.toml": "x\n"})
    return project


LOCKED = Change("uv.lock", "changed")


def test_the_lock_is_made_anew_where_the_dependencies_changed(
    locked: Repository, released: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = tmp_path / "template"
    released.git("clone", "--quiet", str(released.path), str(template))
    more = Repository(template)
    more.commit({"template/pyproject.toml": "x\n"})
    more.git("tag", "v1.2.0")
    source = f"git+file://{template}"
    updated(locked, to="v1.2.0", template=source)
    locked.commit({})
    more.commit({"template/pyproject.toml": "x\ny\n"})
    more.git("tag", "v1.3.0")

    def lock(folder: Path) -> None:
        assert (folder / "pyproject.toml").read_text() == "x\ny\n"
        (folder / "uv.lock").write_text("new lock\n")

    monkeypatch.setattr(uv, "lock", lock)
    assert statuses(planned(locked, template=source))["uv.lock"] == "changed"
    plan = updated(locked, template=source, install=True)
    assert LOCKED in plan.plan.changes
    assert (locked.path / "uv.lock").read_text() == "new lock\n"
    abort_update(locked.path, Console())
    assert (locked.path / "uv.lock").read_text() == "old lock\n"

    def fails(_folder: Path) -> None:
        raise uv.UvError("no network")

    monkeypatch.setattr(uv, "lock", fails)
    plan = updated(locked, template=source, install=True)
    [skipped] = plan.skipped
    assert (skipped.step, skipped.reason, skipped.command) == ("lock", "no network", "uv lock")
    assert "uv lock" in plan.next
    assert (locked.path / "uv.lock").read_text() == "old lock\n"


@pytest.mark.parametrize(
    ("path", "has_lock_file", "install", "is_locked"),
    [
        ("pyproject.toml", True, True, True),
        ("pyproject.toml", True, False, False),
        ("pyproject.toml", False, True, False),
        ("README.md", True, True, False),
    ],
)
def test_a_plan_tells_that_the_lock_will_change(
    path: str, has_lock_file: bool, install: bool, is_locked: bool
) -> None:
    merge = Merge("", "", (Change(path, "merged"),), {}, has_lock_file)
    paths = [change.path for change in with_lock_file(merge, install)]
    assert paths == ([path, LOCK] if is_locked else [path])
