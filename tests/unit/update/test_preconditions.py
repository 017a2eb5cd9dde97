"""An update begins and is written only where nothing of the user's can be lost."""

import subprocess

import pytest

from scaffold.errors import Conflicts
from scaffold.git.worktree import open_worktree
from scaffold.update.preconditions import HeadMoved, check_head
from tests.cli.conftest import Repository
from tests.unit.update.conftest import refused, updated


def conflicting(project: Repository) -> None:
    project.commit({"app/main.py": "one\ntwo\nthree\nfour\nmine\n"})


def test_a_conflict_waits_for_the_user(project: Repository) -> None:
    conflicting(project)
    plan = updated(project)
    assert [change.path for change in plan.plan.conflicts] == ["app/main.py"]
    assert plan.next[1].startswith("git status    # what is left to resolve")
    assert (
        "<<<<<<< yours\nmine\n=======\nFIVE\n>>>>>>> v1.1.0\n"
        in (project.path / "app" / "main.py").read_text()
    )
    with pytest.raises(Conflicts) as caught:
        updated(project)
    assert caught.value.message == "the update to v1.1.0 waits for you: app/main.py"
    (project.path / "app" / "main.py").write_text("resolved\n")
    project.git("add", "app/main.py")
    assert (
        "have changes of yours"
        in refused(project, to="v1.1.0", answers={"framework": "flask"}).message
    )


def test_a_merge_of_the_users_own_is_told_apart(project: Repository) -> None:
    project.git("switch", "--quiet", "-c", "side")
    project.commit({"own.txt": "side\n"})
    project.git("switch", "--quiet", "main")
    project.commit({"own.txt": "main\n"})
    with pytest.raises(Exception, match="exit status 1"):
        project.git("merge", "side")
    error = refused(project)
    assert error.message == "a merge is under way here, with conflicts that are not resolved"
    assert not isinstance(error, Conflicts)


def test_a_rebase_that_waits_is_ended_first(project: Repository) -> None:
    project.commit({"own.txt": "mine\n"})
    with pytest.raises(subprocess.CalledProcessError):
        project.git("rebase", "--quiet", "--exec", "false", "HEAD~1")
    error = refused(project)
    assert error.message == "a rebase is under way here"
    assert error.hint.startswith("end it with `git rebase --continue`")


@pytest.mark.parametrize(
    ("command", "message", "hint"),
    [
        (
            ("sparse-checkout", "set", "--no-cone", "/*", "!/app/main.py"),
            "files that your sparse checkout leaves out: app/main.py",
            "`git sparse-checkout disable`",
        ),
        (
            ("update-index", "--assume-unchanged", "app/main.py"),
            "files that git was told not to look at: app/main.py",
            "run `git update-index --no-assume-unchanged`",
        ),
        (
            ("update-index", "--skip-worktree", "app/main.py", "once.txt"),
            "files that git was told not to look at: app/main.py",
            "run `git update-index --no-skip-worktree`",
        ),
    ],
)
def test_what_git_does_not_look_at_and_would_be_touched_is_refused(
    project: Repository, command: tuple[str, ...], message: str, hint: str
) -> None:
    project.git("status")  # copied files have other times, which it writes down
    project.git(*command)
    error = refused(project)
    assert error.message == f"the update changes {message}"
    assert error.hint.startswith(hint)


@pytest.mark.parametrize(
    ("edited", "told"),
    [
        (["app/main.py"], "app/main.py"),
        (["app/new.py"], "app/new.py"),
        (
            [".copier-answers.yml", "app/main.py", "app/new.py"],
            ".copier-answers.yml, app/main.py, app/new.py",
        ),
    ],
)
def test_what_is_not_committed_and_would_be_touched_is_refused(
    project: Repository, edited: list[str], told: str
) -> None:
    for name in edited:
        with (project.path / name).open("a") as file:
            file.write("# mine\n")
    assert refused(project).message.endswith(f"which are not committed: {told}")


def test_what_the_update_does_not_touch_may_be_untidy(project: Repository) -> None:
    (project.path / "once.txt").write_text("mine\n")
    (project.path / "own.txt").write_text("mine\n")
    updated(project)
    assert (project.path / "once.txt").read_text() == "mine\n"


def test_git_at_work_is_waited_for(project: Repository) -> None:
    (project.path / ".git" / "index.lock").touch()
    error = refused(project)
    assert error.message == "git is at work in this repository"
    assert error.exit_code == 1


def test_a_commit_since_the_merge_began_is_told(project: Repository) -> None:
    worktree = open_worktree(project.path)
    check_head(worktree)
    project.commit({"mine.txt": "mine\n"})
    with pytest.raises(HeadMoved, match="another commit was made"):
        check_head(worktree)
