"""git is asked in a way that the user's settings cannot change, and its errors are one line."""

from pathlib import Path

import pytest

from scaffold.errors import ScaffoldError
from scaffold.git.run import GitError, git_bytes, git_output
from tests.cli.conftest import Repository
from tests.unit.git.fake_git import fake_git


def test_without_git_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScaffoldError, match="git was not found") as caught:
        git_output("version")
    assert "git-scm.com" in caught.value.hint


@pytest.mark.parametrize(("content", "mode"), [("", 0o644), ("\0", 0o755)])
def test_a_git_that_cannot_be_run_is_told_from_a_folder_that_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, mode: int
) -> None:
    with pytest.raises(ScaffoldError, match=r"cannot open .*/gone: No such file"):
        git_output("version", cwd=tmp_path / "gone")
    (tmp_path / "git").write_text(content)
    (tmp_path / "git").chmod(mode)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScaffoldError, match=r"git cannot be run, .*: (Permission|Exec format)"):
        git_output("version")


def test_an_error_is_the_command_and_gits_own_reason(repository: Repository) -> None:
    with pytest.raises(GitError) as caught:
        git_output("show", "nowhere", cwd=repository.path)
    assert caught.value.message.startswith("git show: fatal: ambiguous argument 'nowhere'")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("stderr", "told"),
    [
        ("warning: old\\nfatal: no\\nfatal: later", "git pull: fatal: no"),
        ("\\n\\nsomething\\nelse", "git pull: something"),
        ("", "git pull: failed"),
    ],
)
def test_the_reason_is_the_first_line_that_says_fatal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stderr: str, told: str
) -> None:
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", f"printf '{stderr}' >&2; exit 1"))
    with pytest.raises(GitError) as caught:
        git_output("pull")
    assert caught.value.message == told


def test_an_exit_code_may_be_declared_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", "echo said; exit 1"))
    assert git_output("diff", good=(0, 1)) == "said\n"
    with pytest.raises(GitError):
        git_output("diff")


def test_git_speaks_english_whatever_the_user_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", "echo $LC_ALL $EXTRA"))
    assert git_output("version", env={"EXTRA": "more"}) == "C more\n"


def test_bytes_that_are_no_text_come_through(repository: Repository) -> None:
    oid = git_output(
        "hash-object", "-w", "--stdin", cwd=repository.path, stdin="\udcff\r\n"
    ).strip()
    assert git_bytes("cat-file", "blob", oid, cwd=repository.path) == b"\xff\r\n"
    assert git_output("cat-file", "blob", oid, cwd=repository.path) == "\udcff\r\n"


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_a_damaged_index_is_told_with_what_makes_it_anew(
    repository: Repository, content: bytes
) -> None:
    (repository.path / ".git" / "index").write_bytes(content)
    with pytest.raises(GitError, match="git ls-files: ") as caught:
        git_output("ls-files", cwd=repository.path)
    assert caught.value.hint.startswith("`rm .git/index` and `git reset`")
    (repository.path / ".git" / "index").unlink()
    repository.git("reset", "--quiet")
    assert repository.git("status", "--short") == ""


def test_git_reads_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", "cat; echo end"))
    assert git_output("hash-object") == "end\n"
