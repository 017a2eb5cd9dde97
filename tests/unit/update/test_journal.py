"""An update is written down whole, carried out to its end, and taken back as it was."""

import json
import os
import subprocess
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from threading import Timer

import pytest

from scaffold import locks
from scaffold.errors import ScaffoldError, UsageError
from scaffold.git.worktree import Worktree, open_worktree
from scaffold.update import journal
from scaffold.update.journal import Journal
from scaffold.update.plan import Change
from tests.cli.conftest import Repository, make_repository

OLD: dict[str, str] = {
    "changed": "old\n",
    "gone/deep/file": "gone\n",
    "with space\nand line": "old\n",
    "same": "same\n",
}
NEW: dict[str, str | None] = {
    "changed": "new\n",
    "gone/deep/file": None,
    "with space\nand line": "new\n",
    "added/grün": "added\n",
}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "project", OLD)


@pytest.fixture
def tree(repository: Repository) -> Worktree:
    return open_worktree(repository.path)


def decide(
    tree: Worktree, new: Mapping[str, str | None] = NEW, conflicts: Collection[Change] = ()
) -> None:
    """Write an update into the journal, as far as it is decided and nothing changed yet."""
    repository = Repository(tree.project)
    with journal.write_journal(tree, "v2.0.0", new, conflicts) as folder:
        lines = []
        for path, text in new.items():
            if text is not None:
                file = folder / "new" / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
                oid = repository.git("hash-object", "-w", "--", str(file))
                lines.append(f"100644 {oid} 0\t{tree.prefix}{path}\0")
        (folder / "index").write_text("".join(lines))


def files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def updated() -> dict[str, str]:
    return {name: text for name, text in {**OLD, **NEW}.items() if text is not None}


def found(tree: Worktree) -> Journal:
    """The update that the journal has, which has to be there."""
    made = journal.find_update(tree)
    assert made is not None
    return made


def leftovers(tree: Worktree) -> list[str]:
    return sorted(path.name for path in (tree.git_dir / "scaffold-update").iterdir())


def test_without_an_update_there_is_nothing_to_find(tree: Worktree) -> None:
    assert journal.find_update(tree) is None


def test_an_update_is_written_down_before_a_file_changes(tree: Worktree) -> None:
    decide(tree, conflicts=[Change("changed", "conflict", "edit it")])
    assert files(tree.project) == OLD
    state = json.loads((tree.git_dir / "scaffold-update" / "top" / "state.json").read_text())
    assert state["version"] == "v2.0.0"
    assert set(state["paths"]) == set(NEW)
    assert state["conflicts"] == [asdict(Change("changed", "conflict", "edit it"))]


def test_an_update_is_carried_out_and_staged(repository: Repository, tree: Worktree) -> None:
    decide(tree)
    journal.apply(tree)
    assert files(tree.project) == updated()
    assert not (tree.project / "gone").exists()
    staged = repository.git("-c", "core.quotePath=false", "diff", "--cached", "--name-status", "-z")
    assert set(staged.split("\0")[1::2]) == set(NEW)
    assert repository.git("diff") == ""
    assert leftovers(tree) == ["top"]


def test_an_update_that_was_applied_is_found_until_it_is_committed(
    repository: Repository, tree: Worktree
) -> None:
    decide(tree)
    journal.apply(tree)
    made = journal.find_update(tree)
    assert made is not None
    assert not made.finished
    repository.commit({})
    assert journal.find_update(open_worktree(tree.project)) is None
    assert leftovers(tree) == []


def test_an_update_that_was_cut_off_is_finished_by_who_finds_it(tree: Worktree) -> None:
    decide(tree)
    (tree.project / "changed").write_text("new\n")
    made = journal.find_update(tree)
    assert made is not None
    assert made.finished
    assert files(tree.project) == updated()


def test_a_file_that_was_moved_aside_as_the_machine_went_down_is_no_edit(tree: Worktree) -> None:
    decide(tree)
    (tree.project / "changed").rename(tree.project / ".changed.scaffold-old")
    assert found(tree).finished
    assert files(tree.project) == updated()


