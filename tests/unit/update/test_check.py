"""Projects are compared with what their templates have, each template asked once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from scaffold.console import Console
from scaffold.git.remotes import RemoteRefs
from scaffold.git.run import GitError
from scaffold.template import sources
from scaffold.update import check
from scaffold.update.check import check_projects
from scaffold.update.project_status import ProjectStatus, Report

HEAD = "a" * 40
OLD = "b" * 40
TAGS = {"v1.0.0": "1" * 40, "v1.1.0": "2" * 40, "v2.0.0-rc.1": "3" * 40, "latest": "4" * 40}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which templates git was asked of; none of them is really asked."""
    places: list[str] = []

    def refs(place: str) -> RemoteRefs:
        places.append(place)
        if "broken" in place:
            raise GitError(f"git ls-remote: fatal: cannot read {place}")
        if "empty" in place:
            return RemoteRefs(None, {})
        return RemoteRefs(HEAD, {} if "untagged" in place else TAGS)

    monkeypatch.setattr(check, "remote_refs", refs)
    monkeypatch.setattr(sources, "git_location", lambda record: record.src_path)
    return places


def projects(folder: Path, records: Mapping[str, tuple[str, str]]) -> list[Path]:
    paths = []
    for name, (source, commit) in records.items():
        (folder / name).mkdir()
        (folder / name / ".copier-answers.yml").write_text(
            f"_src_path: {source!r}\n_commit: {commit!r}\n"
        )
        paths.append(folder / name)
    return paths


def checked(folder: Path, commit: str, source: str = "https://x.y/t") -> ProjectStatus:
    report = check_projects(projects(folder, {"api": (source, commit)}), Console())
    [status] = report.projects
    return status


@pytest.mark.parametrize(
    ("commit", "status", "newest"),
    [
        ("v1.0.0", "outdated", "v1.1.0"),
        ("v1.1.0", "up to date", "v1.1.0"),
        ("v1.0.0-3-g0123abc", "outdated", "v1.1.0"),
        ("v1.1.0-2-gaaaaaaa", "up to date", HEAD[:7]),
        ("v1.1.0-2-gbbbbbbb", "outdated", HEAD[:7]),
        ("v1.1.0-rc.1", "outdated", "v1.1.0"),
        ("0123abc", "outdated", "v1.1.0"),
        ("2222222", "up to date", "v1.1.0"),
        ("v2.0.0-rc.1", "outdated", HEAD[:7]),
        ("some-branch", "outdated", "v1.1.0"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_a_project_stands_to_the_newest_release(
    tmp_path: Path, commit: str, status: str, newest: str
) -> None:
    found = checked(tmp_path, commit)
    assert (found.status, found.version, found.newest) == (status, commit, newest)
    assert not found.ahead


@pytest.mark.parametrize(
    ("commit", "status"),
    [("aaaaaaa", "up to date"), ("bbbbbbbb", "outdated"), (HEAD, "up to date")],
)
@pytest.mark.usefixtures("asked")
def test_without_a_release_a_project_stands_to_the_head_in_as_many_digits(
    tmp_path: Path, commit: str, status: str
) -> None:
    found = checked(tmp_path, commit, "https://x.y/untagged")
    assert (found.status, found.newest) == (status, HEAD[: len(commit)])


@pytest.mark.parametrize("commit", ["v3.0.0", "v3.0.0-1-g0123abc"])
@pytest.mark.usefixtures("asked")
def test_a_project_newer_than_all_that_is_known_is_noted(
    tmp_path: Path, commit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = checked(tmp_path, commit)
    assert found.ahead
    assert (found.status, found.newest) == ("up to date", "v1.1.0")
    assert capsys.readouterr().err == (
        f"note: {tmp_path / 'api'} ({commit}): newer than all that is known here of https://x.y/t "
        "(v1.1.0); a newer scaffold may know more\n"
    )


@pytest.mark.usefixtures("asked")
def test_projects_ahead_of_one_template_share_a_note(tmp_path: Path) -> None:
    source = "https://x.y/t"
    console = Console()
    records = dict.fromkeys(("a", "b", "c"), (source, "v3.0.0"))
    check_projects(projects(tmp_path, records), console)
    assert len(console.notes) == 1
    assert console.notes[0].startswith(f"{tmp_path / 'a'} (v3.0.0) and 2 more projects: newer")


def test_each_template_is_asked_once(tmp_path: Path, asked: list[str]) -> None:
    records = {
        "a": ("https://x.y/t", "v1.0.0"),
        "b": ("https://x.y/t", "v1.1.0"),
        "c": ("https://x.y/other", "v1.1.0"),
    }
    report = check_projects(projects(tmp_path, records), Console())
    assert sorted(asked) == ["https://x.y/other", "https://x.y/t"]
    assert [status.path.name for status in report.projects] == ["a", "b", "c"]


@pytest.mark.usefixtures("asked")
def test_a_project_that_is_named_twice_is_checked_once(tmp_path: Path) -> None:
    [path] = projects(tmp_path, {"api": ("https://x.y/t", "v1.1.0")})
    (tmp_path / "link").symlink_to("api")
    report = check_projects([path, tmp_path / "link", tmp_path / "." / "api"], Console())
    assert [status.path for status in report.projects] == [path]


def report_of(folder: Path, records: Mapping[str, tuple[str, str]]) -> Report:
    return check_projects(projects(folder, records), Console())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "https://ada:secret@x.y/broken",
            "cannot ask https://x.y/broken: git ls-remote: fatal: cannot read https://x.y/broken",
        ),
        (
            "ssh://ada:secret@x.y/broken",
            "cannot ask ssh://x.y/broken: git ls-remote: fatal: cannot read ssh://x.y/broken",
        ),
        (
            "ssh://git@x.y/broken",
            "cannot ask ssh://git@x.y/broken: git ls-remote: fatal: cannot read ssh://git@x.y/broken",
        ),
        ("https://tok@x.y/empty", "https://x.y/empty has no commit"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_a_template_that_does_not_answer_is_told_without_passwords(
    tmp_path: Path, source: str, message: str
) -> None:
    records = {"bad": (source, "v1.0.0"), "good": ("https://x.y/t", "v1.1.0")}
    bad, good = report_of(tmp_path, records).projects
    assert bad.error is not None
    assert (bad.status, bad.error.message) == ("error", message)
    assert "secret" not in str(bad.source)
    assert good.status == "up to date"


@pytest.mark.usefixtures("asked")
def test_a_folder_that_is_no_project_stands_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    [path] = projects(tmp_path, {"api": ("https://x.y/t", "v1.0.0")})
    report = check_projects([tmp_path / "none", path], Console())
    assert [status.status for status in report.projects] == ["outdated", "error"]
    assert report.exit_code == 2


def test_without_a_project_nothing_is_asked(tmp_path: Path, asked: list[str]) -> None:
    report = check_projects([tmp_path], Console())
    assert asked == []
    assert report.status == "error"


def test_an_address_that_can_be_no_argument_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refs(_place: Any) -> RemoteRefs:
        raise ValueError("embedded null byte")

    monkeypatch.setattr(check, "remote_refs", refs)
    found = checked(tmp_path, "v1.0.0")
    assert found.error is not None
    assert found.error.message == "cannot ask https://x.y/t: embedded null byte"


def test_a_real_repository_is_asked(tmp_path: Path, released: Any) -> None:
    found = checked(tmp_path, "v1.0.0", f"git+file://{released.path}")
    assert (found.status, found.newest) == ("outdated", "v1.1.0")
