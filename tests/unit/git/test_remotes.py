"""Repositories are cloned and asked by their address, whatever protocols the user forbids."""

from pathlib import Path

import pytest

from scaffold.git.environment import as_environment
from scaffold.git.remotes import RemoteRefs, clone_bare, redirect_urls, remote_refs
from scaffold.git.run import GitError, git_output
from tests.cli.conftest import Repository


def test_a_url_is_read_from_a_repository_on_this_machine(
    repository: Repository, tmp_path: Path
) -> None:
    env = redirect_urls(("https://example.invalid/t.git",), repository.path)
    git_output("clone", "-q", "https://example.invalid/t.git", tmp_path / "copy", env=env)
    assert (tmp_path / "copy" / "README.md").read_text() == "Hello\n"


@pytest.mark.parametrize("forbidden", ["protocol.file.allow", "protocol.allow"])
def test_a_template_on_this_machine_is_read_where_the_user_forbids_it_but_no_submodule_of_it(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str
) -> None:
    for name, value in as_environment({forbidden: "never"}).items():
        monkeypatch.setenv(name, value)
    for name in (str(repository.path), f"file://{repository.path}"):
        clone_bare(name, tmp_path / f"{len(name)}.git")
        assert remote_refs(name).head
    env = redirect_urls(("https://example.invalid/t.git",), repository.path)
    git_output("clone", "-q", "https://example.invalid/t.git", tmp_path / "copy", env=env)
    with pytest.raises(GitError, match="transport 'file' not allowed"):
        git_output("submodule", "add", f"file://{repository.path}", cwd=tmp_path / "copy", env=env)


def test_a_file_protocol_that_the_user_allows_stays_allowed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in as_environment({"protocol.file.allow": "always"}).items():
        monkeypatch.setenv(name, value)
    env = redirect_urls(("https://example.invalid/t.git",), repository.path)
    assert git_output("config", "protocol.file.allow", env=env) == "always\n"


def test_a_clone_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"git clone: fatal: .*does not exist"):
        clone_bare(str(tmp_path / "nowhere"), tmp_path / "copy")


def test_an_address_is_never_taken_for_an_option(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        clone_bare(f"--upload-pack=touch {tmp_path / 'made'}", tmp_path / "copy")
    with pytest.raises(GitError):
        remote_refs(f"--upload-pack=touch {tmp_path / 'made'}")
    assert not (tmp_path / "made").exists()


def test_what_a_repository_offers_is_its_head_and_the_commits_of_its_tags(
    repository: Repository,
) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "plain")
    repository.git("tag", "-a", "v1.0.0", "-m", "First")
    second = repository.commit({"a": "2"})
    assert remote_refs(repository.path) == RemoteRefs(second, {"plain": first, "v1.0.0": first})


def test_an_empty_repository_offers_nothing(tmp_path: Path) -> None:
    git_output("init", "--quiet", tmp_path / "empty")
    assert remote_refs(tmp_path / "empty") == RemoteRefs(None, {})


def test_a_folder_that_is_no_repository_is_not_looked_up_around_this_one(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.path / "inside").mkdir()
    monkeypatch.chdir(repository.path)
    with pytest.raises(GitError):
        remote_refs("inside")
