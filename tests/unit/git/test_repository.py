"""A repository tells its versions and files, and why it cannot be read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.git.repository import (
    Checkout,
    checkout_at,
    commit_of,
    describe,
    has_changes,
    is_published,
    is_tag,
    last_commit,
    read_committed,
    tag_names,
)
from scaffold.git.run import GitError
from scaffold.git.worktree import locate_project
from tests.cli.conftest import Repository


def test_a_checkout_is_known_at_its_top_only(repository: Repository, tmp_path: Path) -> None:
    (repository.path / "inside").mkdir()
    assert checkout_at(repository.path) == Checkout(shallow=False, origin=None)
    assert checkout_at(repository.path / "inside") is None
    (tmp_path / "plain").mkdir()
    assert checkout_at(tmp_path / "plain") is None


def test_a_checkout_tells_its_origin_and_that_it_is_shallow(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit({"a": "2"})
    url = f"file://{repository.path}"
    repository.git("clone", "--quiet", "--depth=1", url, str(tmp_path / "shallow"))
    repository.git("clone", "--quiet", "--bare", url, str(tmp_path / "bare.git"))
    assert checkout_at(tmp_path / "shallow") == Checkout(shallow=True, origin=url)
    assert checkout_at(tmp_path / "bare.git") == Checkout(shallow=False, origin=url)


def test_a_commit_has_many_names(repository: Repository, tmp_path: Path) -> None:
    commit = repository.git("rev-parse", "HEAD")
    repository.git("tag", "-a", "v1", "-m", "First")
    repository.git("branch", "side")
    for name in ("HEAD", "main", "side", "v1", commit, commit[:8]):
        assert commit_of(repository.path, name) == commit
    for name in ("v2", "", "--all", "-x", "HEAD:README.md", "a b", "v1..v1"):
        assert commit_of(repository.path, name) is None


def test_a_branch_without_a_commit_is_told_from_one_that_is_damaged(
    repository: Repository, tmp_path: Path
) -> None:
    commit = repository.git("rev-parse", "HEAD")
    assert last_commit(repository.path) == commit
    repository.git("clone", "--quiet", str(repository.path), str(tmp_path / "copy"))
    Repository(tmp_path / "copy").git("checkout", "--quiet", "--orphan", "new")
    assert last_commit(tmp_path / "copy") is None
    for name in (f"objects/{commit[:2]}/{commit[2:]}", "refs/heads/main"):
        file = repository.path / ".git" / name
        file.unlink()
        file.touch()
        with pytest.raises(GitError) as caught:
            last_commit(repository.path)
        assert "`git fsck`" in caught.value.hint


def test_a_branch_of_the_origin_has_its_name_too(repository: Repository, tmp_path: Path) -> None:
    repository.git("branch", "side")
    repository.git("clone", "--quiet", str(repository.path), str(tmp_path / "copy"))
    assert commit_of(tmp_path / "copy", "side") == repository.git("rev-parse", "side")


def test_only_a_tag_is_a_tag(repository: Repository) -> None:
    repository.git("tag", "v1")
    repository.git("branch", "side")
    assert is_tag(repository.path, "v1")
    assert not is_tag(repository.path, "side")
    assert not is_tag(repository.path, "HEAD")


def test_tags_are_all_there_are_or_those_in_the_history_of_a_commit(
    repository: Repository,
) -> None:
    assert tag_names(repository.path) == []
    repository.git("tag", "v1.0.0")
    first = repository.git("rev-parse", "HEAD")
    repository.commit({"a": "2"})
    repository.git("tag", "latest")
    assert tag_names(repository.path) == ["latest", "v1.0.0"]
    assert tag_names(repository.path, merged=first) == ["v1.0.0"]


def test_a_commit_is_published_once_the_origin_has_it(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("clone", "--quiet", str(repository.path), str(tmp_path / "copy"))
    copy = Repository(tmp_path / "copy")
    pushed = copy.git("rev-parse", "HEAD")
    kept = copy.commit({"a": "1"})
    assert is_published(copy.path, pushed)
    assert not is_published(copy.path, kept)
    assert not is_published(repository.path, pushed)


def test_changes_are_seen_tracked_and_untracked(repository: Repository) -> None:
    assert not has_changes(repository.path)
    (repository.path / "new").touch()
    assert has_changes(repository.path)
    repository.commit({"new": "x"})
    (repository.path / "README.md").write_text("Changed\n")
    assert has_changes(repository.path)


def test_a_file_of_a_commit_is_read_with_plain_line_endings(repository: Repository) -> None:
    (repository.path / "windows.txt").write_bytes("grün\r\nzwei\r\n".encode())
    commit = repository.commit({})
    assert read_committed(repository.path, commit, "windows.txt") == "grün\nzwei\n"
    assert read_committed(repository.path, commit, "missing.txt") is None
    assert read_committed(repository.path, "0" * 40, "windows.txt") is None


def test_what_git_cannot_read_is_no_missing_version_or_file(repository: Repository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    blob = repository.git("rev-parse", "HEAD:README.md")
    reads: dict[str, Callable[[], object]] = {
        blob: lambda: read_committed(repository.path, commit, "README.md"),
        commit: lambda: commit_of(repository.path, "main"),
    }
    for oid, read in reads.items():
        file = repository.path / ".git" / "objects" / oid[:2] / oid[2:]
        file.chmod(0o644)
        file.write_bytes(b"corrupt")
        with pytest.raises(GitError) as caught:
            read()
        assert "`git fsck`" in caught.value.hint


def test_a_commit_is_described_as_copier_records_it(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    assert describe(repository.path, first) == first[:7]
    repository.git("tag", "v1.0.0")
    second = repository.commit({"a": "2"})
    assert describe(repository.path, first) == "v1.0.0"
    assert describe(repository.path, second) == f"v1.0.0-1-g{second[:7]}"
    repository.git("tag", "latest")
    assert describe(repository.path, second) == "latest"
    assert describe(repository.path, second, "v1.0.0") == f"v1.0.0-1-g{second[:7]}"


def of_somebody_else(_: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # as git's own tests do it


def moved(repository: Repository, _: pytest.MonkeyPatch) -> None:
    repository.git("worktree", "add", "--quiet", "work")
    (repository.path / ".git").rename(repository.path / "elsewhere")
    (repository.path / "work" / ".git").replace(repository.path / ".git")


def badly_configured(repository: Repository, _: pytest.MonkeyPatch) -> None:
    (repository.path / ".git" / "config").write_text("[core\n")


def without_a_head(repository: Repository, _: pytest.MonkeyPatch) -> None:
    (repository.path / ".git" / "HEAD").unlink()


def wrongly_configured(repository: Repository, _: pytest.MonkeyPatch) -> None:
    (repository.path / ".git" / "config").write_text("[core]\n\tbare = maybe\n")


@pytest.mark.parametrize(
    ("spoil", "reason", "remedy"),
    [
        (
            of_somebody_else,
            "detected dubious ownership",
            "git config --global --add safe.directory",
        ),
        (moved, "not a git repository: ", "`git worktree repair PATH`"),
        (badly_configured, "bad config line 1", "mend what it names"),
        (without_a_head, "something of it is missing", "`git fsck`"),
        (wrongly_configured, "bad boolean config value", "mend what it names"),
    ],
)
@pytest.mark.parametrize("ask", [locate_project, checkout_at])
def test_a_repository_that_git_cannot_read_is_told_with_its_reason(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Repository, pytest.MonkeyPatch], None],
    reason: str,
    remedy: str,
    ask: Callable[[Path], object],
) -> None:
    spoil(repository, monkeypatch)
    with pytest.raises(ScaffoldError) as caught:
        ask(repository.path)
    assert reason in caught.value.message
    assert remedy in caught.value.hint