def test_an_edit_after_the_cut_stops_the_finish(tree: Worktree) -> None:
    decide(tree)
    (tree.project / "changed").write_text("mine\n")
    with pytest.raises(ScaffoldError, match="was cut off, and changed was changed since") as caught:
        journal.find_update(tree)
    assert "--abort" in caught.value.hint
    assert files(tree.project) == {**OLD, "changed": "mine\n"}


def test_an_edit_before_the_first_file_changes_is_kept_and_nothing_written(tree: Worktree) -> None:
    decide(tree)
    (tree.project / "changed").write_text("mine\n")
    with pytest.raises(ScaffoldError, match=r"changed was changed while .* nothing was written"):
        journal.apply(tree)
    assert files(tree.project) == {**OLD, "changed": "mine\n"}
    assert journal.find_update(tree) is None


@pytest.mark.parametrize("path", ["with space\nand line", "gone/deep/file", "added/grün"])
def test_an_edit_while_files_are_written_is_not_written_over(
    repository: Repository, tree: Worktree, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    decide(tree)
    edited = tree.project / path
    apart = journal._carry_out_detached

    def carry_out_late(project: Path, folder: Path) -> None:
        edited.parent.mkdir(exist_ok=True)
        edited.write_text("mine\n")
        apart(project, folder)

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_carry_out_detached", carry_out_late)
        with pytest.raises(ScaffoldError) as caught:
            journal.apply(tree)
    assert caught.value.message.startswith("the update was cut off: ")
    assert "was changed meanwhile" in caught.value.message
    assert edited.read_text() == "mine\n"
    assert journal.abort(tree).stashed == (path,)
    assert files(tree.project) == OLD
    assert repository.git("show", f"refs/scaffold/aborted:{path}") == "mine"


@pytest.mark.parametrize("steps", ["half", "applied"])
def test_an_update_is_taken_back_from_wherever_it_is(
    repository: Repository, tree: Worktree, steps: str
) -> None:
    before = repository.git("ls-files", "--stage")
    decide(tree)
    if steps == "half":
        (tree.project / "added").mkdir()
        (tree.project / "added" / "grün").write_text("added\n")
        (tree.project / "gone" / "deep" / "file").unlink()
    elif steps == "applied":
        journal.apply(tree)
    assert journal.abort(tree) == journal.Aborted("v2.0.0", (), "", (), ())
    assert files(tree.project) == OLD
    assert not (tree.project / "added").exists()
    assert repository.git("ls-files", "--stage") == before
    assert repository.git("status", "--porcelain") == ""
    assert leftovers(tree) == []


def test_edits_since_the_update_are_kept_in_a_commit(
    repository: Repository, tree: Worktree
) -> None:
    decide(tree)
    journal.apply(tree)
    (tree.project / "changed").write_text("resolved\n")
    assert journal.abort(tree).stashed == ("changed",)
    assert files(tree.project) == OLD
    assert repository.git("show", "refs/scaffold/aborted:changed") == "resolved"


@pytest.mark.parametrize("ignored", ["at all times", "no longer"])
def test_an_edited_file_that_git_ignores_is_left_and_in_no_commit(
    repository: Repository, ignored: str
) -> None:
    repository.commit({".gitignore": ".env\n"})
    tree = open_worktree(repository.path)
    (tree.project / ".env").write_text("A=1\n")
    decide(tree, {"changed": "new\n"})
    folder = tree.git_dir / "scaffold-update" / "top"
    state = json.loads((folder / "state.json").read_text())
    state["paths"] = [".env", "changed"]
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "new" / ".env").write_text("A=1\nB=2\n")
    (folder / "old" / ".env").write_text("A=1\n")
    journal.apply(tree)
    (tree.project / ".env").write_text("A=1\nB=mine\n")
    text = ".env\n" if ignored == "at all times" else ""
    (tree.project / ".gitignore").write_text(text)
    assert journal.abort(tree) == journal.Aborted("v2.0.0", (), "", (".env",), ())
    assert files(tree.project) == {**OLD, ".gitignore": text, ".env": "A=1\nB=mine\n"}
    assert "refs/scaffold/aborted" not in repository.git("for-each-ref")


