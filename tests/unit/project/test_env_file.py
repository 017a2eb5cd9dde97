"""Secrets are random, each project's own, and never committed."""

import errno
import os
import stat
import subprocess
from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.project import env_file
from tests.cli.conftest import Repository, make_repository


def values(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


@pytest.mark.parametrize("fact", [None, [], ""])
def test_a_template_without_the_fact_needs_no_secret(fact: object) -> None:
    assert env_file.secret_names(fact) == ()


def test_the_fact_names_variables_in_its_order() -> None:
    assert env_file.secret_names(["JWT_SECRET", "_b", "A1"]) == ("JWT_SECRET", "_b", "A1")


@pytest.mark.parametrize(
    "fact", ["JWT_SECRET", {"JWT_SECRET": 1}, [1], ["A B"], ["1A"], ["A=B"], ["A\n"], [""], 7]
)
def test_a_fact_that_is_no_list_of_variables_is_the_templates_fault(fact: object) -> None:
    with pytest.raises(ScaffoldError, match="secret_settings is not a list of variables"):
        env_file.secret_names(fact)


def test_each_variable_gets_a_long_value_of_its_own(tmp_path: Path) -> None:
    projects = [tmp_path / "one", tmp_path / "two"]
    for project in projects:
        project.mkdir()
        env_file.write(project, ("JWT_SECRET", "COOKIE_SECRET"))
    found = [values((project / ".env").read_text()) for project in projects]
    assert [list(one) for one in found] == [["JWT_SECRET", "COOKIE_SECRET"]] * 2
    every = [value for one in found for value in one.values()]
    assert len(set(every)) == 4
    assert {len(value) for value in every} == {64}


def test_only_the_owner_reads_the_file(tmp_path: Path) -> None:
    env_file.write(tmp_path, ("JWT_SECRET",))
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600


def test_without_a_variable_there_is_no_file(tmp_path: Path) -> None:
    env_file.write(tmp_path, ())
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MINE=1\n")
    with pytest.raises(FileExistsError):
        env_file.write(tmp_path, ("JWT_SECRET",))
    assert (tmp_path / ".env").read_text() == "MINE=1\n"


def test_a_project_that_ignores_the_file_may_keep_secrets_in_it(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".gitignore").write_text(".env\n")
    env_file.check_ignored(project, ("JWT_SECRET",), tmp_path)
    assert [path.name for path in project.iterdir()] == [".gitignore"]


@pytest.mark.parametrize("ignored", [None, "*.pyc\n", ".env\n!.env\n"])
def test_a_project_that_would_commit_its_secrets_is_refused(
    tmp_path: Path, ignored: str | None
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    if ignored:
        (project / ".gitignore").write_text(ignored)
    with pytest.raises(ScaffoldError, match="secrets would be committed") as caught:
        env_file.check_ignored(project, ("JWT_SECRET",), tmp_path)
    assert caught.value.hint == "add .env to it, and commit that"


def test_a_project_without_secrets_may_ignore_what_it_likes(tmp_path: Path) -> None:
    env_file.check_ignored(tmp_path, (), tmp_path)


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_a_template_that_brings_the_file_itself_is_refused(tmp_path: Path, kind: str) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".gitignore").write_text(".env\n")
    if kind == "file":
        (project / ".env").touch()
    elif kind == "folder":
        (project / ".env").mkdir()
    else:
        (project / ".env").symlink_to("nowhere")
    with pytest.raises(ScaffoldError, match=r"the template brings a \.env"):
        env_file.check_ignored(project, ("JWT_SECRET",), tmp_path)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", ("A", "B")),
        ("A=1\n", ("B",)),
        ("X=1\nexport B=2\nA='x'\n", ()),
        ("#A=1\nAA=1\nA_=1\n", ("A", "B")),
        ("A = 1\n  B=2\n", ()),
        ("export  A=1\r\nB=2\r\n", ()),
        ("X=A=1\n", ("A", "B")),
        ("A\nB\n", ("A", "B")),
        ("'A'=1\n B =2", ()),
        ("a=1\nb=2\n", ()),
        ("A=\nB=''\n", ("A", "B")),
        ("A=1\nA=\nB=\nB=2\n", ("A",)),
        ("\ufeffA=1\nB=2\n", ()),
        ("A=${NOWHERE}\nB=$B\n", ()),
        ("X='\nA=1\n'\nB=2\n", ("A",)),
        ("X='it is not closed\nA=1\n= 2\nB=2\n", ()),
    ],
)
def test_what_the_file_does_not_set_is_missing(
    tmp_path: Path, text: str, missing: tuple[str, ...]
) -> None:
    (tmp_path / ".env").write_bytes(text.encode())
    assert env_file.missing(tmp_path, ("A", "B")) == missing


def test_a_line_that_is_no_setting_is_passed_over_in_silence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("= 1\n")
    env_file.missing(tmp_path, ("A",))
    assert capfd.readouterr() == ("", "")


def test_without_a_file_everything_is_missing(tmp_path: Path) -> None:
    assert env_file.missing(tmp_path, ("A",)) == ("A",)


