"""A project appears whole, in one rename, or not at all."""

from pathlib import Path

import pytest

from scaffold import locks
from scaffold.errors import ScaffoldError, UsageError
from scaffold.new import staging


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_is_a_target_below_the_nearest_one_that_exists(tmp_path: Path) -> None:
    target = staging.check_destination(str(tmp_path / "a" / "b" / "c"))
    assert target == staging.Target(tmp_path / "a" / "b" / "c", tmp_path)


def test_an_empty_folder_is_a_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    assert staging.check_destination(str(tmp_path / "empty")).base == tmp_path
    monkeypatch.chdir(tmp_path / "empty")
    assert staging.check_destination(".") == staging.Target(tmp_path / "empty", tmp_path)


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert (
        staging.check_destination(str(tmp_path / "link" / "new")).path == tmp_path / "real" / "new"
    )


@pytest.mark.parametrize(
    ("dest", "message"),
    [
        ("", "DEST is empty"),
        ("full", "{path} is not empty"),
        ("full/file", "{path} is a file"),
        ("full/file/deeper/still", "full/file is a file, so nothing can be created below it"),
        ("x" * 300, "cannot create {dest}: File name too long"),
        ("a\0b", "cannot create {dest}: embedded null byte"),
        ("loop/x", "cannot create {dest}: "),
        ("a\nb/c", "the path {path} has a line break"),
    ],
)
def test_a_place_that_cannot_become_a_project_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dest: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UsageError) as caught:
        staging.check_destination(dest)
    assert message.format(path=tmp_path / dest, dest=dest) in caught.value.message


@pytest.mark.parametrize("where", ["api", "new/parents/api"])
def test_a_project_is_seen_only_once_it_is_published(tmp_path: Path, where: str) -> None:
    target = staging.check_destination(str(tmp_path / where))
    with staging.staging_folder(target) as stage:
        (stage.project / "file").write_text("whole")
        assert not (tmp_path / where).exists()
        assert stage.project.name == "api"
        assert stage.root.stat().st_dev == tmp_path.stat().st_dev
        stage.publish()
        assert (tmp_path / where / "file").read_text() == "whole"
    assert names(tmp_path) == [Path(where).parts[0]]


def test_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    with staging.staging_folder(staging.check_destination(str(tmp_path / "api"))) as stage:
        (stage.project / "file").touch()
        stage.publish()
    assert names(tmp_path / "api") == ["file"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_block_that_fails_leaves_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    with (  # noqa: PT012
        pytest.raises(error),
        staging.staging_folder(staging.check_destination(str(tmp_path / "a" / "api"))) as stage,
    ):
        (stage.project / "file").touch()
        raise error
    assert names(tmp_path) == []


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_came_meanwhile_is_not_overwritten(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "api"
    with (  # noqa: PT012
        pytest.raises(ScaffoldError, match=f"cannot move the project to {place}: ") as caught,
        staging.staging_folder(staging.check_destination(str(place))) as stage,
    ):
        if kind == "file":
            place.write_text("theirs")
        else:
            place.mkdir()
            (place / "theirs").touch()
        stage.publish()
    assert caught.value.hint == "was something put there meanwhile?"
    assert names(tmp_path) == ["api"]
    assert place.read_text() == "theirs" if kind == "file" else names(place) == ["theirs"]


def test_what_a_killed_run_left_for_the_same_target_is_swept(tmp_path: Path) -> None:
    target = staging.check_destination(str(tmp_path / "api"))
    with staging.staging_folder(target) as stage:
        left = stage.root
    left.mkdir()
    (left / "half").touch()
    (tmp_path / ".scaffold-other").mkdir()
    with staging.staging_folder(target) as stage:
        assert not left.exists()
    assert names(tmp_path) == [".scaffold-other"]


def test_the_stage_of_a_run_that_lives_stays(tmp_path: Path) -> None:
    target = staging.check_destination(str(tmp_path / "api"))
    with staging.staging_folder(target) as one, staging.staging_folder(target) as two:
        assert one.root != two.root
        assert one.project.is_dir()
        assert two.project.is_dir()


def test_a_stage_is_locked_for_as_long_as_it_is_used(tmp_path: Path) -> None:
    with staging.staging_folder(staging.check_destination(str(tmp_path / "api"))) as stage:
        (lock,) = (path for path in stage.root.iterdir() if path.is_file())
        with locks.locked(lock, wait=False) as alone:
            assert not alone


def test_without_locks_a_project_is_made_and_what_may_be_in_use_stays(
    tmp_path: Path, no_locks: None
) -> None:
    target = staging.check_destination(str(tmp_path / "api"))
    with staging.staging_folder(target) as one, staging.staging_folder(target) as two:
        assert one.project.is_dir()
        two.publish()
    assert names(tmp_path) == ["api"]


def test_stages_of_different_targets_have_names_of_their_own(tmp_path: Path) -> None:
    prefixes = set()
    for name in ("api", "shop"):
        with staging.staging_folder(staging.check_destination(str(tmp_path / name))) as stage:
            prefixes.add(stage.root.name.rpartition("-")[0])
    assert len(prefixes) == 2


def test_a_base_that_is_gone_is_told(tmp_path: Path) -> None:
    target = staging.Target(tmp_path / "gone" / "api", tmp_path / "gone")
    with (
        pytest.raises(ScaffoldError, match=r"cannot write to .*gone: No such file"),
        staging.staging_folder(target),
    ):
        pass


def test_a_path_too_long_for_the_stage_leaves_nothing(tmp_path: Path) -> None:
    target = staging.Target(tmp_path / ("x" * 300), tmp_path)
    with pytest.raises(UsageError, match="File name too long"), staging.staging_folder(target):
        pass
    assert names(tmp_path) == []
