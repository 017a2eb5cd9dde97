"""The user's repository tells where the project lies and what is not committed."""

import subprocess
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError, UsageError
from scaffold.git.worktree import (
    Worktree,
    locate_project,
    open_worktree,
    require_merge_tree,
    update_index,
)
from tests.cli.conftest import Repository, make_repository
from tests.unit.git.conftest import WEIRD
from tests.unit.git.fake_git import fake_git

LINES = "".join(f"{number}\n" for number in range(12))


def test_a_project_outside_of_a_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not in a git repository") as caught:
        open_worktree(tmp_path)
    assert "git init" in caught.value.hint


def test_a_repository_without_files_is_refused(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    for place in (tmp_path / "bare.git", repository.path / ".git"):
        with pytest.raises(ScaffoldError, match="it is a bare one") as caught:
            open_worktree(place)
        assert caught.value.hint.startswith("run it in a clone")


def test_a_path_with_a_line_break_is_refused(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "a\nb", {"file": ""})
    with pytest.raises(UsageError, match="has a line break"):
        open_worktree(repository.path)


def test_a_repository_without_a_commit_is_refused(tmp_path: Path) -> None:
    Repository(tmp_path).git("init", "--quiet")
    with pytest.raises(UsageError, match="has no commit, so there is nothing to go back to"):
        open_worktree(tmp_path)


def test_a_project_knows_where_it_lies(nested: Repository) -> None:
    project = nested.path / "services" / "api"
    head = nested.git("rev-parse", "HEAD")
    git_dir = nested.path / ".git"
    assert open_worktree(project) == Worktree(
        project, "services/api/", git_dir, git_dir / "objects", head
    )


def test_a_linked_work_tree_shares_the_objects(repository: Repository, tmp_path: Path) -> None:
    repository.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    tree = open_worktree(tmp_path / "linked")
    assert tree.objects == repository.path / ".git" / "objects"
    assert tree.git_dir == repository.path / ".git" / "worktrees" / "linked"


def test_what_differs_from_the_last_commit_is_untidy(nested: Repository) -> None:
    project = nested.path / "services" / "api"
    tree = open_worktree(project)
    assert tree.uncommitted_paths() == set()
    (project / "a").write_text("edited\n")
    (project / "new\nline.txt").unlink()
    (project / "sub").mkdir()
    (project / "sub" / "new file").touch()
    (nested.path / "top.txt").write_text("not ours\n")
    (project / ".gitignore").write_text("*.log\n")
    (project / "x.log").touch()
    assert tree.uncommitted_paths() == {"a", "new\nline.txt", "sub/new file", ".gitignore"}


@pytest.mark.parametrize("flag", ["assume-unchanged", "skip-worktree"])
def test_what_git_was_told_not_to_look_at_is_unseen(nested: Repository, flag: str) -> None:
    nested.git("update-index", f"--{flag}", "services/api/a", "top.txt")
    tree = open_worktree(nested.path / "services" / "api")
    assert tree.hidden_paths() == {"a": flag}
    assert tree.sparse_paths() == set()


@pytest.mark.parametrize("command", ["merge", "rebase", "cherry-pick", "revert", "am"])
def test_what_waits_for_the_user_in_git_is_under_way(repository: Repository, command: str) -> None:
    repository.git("switch", "--quiet", "--create", "side")
    repository.commit({"README.md": "side\n"})
    patch = repository.git("format-patch", "-1", "--output-directory", "..")
    repository.git("switch", "--quiet", "main")
    repository.commit({"README.md": "main\n"})
    tree = open_worktree(repository.path)
    assert tree.operation_in_progress() is None
    argument = {"revert": "HEAD~1", "am": patch}.get(command, "side")
    with pytest.raises(subprocess.CalledProcessError):
        repository.git(command, argument)
    assert tree.operation_in_progress() == command
    repository.git(command, "--abort")
    assert tree.operation_in_progress() is None


def test_a_staged_change_and_a_staged_move_are_untidy(repository: Repository) -> None:
    repository.commit({"old.txt": LINES})
    repository.git("mv", "old.txt", "new.txt")
    assert open_worktree(repository.path).uncommitted_paths() == {"old.txt", "new.txt"}


def test_what_git_ignores_and_tracks_is_told_by_path(nested: Repository) -> None:
    nested.commit({"services/api/.gitignore": "*.log\n", "services/api/kept.log": ""})
    tree = open_worktree(nested.path / "services" / "api")
    assert tree.ignored_paths(["x.log", "kept.log", "a", "new\nline.log"]) == {
        "x.log",
        "new\nline.log",
    }
    assert tree.ignored_paths([]) == set()
    assert tree.tracked_paths() == {"a", *WEIRD, ".gitignore", "kept.log"}


def test_conflicts_of_the_project_are_unmerged_and_those_beside_it_are_not_its_own(
    nested: Repository,
) -> None:
    tree = open_worktree(nested.path / "services" / "api")
    oid = nested.git("rev-parse", "HEAD:top.txt")
    for path, unmerged in (("top.txt", set()), ("services/api/a", {"a"})):
        lines = [f"100644 {oid} {stage}\t{path}" for stage in (1, 2, 3)]
        update_index(nested.path, [path], lines)
        assert tree.unmerged_paths() == unmerged


def test_lines_of_the_index_are_taken_and_put_back(nested: Repository) -> None:
    project = nested.path / "services" / "api"
    tree = open_worktree(project)
    paths = ["a", "new\nline.txt", "missing"]
    before = tree.index_lines(paths)
    assert [line.partition("\t")[2] for line in before] == [
        "services/api/a",
        "services/api/new\nline.txt",
    ]
    inside = [f"services/api/{path}" for path in paths]
    update_index(project, inside, [])
    assert tree.tracked_paths() == {*WEIRD} - {"new\nline.txt"}
    update_index(project, inside, before)
    assert tree.uncommitted_paths() == set()


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        ("git version 2.37.9", "git 2.37 is too old"),
        ("git version 1.99.1", "git 1.99 is too old"),
        ("git version 2.38.0", None),
        ("git version 2.100.1.windows.1", None),
        ("git version 3.0 (Apple Git-1)", None),
    ],
)
def test_a_git_that_cannot_merge_trees_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, refused: str | None
) -> None:
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", f"echo '{version}'"))
    if refused is None:
        require_merge_tree()
        return
    with pytest.raises(ScaffoldError, match=refused) as caught:
        require_merge_tree()
    assert caught.value.hint == "install git 2.38 or newer"


def test_a_project_knows_its_place_in_the_repository(repository: Repository) -> None:
    inside = repository.path / "services" / "api"
    inside.mkdir(parents=True)
    git_dir, objects = str(repository.path / ".git"), str(repository.path / ".git" / "objects")
    assert locate_project(repository.path) == ("", git_dir, objects)
    assert locate_project(inside) == ("services/api/", git_dir, objects)


def test_outside_of_a_repository_a_project_has_no_place(tmp_path: Path) -> None:
    assert locate_project(tmp_path) is None