@pytest.fixture
def half_aborted(tree: Worktree) -> Worktree:
    """A project in which taking an update back was cut off."""
    decide(tree)
    journal.apply(tree)
    (tree.git_dir / "scaffold-update" / "top" / "aborting").write_text('{"left": [], "aside": []}')
    (tree.project / "changed").write_text("old\n")
    return tree


def test_taking_back_that_was_cut_off_is_finished_before_anything_else(
    half_aborted: Worktree,
) -> None:
    assert journal.find_update(half_aborted) is None
    assert files(half_aborted.project) == OLD


def test_the_next_abort_finishes_one_that_was_cut_off_and_tells_its_version(
    half_aborted: Worktree,
) -> None:
    assert journal.abort(half_aborted).version == "v2.0.0"
    assert files(half_aborted.project) == OLD


def test_an_edit_after_an_abort_was_cut_off_is_kept(
    repository: Repository, half_aborted: Worktree
) -> None:
    (half_aborted.project / "changed").write_text("mine\n")
    with pytest.raises(ScaffoldError, match="an abort was cut off, and changed was changed since"):
        journal.find_update(half_aborted)
    assert journal.abort(half_aborted).stashed == ("changed",)
    assert files(half_aborted.project) == OLD
    assert repository.git("show", "refs/scaffold/aborted:changed") == "mine"


def test_a_file_that_was_deleted_since_comes_back(tree: Worktree) -> None:
    decide(tree)
    journal.apply(tree)
    (tree.project / "changed").unlink()
    assert journal.abort(tree).stashed == ("changed",)
    assert files(tree.project) == OLD


def test_edits_that_were_kept_are_never_written_over(
    repository: Repository, tree: Worktree
) -> None:
    for number in (1, 2, 3):
        decide(tree)
        journal.apply(tree)
        (tree.project / "changed").write_text(f"mine {number}\n")
        aborted = journal.abort(tree)
        assert repository.git("show", f"{aborted.reference}:changed") == f"mine {number}"
    names = repository.git("for-each-ref", "--format=%(refname)", "refs/scaffold").splitlines()
    assert names == [f"refs/scaffold/aborted{end}" for end in ("", "-2", "-3")]


def test_a_commit_of_other_files_leaves_the_update_to_be_taken_back(
    repository: Repository, tree: Worktree
) -> None:
    decide(tree)
    journal.apply(tree)
    (tree.project / "same").write_text("mine\n")
    repository.git("commit", "--quiet", "-m", "Another file", "same")
    now = open_worktree(tree.project)
    assert journal.find_update(now) is not None
    journal.abort(now)
    assert files(tree.project) == {**OLD, "same": "mine\n"}
    assert repository.git("status", "--porcelain") == ""


def test_a_file_of_the_update_that_was_committed_is_left_as_it_is(
    repository: Repository, tree: Worktree
) -> None:
    decide(tree)
    journal.apply(tree)
    repository.git("commit", "--quiet", "-m", "A part", "changed")
    assert journal.abort(open_worktree(tree.project)).committed == ("changed",)
    assert files(tree.project) == {**OLD, "changed": "new\n"}
    assert repository.git("status", "--porcelain") == ""


def test_an_update_is_committed_once_the_recorded_version_is(repository: Repository) -> None:
    repository.commit({".copier-answers.yml": "_commit: v1\n"})
    tree = open_worktree(repository.path)
    decide(tree, {".copier-answers.yml": "_commit: v2\n", "changed": "new\n"})
    journal.apply(tree)
    repository.git("commit", "--quiet", "-m", "Most of it", ".copier-answers.yml")
    with pytest.raises(UsageError, match="there is no update to abort"):
        journal.abort(open_worktree(tree.project))


def test_an_update_in_the_stash_is_not_there_and_can_be_taken_back_once_it_is(
    repository: Repository, tree: Worktree
) -> None:
    decide(tree)
    journal.apply(tree)
    repository.git("stash", "--quiet")
    with pytest.raises(UsageError, match="every file is as it was before it") as caught:
        journal.abort(tree)
    assert "git stash pop" in caught.value.hint
    repository.git("stash", "pop", "--quiet", "--index")
    journal.abort(tree)
    assert files(tree.project) == OLD
    assert repository.git("status", "--porcelain") == ""


