"""A file takes the place of another, and what somebody wrote meanwhile stays."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold.update.replace_file import ChangedMeanwhile, replace_file, restore_moved


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "file").write_text("old\n")
    return folder / "file"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    (tmp_path / "old").write_text("old\n")
    return tmp_path / "old"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    (tmp_path / "new").write_text("new\n")
    return tmp_path / "new"


def names(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def test_a_file_takes_the_place_of_a_known_one(target: Path, old: Path, new: Path) -> None:
    replace_file(target, new, [old])
    assert target.read_text() == "new\n"
    assert names(target) == ["file"]


def test_an_absent_file_removes_and_an_absent_version_lets_add(
    target: Path, old: Path, new: Path, tmp_path: Path
) -> None:
    absent = tmp_path / "absent"
    replace_file(target, absent, [old])
    assert names(target) == []
    replace_file(target, new, [absent])
    assert target.read_text() == "new\n"
    assert names(target) == ["file"]


def test_an_edited_file_stays(target: Path, old: Path, new: Path) -> None:
    target.write_text("mine\n")
    with pytest.raises(ChangedMeanwhile):
        replace_file(target, new, [old])
    assert target.read_text() == "mine\n"
    assert names(target) == ["file"]


def saved_by_rename(target: Path) -> None:
    (target.parent / "editor").write_text("mine\n")
    (target.parent / "editor").replace(target)


def written_where_it_was_opened(target: Path) -> None:
    target.with_name(".file.scaffold-old").write_text("mine\n")


@pytest.mark.parametrize("save", [saved_by_rename, written_where_it_was_opened])
def test_an_edit_in_the_very_moment_of_the_replacement_stays(
    target: Path,
    old: Path,
    new: Path,
    monkeypatch: pytest.MonkeyPatch,
    save: Callable[[Path], None],
) -> None:
    link = os.link

    def after_an_edit(one: Path, other: Path) -> None:
        save(target)
        link(one, other)

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", after_an_edit)
        with pytest.raises(ChangedMeanwhile):
            replace_file(target, new, [old])
    assert target.read_text() == "mine\n"
    assert names(target) == ["file"]


def test_a_file_system_without_hard_links_will_do(
    target: Path, old: Path, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(*_: Path) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", without)
        replace_file(target, new, [old])
    assert target.read_text() == "new\n"
    assert names(target) == ["file"]


def test_what_a_killed_run_moved_aside_is_put_back(target: Path, old: Path) -> None:
    target.rename(target.with_name(".file.scaffold-old"))
    target.with_name(".file.scaffold-new").write_text("ne")
    restore_moved(target, [old])
    assert target.read_text() == "old\n"
    assert names(target) == ["file"]


def test_links_and_modes_count(target: Path, old: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("elsewhere")
    replace_file(target, link, [old])
    assert os.readlink(target) == "elsewhere"
    with pytest.raises(ChangedMeanwhile):
        replace_file(target, old, [old])
    replace_file(target, old, [link])
    old.chmod(0o755)
    with pytest.raises(ChangedMeanwhile):
        replace_file(target, link, [old])
