"""git merges in a repository aside; the user's is only read."""

import os
from pathlib import Path

import pytest

from scaffold.errors import UsageError
from scaffold.git.environment import as_environment
from scaffold.git.merge_repo import Entry, MergeRepo, MergeResult
from scaffold.git.run import GitError
from scaffold.git.worktree import open_worktree, update_index
from tests.cli.conftest import Repository, make_repository
from tests.unit.git.conftest import WEIRD

LINES = "".join(f"{number}\n" for number in range(12))


def merge_repo_of(repository: Repository, inside: str = "") -> MergeRepo:
    tree = open_worktree(repository.path / inside)
    return MergeRepo(repository.path.parent / "scratch.git", tree)


def folder_with(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def objects(repository: Repository) -> set[str]:
    return {str(path) for path in (repository.path / ".git" / "objects").rglob("*")}


def test_what_a_sparse_checkout_leaves_out_is_no_change(nested: Repository) -> None:
    nested.git("sparse-checkout", "set", "--no-cone", "/*", "!/services/api/a")
    merge_repo = merge_repo_of(nested, "services/api")
    assert merge_repo.worktree.sparse_paths() == {"a"}
    assert merge_repo.write_work_tree() == merge_repo.head_tree()


def test_the_tree_of_the_last_commit_is_that_of_the_project(nested: Repository) -> None:
    merge_repo = merge_repo_of(nested, "services/api")
    assert merge_repo.head_tree() == nested.git("rev-parse", "HEAD:services/api")


def test_a_project_that_was_never_committed_is_refused(nested: Repository) -> None:
    (nested.path / "other").mkdir()
    merge_repo = merge_repo_of(nested, "other")
    with pytest.raises(UsageError, match="is not in the last commit of its repository"):
        merge_repo.head_tree()


def test_every_file_of_a_folder_is_in_its_tree(repository: Repository, tmp_path: Path) -> None:
    merge_repo = merge_repo_of(repository)
    folder = folder_with(tmp_path / "made", {name: name for name in WEIRD} | {"a/b": "x"})
    folder_with(folder, {".gitignore": "*\n", "windows.txt": ""})
    (folder / "windows.txt").write_bytes(b"a\r\n")
    (folder / "a" / "b").chmod(0o755)
    (folder / "link").symlink_to("a/b")
    listing = merge_repo.entries(merge_repo.write_tree(folder))
    assert set(listing) == {*WEIRD, "a/b", ".gitignore", "windows.txt", "link"}
    assert [listing[name].mode for name in ("a/b", "link", "-dash")] == [
        "100755",
        "120000",
        "100644",
    ]
    assert merge_repo.content(listing["windows.txt"]) == b"a\r\n"
    assert merge_repo.content(listing["link"]) == b"a/b"


def test_a_new_file_is_ignored_by_the_ignore_files_of_the_repository_alone(
    nested: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder_with(tmp_path, {"ignore": "*.user\n"})
    for name, value in as_environment({"core.excludesFile": str(tmp_path / "ignore")}).items():
        monkeypatch.setenv(name, value)
    nested.commit({".gitignore": "*.top\n", "services/api/.gitignore": "*.own\n!b.top\n"})
    folder_with(nested.path, {".git/info/exclude": "*.mine\n"})
    kinds = ("user", "mine", "top", "own", "py")
    for kind in kinds:
        folder_with(nested.path / "services" / "api", {f"there.{kind}": ""})
    merge_repo = merge_repo_of(nested, "services/api")
    new = merge_repo.ignored_paths([f"a\nb/new.{kind}" for kind in kinds] + ["b.top", "a"])
    assert new == {"a\nb/new.top", "a\nb/new.own"}
    there = merge_repo.ignored_paths(f"there.{kind}" for kind in kinds)
    assert there == {f"there.{kind}" for kind in kinds} - {"there.py"}


def test_an_empty_folder_has_an_empty_tree(repository: Repository, tmp_path: Path) -> None:
    merge_repo = merge_repo_of(repository)
    assert (
        merge_repo.entries(merge_repo.write_tree(folder_with(tmp_path / "made", {"x/y": ""}) / "x"))
        != {}
    )
    (tmp_path / "empty").mkdir()
    assert merge_repo.entries(merge_repo.write_tree(tmp_path / "empty")) == {}


def test_a_tree_changes_at_single_paths(nested: Repository) -> None:
    merge_repo = merge_repo_of(nested, "services/api")
    before = merge_repo.head_tree()
    assert merge_repo.with_entries(before, {}) == before
    entry = merge_repo.store_bytes(b"\x00\xff")
    after = merge_repo.entries(
        merge_repo.with_entries(before, {"a": None, "new/place\n": entry, "no": None})
    )
    assert set(after) == {*WEIRD, "new/place\n"}
    assert merge_repo.content(after["new/place\n"]) == b"\x00\xff"


def test_a_file_is_stored_as_git_would_keep_it(repository: Repository) -> None:
    repository.commit({".gitattributes": "*.txt text\n"})
    merge_repo = merge_repo_of(repository)
    path = repository.path
    (path / "windows.txt").write_bytes(b"a\r\n")
    (path / "raw.bin").write_bytes(b"a\r\n")
    (path / "run me").write_text("x")
    (path / "run me").chmod(0o755)
    (path / "link").symlink_to("nowhere")
    stored = {
        name: merge_repo.store_file(name) for name in ("windows.txt", "raw.bin", "run me", "link")
    }
    assert [merge_repo.content(entry) for entry in stored.values()] == [
        b"a\n",
        b"a\r\n",
        b"x",
        b"nowhere",
    ]
    assert [entry.mode for entry in stored.values()] == ["100644", "100644", "100755", "120000"]


def test_nothing_is_written_to_the_users_repository(nested: Repository, tmp_path: Path) -> None:
    project = nested.path / "services" / "api"
    (project / "new").write_text("never seen before\n")
    before = objects(nested), nested.git("status", "--porcelain")
    merge_repo = merge_repo_of(nested, "services/api")
    merge_repo.store_file("new")
    tree = merge_repo.write_work_tree()
    merge_repo.check_out(tree, ["new"], tmp_path / "out")
    merge_repo.merge(merge_repo.head_tree(), tree, tree, "v2")
    assert (objects(nested), nested.git("status", "--porcelain")) == before


def test_everything_on_the_disk_is_the_projects_and_not_ignored(nested: Repository) -> None:
    project = nested.path / "services" / "api"
    folder_with(project, {".gitignore": "*.log\n", "x.log": "", "new": "n", "a": "edited\n"})
    (nested.path / "top.txt").write_text("edited\n")
    (project / "-dash").unlink()
    merge_repo = merge_repo_of(nested, "services/api")
    found = merge_repo.entries(merge_repo.write_work_tree())
    assert set(found) == {"a", "new", ".gitignore", *WEIRD} - {"-dash"}
    assert merge_repo.content(found["a"]) == b"edited\n"


def test_what_git_cannot_add_matters_only_where_it_is_tracked(repository: Repository) -> None:
    folder_with(repository.path, {"new": "n\n", "README.md": "edited\n"})
    repository.git("init", "--quiet", "nested/empty")
    repository.git("config", "core.autocrlf", "true")
    repository.git("config", "core.safecrlf", "true")
    merge_repo = merge_repo_of(repository)
    assert set(merge_repo.entries(merge_repo.write_work_tree())) == {"README.md", "new"}
    folder_with(repository.path, {".git/info/attributes": "README.md filter=unwilling\n"})
    repository.git("config", "filter.unwilling.clean", "false")
    repository.git("config", "filter.unwilling.required", "true")
    with pytest.raises(GitError, match=r"git add: .* filter"):
        merge_repo.write_work_tree()


def test_a_moved_file_is_found_by_its_content(repository: Repository, tmp_path: Path) -> None:
    merge_repo = merge_repo_of(repository)
    old = merge_repo.write_tree(folder_with(tmp_path / "old", {"a": LINES, "b": "other\n"}))
    new = merge_repo.write_tree(folder_with(tmp_path / "new", {"x/new\na": LINES + "more\n"}))
    assert merge_repo.renames(old, new) == {"x/new\na": "a"}
    assert merge_repo.renames(old, old) == {}
    assert merge_repo.renames(old, new, "100%") == {}


def test_a_difference_is_shown_plain_or_in_colour(repository: Repository, tmp_path: Path) -> None:
    merge_repo = merge_repo_of(repository)
    old = merge_repo.write_tree(folder_with(tmp_path / "old", {"a": "grün\n"}))
    new = merge_repo.write_tree(folder_with(tmp_path / "new", {"a": "rot\n"}))
    plain, coloured = (merge_repo.diff(old, new, colour=colour) for colour in (False, True))
    assert "-grün\n+rot\n" in plain
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured
    assert merge_repo.diff(old, old, colour=False) == ""


def merged(
    repository: Repository, base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]
) -> tuple[MergeRepo, MergeResult]:
    """What git makes of three folders."""
    merge_repo = merge_repo_of(repository)
    sides = [
        merge_repo.write_tree(folder_with(repository.path.parent / f"side{number}", files))
        for number, files in enumerate((base, ours, theirs))
    ]
    return merge_repo, merge_repo.merge(sides[0], sides[1], sides[2], "v2.0.0")


def test_changes_of_both_sides_come_together(repository: Repository) -> None:
    base = {"a": LINES, "gone": "x\n" * 9}
    mine = {"a": LINES.replace("1\n", "mine\n", 1), "gone": "x\n" * 9, "own": "o\n"}
    theirs = {"a": LINES.replace("11\n", "theirs\n"), "new": "n\n"}
    merge_repo, result = merged(repository, base, mine, theirs)
    found = merge_repo.entries(result.tree)
    assert result.conflicts == {}
    assert set(found) == {"a", "own", "new"}
    content = merge_repo.content(found["a"])
    assert b"mine\n" in content
    assert b"theirs\n" in content


def test_a_conflict_has_every_side_and_names_the_version(repository: Repository) -> None:
    merge_repo, result = merged(repository, {"a b": "1\n"}, {"a b": "2\n"}, {"a b": "3\n"})
    stages = result.conflicts["a b"]
    assert {stage: merge_repo.content(entry) for stage, entry in stages.items()} == {
        1: b"1\n",
        2: b"2\n",
        3: b"3\n",
    }
    text = merge_repo.content(merge_repo.entries(result.tree)["a b"])
    assert text == b"<<<<<<< yours\n2\n=======\n3\n>>>>>>> v2.0.0\n"


def test_a_new_file_follows_the_folder_that_was_moved(repository: Repository) -> None:
    base = {"old/a": LINES, "old/b": "b" + LINES}
    mine = {"new/a": LINES, "new/b": "b" + LINES}
    merge_repo, result = merged(repository, base, mine, base | {"old/c": "c" + LINES})
    assert set(merge_repo.entries(result.tree)) == {"new/a", "new/b", "new/c"}


def test_a_version_called_yours_is_told_apart(repository: Repository) -> None:
    merge_repo = merge_repo_of(repository)
    trees = [
        merge_repo.with_entries(merge_repo.head_tree(), {"a": merge_repo.store_bytes(t)})
        for t in (b"1", b"2", b"3")
    ]
    result = merge_repo.merge(trees[0], trees[1], trees[2], "yours")
    text = merge_repo.content(merge_repo.entries(result.tree)["a"])
    assert b"<<<<<<< you\n" in text
    assert b">>>>>>> yours\n" in text


def test_files_are_written_as_the_users_repository_has_them(nested: Repository) -> None:
    nested.commit({".gitattributes": "*.txt text eol=crlf\n"})
    merge_repo = merge_repo_of(nested, "services/api")
    entries = {
        "w.txt": merge_repo.store_bytes(b"a\n"),
        "sub/x": Entry("100755", merge_repo.store_bytes(b"x").oid),
    }
    tree = merge_repo.with_entries(merge_repo.head_tree(), entries)
    out = nested.path.parent / "out"
    merge_repo.check_out(tree, ["w.txt", "sub/x", "new\nline.txt"], out)
    project = out / "services" / "api"
    assert (project / "w.txt").read_bytes() == b"a\r\n"
    assert os.access(project / "sub" / "x", os.X_OK)
    assert not os.access(project / "w.txt", os.X_OK)
    assert {path.name for path in project.iterdir()} == {"w.txt", "sub", "new\nline.txt"}


def test_contents_are_handed_over_once(repository: Repository) -> None:
    merge_repo = merge_repo_of(repository)
    new = merge_repo.store_bytes(b"brought by the template\n")
    known = Entry("100644", repository.git("rev-parse", "HEAD:README.md"))
    before = objects(repository)
    merge_repo.copy_objects_to_user([new, known, new])
    assert repository.git("cat-file", "blob", new.oid) == "brought by the template"
    [added] = [path for path in objects(repository) - before if Path(path).is_file()]
    assert Path(added).stat().st_mode & 0o777 == 0o444
    merge_repo.copy_objects_to_user([new])
    repository.git("fsck", "--strict")


def test_a_repository_with_sha256_is_worked_with_in_its_own_format(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "sha256")
    repository.path.mkdir()
    repository.git("init", "--quiet", "--object-format=sha256")
    repository.commit({"a": "1\n"})
    merge_repo = merge_repo_of(repository)
    tree = merge_repo.with_entries(
        merge_repo.head_tree(), {"a": None, "b": merge_repo.store_bytes(b"2")}
    )
    assert len(tree) == 64
    assert set(merge_repo.entries(tree)) == {"b"}
    update_index(repository.path, ["a"], [])
    assert merge_repo.worktree.tracked_paths() == set()


def test_a_folder_with_a_colon_is_worked_with(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "a:b c" / "project", {"a": "1\n"})
    merge_repo = merge_repo_of(repository)
    assert set(merge_repo.entries(merge_repo.write_work_tree())) == {"a"}