def test_an_update_can_be_taken_back_on_another_branch(
    repository: Repository, tree: Worktree
) -> None:
    repository.git("switch", "--quiet", "-c", "other")
    repository.commit({"same": "of the branch\n"})
    repository.git("switch", "--quiet", "main")
    decide(tree)
    journal.apply(tree)
    repository.git("switch", "--quiet", "other")
    journal.abort(open_worktree(tree.project))
    assert files(tree.project) == {**OLD, "same": "of the branch\n"}
    assert repository.git("status", "--porcelain") == ""


def test_git_at_work_in_the_index_is_waited_for(tree: Worktree) -> None:
    decide(tree)
    (tree.git_dir / "index.lock").touch()
    thread = Timer(0.3, (tree.git_dir / "index.lock").unlink)
    thread.start()
    journal.apply(tree)
    thread.join()
    assert files(tree.project) == updated()


def test_carrying_out_may_be_repeated(tree: Worktree) -> None:
    decide(tree)
    folder = tree.git_dir / "scaffold-update" / "top"
    for _ in range(2):
        journal.carry_out(tree.project, folder)
        assert files(tree.project) == updated()


def test_a_file_that_was_half_written_is_swept(tree: Worktree) -> None:
    decide(tree)
    (tree.project / ".changed.scaffold-new").write_text("ne")
    journal.apply(tree)
    assert files(tree.project) == updated()


def test_a_file_that_is_right_already_is_not_written_again(tree: Worktree) -> None:
    decide(tree)
    (tree.project / "changed").write_text("new\n")
    before = (tree.project / "changed").stat()
    journal.apply(tree)
    after = (tree.project / "changed").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def executable(path: Path) -> None:
    path.chmod(0o755)


def linked(path: Path) -> None:
    path.unlink()
    path.symlink_to("same")


@pytest.mark.parametrize("change", [executable, linked])
def test_modes_and_links_are_carried_out_and_taken_back(
    tree: Worktree, change: Callable[[Path], None]
) -> None:
    decide(tree, {"changed": "old\n"})
    change(tree.git_dir / "scaffold-update" / "top" / "new" / "changed")
    journal.apply(tree)
    file = tree.project / "changed"
    assert file.is_symlink() is (change is linked)
    assert os.access(file, os.X_OK) is (change is executable)
    assert journal.abort(tree) == journal.Aborted("v2.0.0", (), "", (), ())
    assert not file.is_symlink()
    assert not os.access(file, os.X_OK)


def test_a_file_that_becomes_a_folder_and_back(tree: Worktree) -> None:
    decide(tree, {"changed": None, "changed/inside": "x\n"})
    journal.apply(tree)
    assert (tree.project / "changed" / "inside").read_text() == "x\n"
    journal.abort(tree)
    assert files(tree.project) == OLD


def test_a_block_that_fails_decides_nothing(tree: Worktree) -> None:
    with pytest.raises(KeyboardInterrupt), journal.write_journal(tree, "v2", ["changed"], []):
        raise KeyboardInterrupt
    assert journal.find_update(tree) is None
    decide(tree)
    assert leftovers(tree) == ["top"]


def test_a_later_update_takes_the_place_of_the_one_before(
    repository: Repository, tree: Worktree
) -> None:
    decide(tree)
    journal.apply(tree)
    repository.commit({})
    decide(open_worktree(tree.project), {"changed": "newer\n"})
    journal.apply(open_worktree(tree.project))
    assert leftovers(tree) == ["top"]
    assert journal.abort(open_worktree(tree.project)).version == "v2.0.0"
    assert files(tree.project) == updated()


def test_a_disk_that_cannot_be_written_to_is_told(tree: Worktree) -> None:
    (tree.git_dir / "scaffold-update").touch()
    with pytest.raises(ScaffoldError, match=r"cannot use .*scaffold-update.*: "):
        decide(tree)
    with (
        pytest.raises(ScaffoldError, match=r"cannot use .*scaffold-update: "),
        journal.exclusive(tree),
    ):
        pass


