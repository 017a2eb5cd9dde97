"""A new project's repository has one commit with everything in it."""

from pathlib import Path

import pytest

from scaffold.git.environment import as_environment
from scaffold.git.first_commit import Surroundings, commit_all, surroundings_of
from scaffold.git.run import git_bytes, git_output
from tests.cli.conftest import Repository
from tests.unit.git.fake_git import fake_git

WEIRD = ["with space.txt", "new\nline.txt", "tab\t.txt", "grün.txt", '"quoted".txt', "-dash"]


def test_surroundings_tell_the_repository_and_the_user(
    repository: Repository, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    assert surroundings_of(plain) == Surroundings(False, {})
    repository.git("config", "user.name", "Ada Meyer")
    repository.git("config", "user.email", "")
    assert surroundings_of(repository.path) == Surroundings(True, {"user.name": "Ada Meyer"})
    (repository.path / "a b" / "c").mkdir(parents=True)
    assert surroundings_of(repository.path / "a b" / "c").prefix == "a b/c/"


def test_a_repository_that_git_refuses_to_read_is_one_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "fatal: detected dubious ownership in repository at /x"
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", f"echo '{says}' >&2; exit 128"))
    assert surroundings_of(tmp_path).in_work_tree


@pytest.mark.parametrize("known", [{}, {"user.name": "Ada"}, {"user.email": "a@b.c"}])
def test_the_first_commit_has_an_author_also_where_git_knows_none(
    tmp_path: Path, known: dict[str, str]
) -> None:
    for name in WEIRD:
        (tmp_path / name).write_text(name)
    commit_all(tmp_path, "Create it\n\nTemplate: x", known)
    done = Repository(tmp_path)
    author = f"{known.get('user.name', 'scaffold')} {known.get('user.email', 'scaffold@localhost')}"
    assert done.git("log", "--format=%an %ae|%cn %ce") == f"{author}|{author}"
    assert done.git("log", "--format=%B").strip() == "Create it\n\nTemplate: x"
    assert done.git("branch", "--show-current") == "main"
    assert set(git_output("ls-files", "-z", cwd=tmp_path).split("\0")) == {*WEIRD, ""}
    assert done.git("status", "--short") == ""


def test_the_environments_author_wins_over_the_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Grace")
    monkeypatch.setenv("EMAIL", "grace@example.com")
    (tmp_path / "a").touch()
    commit_all(tmp_path, "Create it", {})
    assert Repository(tmp_path).git("log", "--format=%an %ae") == "Grace grace@example.com"


def test_the_users_hooks_and_line_endings_leave_the_first_commit_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    settings = {"core.hooksPath": str(hooks), "core.autocrlf": "true", "commit.gpgSign": "true"}
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    project = tmp_path / "project"
    project.mkdir()
    (project / "windows.txt").write_bytes(b"a\r\n")
    commit_all(project, "Create it", {})
    assert git_bytes("cat-file", "blob", "HEAD:windows.txt", cwd=project) == b"a\r\n"
