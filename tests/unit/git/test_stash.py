"""Edits are kept in a commit of their own, under a reference."""

from scaffold.git.stash import stash_ref
from tests.cli.conftest import Repository


def test_files_are_kept_aside_and_the_index_stays(repository: Repository) -> None:
    (repository.path / "README.md").write_text("Edited\n")
    (repository.path / "new\nfile.txt").write_text("New\n")
    (repository.path / "other.txt").write_text("Not asked for\n")
    before = repository.git("status", "--porcelain")
    paths = ["README.md", "new\nfile.txt", "gone.txt"]
    kept = stash_ref(repository.path, paths, "What was taken back")
    assert kept == "refs/scaffold/aborted"
    assert repository.git("status", "--porcelain") == before
    assert repository.git("show", f"{kept}:README.md") == "Edited"
    assert repository.git("show", f"{kept}:new\nfile.txt") == "New"
    assert "other.txt" not in repository.git("ls-tree", "--name-only", kept)
    assert repository.git("rev-parse", f"{kept}^") == repository.git("rev-parse", "HEAD")
    assert repository.git("log", "-1", "--format=%s", kept) == "What was taken back"
    again = stash_ref(repository.path, paths, "What was taken back")
    assert again == "refs/scaffold/aborted-2"