def test_projects_of_one_repository_have_journals_of_their_own(tmp_path: Path) -> None:
    names = ("a/b", "a%2Fb", "a")
    repository = make_repository(
        tmp_path / "many", {f"{name}/file": "old\n" for name in names} | {"file": "old\n"}
    )
    trees = [open_worktree(repository.path / name) for name in (*names, "")]
    for number, tree in enumerate(trees):
        decide(tree, {"file": f"{number}\n"})
    for tree in trees:
        journal.apply(tree)
    assert [(tree.project / "file").read_text() for tree in trees] == ["0\n", "1\n", "2\n", "3\n"]
    assert repository.git("diff") == ""


def test_a_failure_while_writing_is_told_with_its_reason(tree: Worktree) -> None:
    decide(tree)
    index = (tree.git_dir / "index").read_bytes()
    (tree.git_dir / "index").write_text("no index")
    with pytest.raises(ScaffoldError, match="the update was cut off: ") as caught:
        journal.apply(tree)
    assert "index file" in caught.value.message
    assert "scaffold update --abort" in caught.value.hint
    (tree.git_dir / "index").write_bytes(index)
    made = journal.find_update(tree)
    assert made is not None
    assert made.finished
    assert files(tree.project) == updated()


def test_a_module_of_the_project_is_never_run(
    tree: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "random", "shutil", "scaffold"):
        (tree.project / f"{name}.py").write_text("raise SystemExit('run')\n")
    monkeypatch.chdir(tree.project)
    decide(tree)
    journal.apply(tree)
    assert (tree.project / "changed").read_text() == "new\n"


def test_ctrl_c_while_it_writes_waits_for_the_end(
    tree: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    communicate = subprocess.Popen.communicate
    calls: list[int] = []

    def interrupted(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
        calls.append(process.pid)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return communicate(process)

    decide(tree)
    with monkeypatch.context() as patched:
        patched.setattr(subprocess.Popen, "communicate", interrupted)
        journal.apply(tree)
    assert len(calls) == 2
    assert files(tree.project) == updated()


def test_one_run_at_a_time(tree: Worktree) -> None:
    lock = tree.git_dir / "scaffold-update" / "lock"
    with journal.exclusive(tree), locks.locked(lock, wait=False) as other:
        assert not other
    with locks.locked(lock, wait=False) as other:
        assert other


@pytest.mark.parametrize(
    ("lay", "path", "message"),
    [
        (("link", "x"), "x/new", "the update writes x/new, but x is not a folder of the project"),
        (("file", "x"), "x/a/new", "writes x/a/new, but x is not a folder of the project"),
        (("folder", "x"), "x", "the update writes the file x, where a folder is"),
    ],
)
def test_what_lies_in_the_way_is_refused(
    tree: Worktree, tmp_path: Path, lay: tuple[str, str], path: str, message: str
) -> None:
    kind, name = lay
    place = tree.project / name
    if kind == "link":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    elif kind == "file":
        place.touch()
    else:
        place.mkdir()
        (place / "stranger").touch()
    with pytest.raises(UsageError, match=message) as caught:
        journal.check_obstacles(tree, {path})
    assert caught.value.hint == "move it away, commit that, and run again"


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is(
    tree: Worktree, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree.project / "theirs").mkdir()
    monkeypatch.setattr(os, "access", lambda place, _mode: place.name != "theirs")
    journal.check_obstacles(tree, {"changed", "deep/er/new"})
    with pytest.raises(ScaffoldError, match=r"cannot use .*theirs: Permission denied") as caught:
        journal.check_obstacles(tree, {"theirs/deep/new"})
    assert caught.value.exit_code == 1


def test_what_the_update_itself_moves_away_is_no_obstacle(tree: Worktree) -> None:
    journal.check_obstacles(tree, {"changed", "changed/inside", "gone", "gone/deep/file"})
    journal.check_obstacles(tree, {"new/deep/file", "same"})
    (tree.project / "empty").mkdir()
    journal.check_obstacles(tree, {"empty"})
