"""A project is brought to another version or other answers, whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.update import journal, update
from scaffold.update.plan import AbortedUpdate, Update
from scaffold.update.update import abort_update
from scaffold.update.write import write_merge
from tests.cli.conftest import Repository
from tests.unit.update.conftest import NEWEST, planned, statuses, updated


def test_a_plan_writes_nothing_and_the_update_does_it(project: Repository) -> None:
    plan = planned(project)
    assert (plan.old, plan.new) == ("v1.0.0", "v1.1.0")
    assert statuses(plan) == NEWEST
    assert plan.changelog == "## 1.1.0\n\n- Second"
    assert "+FIVE" in plan.diff
    assert project.git("status", "--porcelain") == ""
    update = updated(project)
    assert update.plan.changes == plan.changes
    assert (project.path / "app" / "main.py").read_text().endswith("FIVE\n")
    staged = project.git("diff", "--cached", "--name-only").splitlines()
    assert staged == [path for path in NEWEST if NEWEST[path] != "kept"]
    assert project.git("diff") == ""


def test_what_is_next_is_said(project: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = ("git diff --cached", "uv run poe lint && uv run poe test", "git commit")
    plan = updated(project)
    assert plan.next == (f"cd {project.path}", *commands)
    abort_update(project.path, Console())
    monkeypatch.chdir(project.path)
    assert updated(project).next == commands


def test_the_newest_version_is_up_to_date(project: Repository) -> None:
    updated(project)
    project.commit({})
    assert planned(project).changes == ()
    assert updated(project) == Update(planned(project), (), ())


def test_an_update_is_taken_back(project: Repository, console: Console) -> None:
    updated(project)
    (project.path / "app" / "main.py").write_text("mine\n")
    assert abort_update(project.path, console) == AbortedUpdate(project.path, "v1.1.0")
    assert project.git("status", "--porcelain") == ""
    assert console.notes == [
        "your edits since the update are kept: `git diff HEAD refs/scaffold/aborted` shows them"
    ]
    with pytest.raises(UsageError) as caught:
        abort_update(project.path, console)
    assert caught.value.message == "there is no update to abort"


@pytest.mark.usefixtures("no_locks")
def test_a_file_system_without_locks_is_told(project: Repository, console: Console) -> None:
    note = "this file system has no locks: let no other update run here meanwhile"
    updated(project, console)
    abort_update(project.path, console)
    assert console.notes == [note, note]
    assert project.git("status", "--porcelain") == ""


def test_an_update_that_was_cut_off_is_finished_first(
    project: Repository, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):  # noqa: PT012

        def killed(_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(journal, "apply", killed)
        updated(project)
    assert project.git("status", "--porcelain") == ""
    assert updated(project, console).plan.changes == ()
    assert console.notes == ["the update to v1.1.0 was cut off; it is finished now"]
    assert (project.path / "app" / "new.py").read_text() == "new\n"


def test_a_feature_comes_with_its_secret_after_the_users_own(project: Repository) -> None:
    (project.path / ".env").write_text("MINE=1")
    plan = updated(project, same_version=True, add=("database=sqlite", "auth"))
    assert plan.plan.answers == {"database": ("none", "sqlite"), "auth": (None, "jwt")}
    assert (plan.plan.old, plan.plan.new) == ("v1.0.0", "v1.0.0")
    mine, secret = (project.path / ".env").read_text().splitlines()
    assert mine == "MINE=1"
    assert secret.startswith("JWT_SECRET=")
    assert ".env" not in project.git("diff", "--cached", "--name-only")
    abort_update(project.path, Console())
    assert (project.path / ".env").read_text() == "MINE=1"


def added(project: Repository, console: Console | None = None) -> Update:
    return updated(project, console, same_version=True, add=("database=sqlite", "auth"))


def test_a_secret_is_not_written_where_git_tracks_the_file(project: Repository) -> None:
    project.commit({".env": "MINE=1\n"})
    (skipped,) = added(project).skipped
    assert (skipped.step, skipped.reason) == (
        "JWT_SECRET",
        "git tracks .env, so it would be committed",
    )
    assert (project.path / ".env").read_text() == "MINE=1\n"
    assert ".env" not in project.git("status", "--porcelain")
    abort_update(project.path, Console())
    assert project.git("status", "--porcelain") == ""


def test_a_secret_is_not_written_where_git_does_not_ignore_the_file(project: Repository) -> None:
    project.commit({".gitignore": ""})
    plan = added(project)
    (skipped,) = plan.skipped
    assert skipped.reason == "git does not ignore .env, so it would be committed"
    assert skipped.command in plan.next
    assert not (project.path / ".env").exists()


def test_a_link_stays_one_and_its_target_gets_the_secret(
    project: Repository, console: Console, tmp_path: Path
) -> None:
    (project.path / ".env").symlink_to("../dev.env")
    assert added(project, console).skipped == ()
    assert (project.path / ".env").readlink() == Path("../dev.env")
    assert (tmp_path / "dev.env").read_text().startswith("JWT_SECRET=")
    assert console.notes == [
        f"JWT_SECRET was added to {tmp_path}/dev.env; `--abort` leaves it there"
    ]
    abort_update(project.path, Console())
    assert (project.path / ".env").is_symlink()


def test_only_a_secret_that_is_new_to_the_project_is_made(project: Repository) -> None:
    added(project)
    project.commit({})
    (project.path / ".env").unlink()
    project.commit({".gitignore": ""})
    plan = updated(project)
    assert (plan.plan.new, plan.skipped) == ("v1.1.0", ())
    assert not (project.path / ".env").exists()


def test_a_feature_goes_again(project: Repository) -> None:
    updated(project, same_version=True, add=("websockets",))
    project.commit({})
    assert planned(project, same_version=True, remove=("websockets",)).answers == {
        "websockets": (True, False)
    }


def saved(project: Repository) -> None:
    (project.path / "app" / "main.py").write_text("mine\n")


def committed(project: Repository) -> None:
    project.commit({"app/main.py": "mine\n"})


def committed_elsewhere(project: Repository) -> None:
    with (project.path / "mine.py").open("a") as file:
        file.write("mine\n")
    project.commit({})


def on_another_branch(project: Repository) -> None:
    project.git("switch", "--quiet", "--create", "mine")
    committed_elsewhere(project)


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, project: Repository, acts: list[Callable[[Repository], None]]
) -> None:
    """Have these things happen, one in each attempt, between the merge and the writing."""
    write = write_merge

    def write_late(*args: Any) -> None:
        if acts:
            acts.pop(0)(project)
        write(*args)

    monkeypatch.setattr(update, "write_merge", write_late)


def test_a_file_that_is_saved_while_the_update_is_prepared_is_not_written_over(
    project: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, project, [saved])
    with pytest.raises(UsageError) as caught:
        updated(project)
    assert caught.value.message.endswith("which are not committed: app/main.py")
    assert project.git("status", "--porcelain") == "M app/main.py"
    assert (project.path / "app" / "main.py").read_text() == "mine\n"


@pytest.mark.parametrize("act", [committed, committed_elsewhere, on_another_branch])
def test_a_commit_that_is_made_while_the_update_is_prepared_is_merged_too(
    project: Repository,
    monkeypatch: pytest.MonkeyPatch,
    console: Console,
    act: Callable[[Repository], None],
) -> None:
    meanwhile(monkeypatch, project, [act])
    updated(project, console)
    (note,) = console.notes
    assert note.endswith("while the update was prepared: the update is merged anew")
    mine = "app/main.py" if act is committed else "mine.py"
    assert "mine\n" in (project.path / mine).read_text()
    assert "mine.py" not in project.git("diff", "--cached", "--name-only")
    abort_update(project.path, console)
    assert project.git("status", "--porcelain") == ""
    assert (project.path / mine).read_text() == "mine\n"


def test_who_commits_again_and_again_is_told(
    project: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: list[Callable[[Repository], None]] = [committed_elsewhere] * 3
    meanwhile(monkeypatch, project, acts)
    with pytest.raises(ScaffoldError) as caught:
        updated(project)
    assert acts == []
    assert caught.value.hint == "nothing was written; run it again"
    assert project.git("status", "--porcelain") == ""


def test_a_path_may_hold_what_ends_a_line_for_python_alone(
    project: Repository, tmp_path: Path
) -> None:
    moved = Repository(project.path.rename(tmp_path / "a\u2028b"))
    updated(moved)
    abort_update(moved.path, Console())
    assert moved.git("status", "--porcelain") == ""


def test_a_name_that_is_no_text_is_updated_like_any_other(project: Repository) -> None:
    odd = "app/caf\udce9.py"
    project.git("mv", "app/main.py", odd)
    project.commit({})
    plan = updated(project)
    assert statuses(plan.plan)[odd] in ("changed", "merged")
    assert (project.path / odd).read_text().endswith("FIVE\n")
    abort_update(project.path, Console())
    assert (project.path / odd).read_text().endswith("five\n")