def test_the_mark_of_utf_8_is_no_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("A=1\n".encode("utf-8-sig"))
    assert env_file.missing(tmp_path, ("A", "B")) == ("B",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_bytes("A=ä".encode(encoding))
    with pytest.raises(ScaffoldError, match=r"cannot read .*\.env: it is not UTF-8"):
        env_file.missing(tmp_path, ("A",))


def test_without_a_variable_nothing_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff")
    assert env_file.missing(tmp_path, ()) == ()


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (b"", b""),
        (b"MINE=1\n", b"MINE=1\n"),
        (b"MINE=1", b"MINE=1\n"),
        (b"ONE=1\r\nTWO=2\r\n", b"ONE=1\r\nTWO=2\r\n"),
        (b"ONE=1\r\nTWO=2", b"ONE=1\r\nTWO=2\r\n"),
        (b"\xef\xbb\xbfMINE=1\n", b"\xef\xbb\xbfMINE=1\n"),
        ("NAME='Grün #1'\n".encode(), "NAME='Grün #1'\n".encode()),
    ],
)
def test_new_values_follow_the_users_own_lines_which_stay_as_they_are(
    tmp_path: Path, before: bytes, kept: bytes
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (tmp_path / ".env").write_bytes(before)
    env_file.write_completed(tmp_path, ("A",), folder)
    after = (folder / ".env").read_bytes()
    assert after.startswith(kept)
    added = after.removeprefix(kept).decode()
    assert set(values(added)) == {"A"}
    assert added.endswith("\r\n") == (b"\r" in before)
    assert (tmp_path / ".env").read_bytes() == before
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "api", {".gitignore": ".env\nlocal/\n"})


def test_a_file_that_git_ignores_can_be_written(repository: Repository) -> None:
    assert env_file.why_not_written(repository.path, ("A",)) is None


def test_a_file_that_no_repository_is_around_can_be_written(tmp_path: Path) -> None:
    assert env_file.why_not_written(tmp_path, ("A",)) is None


def test_a_file_that_git_does_not_ignore_is_left_alone(repository: Repository) -> None:
    repository.commit({".gitignore": ""})
    why_not_written = env_file.why_not_written(repository.path, ("A", "B"))
    assert why_not_written
    assert why_not_written.step == "A, B"
    assert why_not_written.reason == "git does not ignore .env, so it would be committed"
    subprocess.run(["sh", "-c", why_not_written.command], cwd=repository.path, check=True)  # noqa: S603, S607
    assert env_file.missing(repository.path, ("A", "B")) == ()
    assert env_file.why_not_written(repository.path, ("A", "B")) is None


def test_a_file_that_git_tracks_is_left_alone(repository: Repository) -> None:
    repository.commit({".env": "MINE=1\n"})
    why_not_written = env_file.why_not_written(repository.path, ("A",))
    assert why_not_written
    assert why_not_written.reason == "git tracks .env, so it would be committed"
    subprocess.run(["sh", "-c", why_not_written.command], cwd=repository.path, check=True)  # noqa: S603, S607
    assert (repository.path / ".env").read_text().startswith("MINE=1\n\nA=")
    assert env_file.why_not_written(repository.path, ("A",)) is None


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("local/dev.env", None),
        ("../dev.env", None),
        ("dev.env", "git does not ignore .env (a link to {}), so it would be committed"),
        ("README.md", "git tracks .env (a link to {}), so it would be committed"),
        ("nowhere/dev.env", ".env (a link to {}) leads nowhere"),
        ("local", ".env (a link to {}) is not a file"),
    ],
)
def test_of_a_link_its_target_counts(
    repository: Repository, target: str, reason: str | None
) -> None:
    repository.commit({"README.md": ""})
    (repository.path / "local").mkdir()
    (repository.path / ".env").symlink_to(target)
    why_not_written = env_file.why_not_written(repository.path, ("A",))
    if reason is None:
        assert why_not_written is None
    else:
        assert why_not_written
        assert why_not_written.reason == reason.format((repository.path / target).resolve())
        assert why_not_written.command == "export A=$(openssl rand -hex 32)"


@pytest.mark.parametrize("kind", ["folder", "pipe", "link to itself"])
def test_what_is_no_file_is_left_alone(tmp_path: Path, kind: str) -> None:
    if kind == "folder":
        (tmp_path / ".env").mkdir()
    elif kind == "pipe":
        os.mkfifo(tmp_path / ".env")
    else:
        (tmp_path / ".env").symlink_to(".env")
    assert env_file.missing(tmp_path, ("A",)) == ("A",)
    assert env_file.why_not_written(tmp_path, ("A",))


@pytest.mark.parametrize("before", [None, "MINE=1"])
def test_a_link_stays_one_and_its_target_is_written(tmp_path: Path, before: str | None) -> None:
    target = tmp_path / "dev.env"
    if before:
        target.write_text(before)
        target.chmod(0o640)
    project = tmp_path / "api"
    project.mkdir()
    (project / ".env").symlink_to("../dev.env")
    assert env_file.append(project, ("A",)) == target
    assert (project / ".env").readlink() == Path("../dev.env")
    assert [*values(target.read_text())] == [*(["MINE"] if before else []), "A"]
    assert stat.S_IMODE(target.stat().st_mode) == (0o640 if before else 0o600)
    assert env_file.missing(project, ("A",)) == ()


def test_a_target_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(ScaffoldError, match=r"cannot write to .*\.env: No space left"):
        env_file.append(tmp_path, ("A",))
