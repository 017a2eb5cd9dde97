"""A tree with other files, and what that changes."""

from pathlib import Path

import pytest

from scaffold.git.merge_repo import MergeRepo
from scaffold.git.worktree import open_worktree
from scaffold.migrate.tree import changes_between, texts_of, with_texts
from scaffold.update.plan import Change
from tests.cli.conftest import make_repository


@pytest.fixture
def repo(tmp_path: Path) -> MergeRepo:
    project = make_repository(tmp_path / "api", {"a.py": "1\n", "b.py": "2\n", "c.txt": "3\n"})
    (project.path / "a.py").chmod(0o755)
    project.commit({})
    return MergeRepo(tmp_path / "merge.git", open_worktree(project.path))


def test_files_are_replaced_with_their_mode_added_and_removed(repo: MergeRepo) -> None:
    head = repo.head_tree()
    tree = with_texts(repo, head, {"a.py": "new\n", "d.py": b"4\n", "b.py": None})
    assert texts_of(repo, tree, ".py") == {"a.py": b"new\n", "d.py": b"4\n"}
    assert repo.entries(tree)["a.py"].mode == "100755"


def test_each_file_is_told_once(repo: MergeRepo) -> None:
    head = repo.head_tree()
    changed = {"a.py": "new\n", "x/b.py": "2\n", "b.py": None, "c.txt": None, "d": ""}
    tree = with_texts(repo, head, changed)
    merged = {"a.py": Change("a.py", "merged"), "k": Change("k", "kept", "you deleted it")}
    assert list(changes_between(repo, head, tree, {"x/b.py": "b.py"}, merged)) == [
        Change("a.py", "merged"),
        Change("c.txt", "removed"),
        Change("d", "added"),
        Change("k", "kept", "you deleted it"),
        Change("x/b.py", "changed", source="b.py"),
    ]


def test_a_conflict_stays_one(repo: MergeRepo) -> None:
    conflict = Change("a.py", "conflict", "edit it")
    head = repo.head_tree()
    tree = with_texts(repo, head, {"a.py": "<<<\n"})
    assert list(changes_between(repo, head, tree, {}, {"a.py": conflict})) == [conflict]
