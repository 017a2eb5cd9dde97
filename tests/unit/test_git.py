"""git is asked in a way that the user's settings cannot change, and its errors are one line."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scaffold import git
from scaffold.errors import ScaffoldError
from tests.cli.conftest import Repository, make_repository

WEIRD = ["with space.txt", "new\nline.txt", "tab\t.txt", "grün.txt", '"quoted".txt', "-dash"]


def fake_git(folder: Path, script: str) -> str:
    """A PATH whose git is this script."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "git"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_without_git_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScaffoldError, match="git was not found") as caught:
        git.output("version")
    assert "git-scm.com" in caught.value.hint


@pytest.mark.parametrize(("content", "mode"), [("", 0o644), ("\0", 0o755)])
def test_a_git_that_cannot_be_run_is_told_from_a_folder_that_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, mode: int
) -> None:
    with pytest.raises(ScaffoldError, match=r"cannot open .*/gone: No such file"):
        git.output("version", cwd=tmp_path / "gone")
    (tmp_path / "git").write_text(content)
    (tmp_path / "git").chmod(mode)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScaffoldError, match=r"git cannot be run, .*: (Permission|Exec format)"):
        git.output("version")


def test_an_error_is_the_command_and_gits_own_reason(repository: Repository) -> None:
    with pytest.raises(git.GitError) as caught:
        git.output("show", "nowhere", cwd=repository.path)
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
    with pytest.raises(git.GitError) as caught:
        git.output("pull")
    assert caught.value.message == told


def test_an_exit_code_may_be_declared_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", "echo said; exit 1"))
    assert git.output("diff", good=(0, 1)) == "said\n"
    with pytest.raises(git.GitError):
        git.output("diff")


def test_git_speaks_english_whatever_the_user_speaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", "echo $LC_ALL $EXTRA"))
    assert git.output("version", env={"EXTRA": "more"}) == "C more\n"


def test_bytes_that_are_no_text_come_through(repository: Repository) -> None:
    oid = git.output(
        "hash-object", "-w", "--stdin", cwd=repository.path, stdin="\udcff\r\n"
    ).strip()
    assert git.raw_output("cat-file", "blob", oid, cwd=repository.path) == b"\xff\r\n"
    assert git.output("cat-file", "blob", oid, cwd=repository.path) == "\udcff\r\n"


def test_the_repository_of_a_hook_is_forgotten(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_repository(tmp_path / "other", {"a": ""})
    for name, value in {
        "GIT_DIR": str(other.path / ".git"),
        "GIT_WORK_TREE": str(other.path),
        "GIT_INDEX_FILE": str(tmp_path / "index"),
    }.items():
        monkeypatch.setenv(name, value)
    git.isolate_environment(prompts=False)
    top = git.output("rev-parse", "--show-toplevel", cwd=repository.path).strip()
    assert Path(top) == repository.path
    assert os.environ["GIT_OPTIONAL_LOCKS"] == "0"


def test_settings_of_git_c_and_allowed_protocols_come_before_those_of_the_tool(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.fsmonitor'='/x y' 'user.name'='Ada' 'a.b'")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "https:mine")
    git.isolate_environment(prompts=False)
    said = git.settings_of(repository.path, ".")
    assert said["core.fsmonitor"] == "false"
    assert (said["user.name"], said["a.b"]) == ("Ada", "true")
    allowed = ("protocol.https.allow", "protocol.mine.allow")
    assert {said[name] for name in allowed} == {"always"}
    assert {said[f"protocol.{name}"] for name in ("allow", "ssh.allow", "file.allow")} == {"never"}


@pytest.mark.parametrize("prompts", [True, False])
def test_git_asks_for_a_password_only_where_somebody_can_answer(prompts: bool) -> None:
    git.isolate_environment(prompts=prompts)
    assert (os.environ.get("GIT_TERMINAL_PROMPT") == "0") is not prompts
    assert ("GIT_SSH_COMMAND" in os.environ) is not prompts


def test_the_users_own_ssh_command_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_SSH_COMMAND", "my-ssh")
    git.isolate_environment(prompts=False)
    assert os.environ["GIT_SSH_COMMAND"] == "my-ssh"


@pytest.mark.parametrize(
    ("count", "expected"), [(None, "0"), ("nonsense", "0"), ("-1", "0"), ("2", "2")]
)
def test_a_count_of_settings_that_is_no_number_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, count: str | None, expected: str
) -> None:
    if count is not None:
        monkeypatch.setenv("GIT_CONFIG_COUNT", count)
    git.isolate_environment(prompts=False)
    assert os.environ["GIT_CONFIG_COUNT"] == expected


def test_settings_follow_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Ada")
    settings = git.configuration({"user.email": "a@b.c", "test.many": ("x", "y")})
    assert settings["GIT_CONFIG_COUNT"] == "4"
    assert git.output("config", "user.name", env=settings) == "Ada\n"
    assert git.output("config", "user.email", env=settings) == "a@b.c\n"
    assert git.output("config", "--get-all", "test.many", env=settings) == "x\ny\n"


def test_a_url_is_read_from_a_repository_on_this_machine(
    repository: Repository, tmp_path: Path
) -> None:
    env = git.redirect(("https://example.invalid/t.git",), repository.path)
    git.output("clone", "-q", "https://example.invalid/t.git", tmp_path / "copy", env=env)
    assert (tmp_path / "copy" / "README.md").read_text() == "Hello\n"


def test_a_checkout_is_known_at_its_top_only(repository: Repository, tmp_path: Path) -> None:
    (repository.path / "inside").mkdir()
    assert git.checkout_at(repository.path) == git.Checkout(shallow=False, origin=None)
    assert git.checkout_at(repository.path / "inside") is None
    (tmp_path / "plain").mkdir()
    assert git.checkout_at(tmp_path / "plain") is None


def test_a_checkout_tells_its_origin_and_that_it_is_shallow(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit({"a": "2"})
    url = f"file://{repository.path}"
    repository.git("clone", "--quiet", "--depth=1", url, str(tmp_path / "shallow"))
    repository.git("clone", "--quiet", "--bare", url, str(tmp_path / "bare.git"))
    assert git.checkout_at(tmp_path / "shallow") == git.Checkout(shallow=True, origin=url)
    assert git.checkout_at(tmp_path / "bare.git") == git.Checkout(shallow=False, origin=url)


def test_a_commit_has_many_names(repository: Repository, tmp_path: Path) -> None:
    commit = repository.git("rev-parse", "HEAD")
    repository.git("tag", "-a", "v1", "-m", "First")
    repository.git("branch", "side")
    for name in ("HEAD", "main", "side", "v1", commit, commit[:8]):
        assert git.commit_of(repository.path, name) == commit
    for name in ("v2", "", "--all", "-x", "HEAD:README.md", "a b", "v1..v1"):
        assert git.commit_of(repository.path, name) is None


def test_a_branch_without_a_commit_is_told_from_one_that_is_damaged(
    repository: Repository, tmp_path: Path
) -> None:
    commit = repository.git("rev-parse", "HEAD")
    assert git.last_commit(repository.path) == commit
    repository.git("clone", "--quiet", str(repository.path), str(tmp_path / "copy"))
    Repository(tmp_path / "copy").git("checkout", "--quiet", "--orphan", "new")
    assert git.last_commit(tmp_path / "copy") is None
    for name in (f"objects/{commit[:2]}/{commit[2:]}", "refs/heads/main"):
        file = repository.path / ".git" / name
        file.unlink()
        file.touch()
        with pytest.raises(git.GitError) as caught:
            git.last_commit(repository.path)
        assert "`git fsck`" in caught.value.hint


def test_a_branch_of_the_origin_has_its_name_too(repository: Repository, tmp_path: Path) -> None:
    repository.git("branch", "side")
    repository.git("clone", "--quiet", str(repository.path), str(tmp_path / "copy"))
    assert git.commit_of(tmp_path / "copy", "side") == repository.git("rev-parse", "side")


def test_only_a_tag_is_a_tag(repository: Repository) -> None:
    repository.git("tag", "v1")
    repository.git("branch", "side")
    assert git.is_tag(repository.path, "v1")
    assert not git.is_tag(repository.path, "side")
    assert not git.is_tag(repository.path, "HEAD")


def test_tags_are_all_there_are_or_those_in_the_history_of_a_commit(
    repository: Repository,
) -> None:
    assert git.tags(repository.path) == []
    repository.git("tag", "v1.0.0")
    first = repository.git("rev-parse", "HEAD")
    repository.commit({"a": "2"})
    repository.git("tag", "latest")
    assert git.tags(repository.path) == ["latest", "v1.0.0"]
    assert git.tags(repository.path, merged=first) == ["v1.0.0"]


def test_a_commit_is_published_once_the_origin_has_it(
    repository: Repository, tmp_path: Path
) -> None:
    repository.git("clone", "--quiet", str(repository.path), str(tmp_path / "copy"))
    copy = Repository(tmp_path / "copy")
    pushed = copy.git("rev-parse", "HEAD")
    kept = copy.commit({"a": "1"})
    assert git.is_published(copy.path, pushed)
    assert not git.is_published(copy.path, kept)
    assert not git.is_published(repository.path, pushed)


def test_changes_are_seen_tracked_and_untracked(repository: Repository) -> None:
    assert not git.has_changes(repository.path)
    (repository.path / "new").touch()
    assert git.has_changes(repository.path)
    repository.commit({"new": "x"})
    (repository.path / "README.md").write_text("Changed\n")
    assert git.has_changes(repository.path)


def test_a_file_of_a_commit_is_read_with_plain_line_endings(repository: Repository) -> None:
    (repository.path / "windows.txt").write_bytes("grün\r\nzwei\r\n".encode())
    commit = repository.commit({})
    assert git.read_file(repository.path, commit, "windows.txt") == "grün\nzwei\n"
    assert git.read_file(repository.path, commit, "missing.txt") is None
    assert git.read_file(repository.path, "0" * 40, "windows.txt") is None


@pytest.mark.parametrize("forbidden", ["protocol.file.allow", "protocol.allow"])
def test_a_template_on_this_machine_is_read_where_the_user_forbids_it_but_no_submodule_of_it(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forbidden: str
) -> None:
    for name, value in git.configuration({forbidden: "never"}).items():
        monkeypatch.setenv(name, value)
    for name in (str(repository.path), f"file://{repository.path}"):
        git.clone(name, tmp_path / f"{len(name)}.git")
        assert git.refs(name).head
    env = git.redirect(("https://example.invalid/t.git",), repository.path)
    git.output("clone", "-q", "https://example.invalid/t.git", tmp_path / "copy", env=env)
    with pytest.raises(git.GitError, match="transport 'file' not allowed"):
        git.output("submodule", "add", f"file://{repository.path}", cwd=tmp_path / "copy", env=env)


def test_a_file_protocol_that_the_user_allows_stays_allowed(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in git.configuration({"protocol.file.allow": "always"}).items():
        monkeypatch.setenv(name, value)
    env = git.redirect(("https://example.invalid/t.git",), repository.path)
    assert git.output("config", "protocol.file.allow", env=env) == "always\n"


def test_what_git_cannot_read_is_no_missing_version_or_file(repository: Repository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    blob = repository.git("rev-parse", "HEAD:README.md")
    reads: dict[str, Callable[[], object]] = {
        blob: lambda: git.read_file(repository.path, commit, "README.md"),
        commit: lambda: git.commit_of(repository.path, "main"),
    }
    for oid, read in reads.items():
        file = repository.path / ".git" / "objects" / oid[:2] / oid[2:]
        file.chmod(0o644)
        file.write_bytes(b"corrupt")
        with pytest.raises(git.GitError) as caught:
            read()
        assert "`git fsck`" in caught.value.hint


def test_a_clone_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(git.GitError, match=r"git clone: fatal: .*does not exist"):
        git.clone(str(tmp_path / "nowhere"), tmp_path / "copy")


def test_an_address_is_never_taken_for_an_option(tmp_path: Path) -> None:
    with pytest.raises(git.GitError):
        git.clone(f"--upload-pack=touch {tmp_path / 'made'}", tmp_path / "copy")
    with pytest.raises(git.GitError):
        git.refs(f"--upload-pack=touch {tmp_path / 'made'}")
    assert not (tmp_path / "made").exists()


def test_what_a_repository_offers_is_its_head_and_the_commits_of_its_tags(
    repository: Repository,
) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "plain")
    repository.git("tag", "-a", "v1.0.0", "-m", "First")
    second = repository.commit({"a": "2"})
    assert git.refs(repository.path) == git.Refs(second, {"plain": first, "v1.0.0": first})


def test_an_empty_repository_offers_nothing(tmp_path: Path) -> None:
    git.output("init", "--quiet", tmp_path / "empty")
    assert git.refs(tmp_path / "empty") == git.Refs(None, {})


def test_a_folder_that_is_no_repository_is_not_looked_up_around_this_one(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.path / "inside").mkdir()
    monkeypatch.chdir(repository.path)
    with pytest.raises(git.GitError):
        git.refs("inside")


def test_a_commit_is_described_as_copier_records_it(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    assert git.describe(repository.path, first) == first[:7]
    repository.git("tag", "v1.0.0")
    second = repository.commit({"a": "2"})
    assert git.describe(repository.path, first) == "v1.0.0"
    assert git.describe(repository.path, second) == f"v1.0.0-1-g{second[:7]}"
    repository.git("tag", "latest")
    assert git.describe(repository.path, second) == "latest"
    assert git.describe(repository.path, second, "v1.0.0") == f"v1.0.0-1-g{second[:7]}"


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        ("git version 2.37.9", "git 2.37 is too old"),
        ("git version 1.99.1", "git 1.99 is too old"),
        ("git version 2.38.0", None),
        ("git version 2.100.1.windows.1", None),
        ("git version 3.0 (Apple Git-1)", None),
    ],
)
def test_a_git_that_cannot_merge_trees_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, refused: str | None
) -> None:
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", f"echo '{version}'"))
    if refused is None:
        git.require_merge_tree()
        return
    with pytest.raises(ScaffoldError, match=refused) as caught:
        git.require_merge_tree()
    assert caught.value.hint == "install git 2.38 or newer"


def test_a_project_knows_its_place_in_the_repository(repository: Repository) -> None:
    inside = repository.path / "services" / "api"
    inside.mkdir(parents=True)
    git_dir, objects = str(repository.path / ".git"), str(repository.path / ".git" / "objects")
    assert git.project_at(repository.path) == ("", git_dir, objects)
    assert git.project_at(inside) == ("services/api/", git_dir, objects)


def test_outside_of_a_repository_a_project_has_no_place(tmp_path: Path) -> None:
    assert git.project_at(tmp_path) is None


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
@pytest.mark.parametrize("ask", [git.project_at, git.checkout_at])
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


@pytest.mark.parametrize("content", [b"", b"garbage" * 100])
def test_a_damaged_index_is_told_with_what_makes_it_anew(
    repository: Repository, content: bytes
) -> None:
    (repository.path / ".git" / "index").write_bytes(content)
    with pytest.raises(git.GitError, match="git ls-files: ") as caught:
        git.output("ls-files", cwd=repository.path)
    assert caught.value.hint.startswith("`rm .git/index` and `git reset`")
    (repository.path / ".git" / "index").unlink()
    repository.git("reset", "--quiet")
    assert repository.git("status", "--short") == ""


def test_surroundings_tell_the_repository_and_the_user(
    repository: Repository, tmp_path: Path
) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    assert git.surroundings(plain) == git.Surroundings(False, {})
    repository.git("config", "user.name", "Ada Meyer")
    repository.git("config", "user.email", "")
    assert git.surroundings(repository.path) == git.Surroundings(True, {"user.name": "Ada Meyer"})
    (repository.path / "a b" / "c").mkdir(parents=True)
    assert git.surroundings(repository.path / "a b" / "c").prefix == "a b/c/"


def test_a_repository_that_git_refuses_to_read_is_one_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "fatal: detected dubious ownership in repository at /x"
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", f"echo '{says}' >&2; exit 128"))
    assert git.surroundings(tmp_path).in_work_tree


@pytest.mark.parametrize(
    ("src_path", "written", "url"),
    [
        ("gh:acme/t", "https://github.com/acme/t", "https://github.com/acme/t.git"),
        ("gl:/acme/t.git", "https://gitlab.com/acme/t.git", "https://gitlab.com/acme/t.git"),
        ("git+https://x.y/t", "git+https://x.y/t", "https://x.y/t"),
        ("git+file:///srv/t", "git+file:///srv/t", "file:///srv/t"),
        ("https://x.y/t", "https://x.y/t", "https://x.y/t.git"),
        ("git@x.y:t", "git@x.y:t", "git@x.y:t"),
        ("/srv/t", "/srv/t", "/srv/t"),
    ],
)
def test_a_recorded_template_has_the_url_that_copier_hands_to_git(
    src_path: str, written: str, url: str
) -> None:
    assert git.written_out(src_path) == written
    assert git.url_of(src_path) == url


def test_only_a_projects_own_ignore_files_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "ignore").write_text("everything\n")
    user = {"core.excludesFile": str(tmp_path / "ignore")}
    for name, value in git.configuration(user).items():
        monkeypatch.setenv(name, value)
    (project / ".gitignore").write_text("/.env\n")
    assert git.ignores(project, ".env", tmp_path)
    assert not git.ignores(project, "everything", tmp_path)
    assert not (project / ".git").exists()


@pytest.mark.parametrize("known", [{}, {"user.name": "Ada"}, {"user.email": "a@b.c"}])
def test_the_first_commit_has_an_author_also_where_git_knows_none(
    tmp_path: Path, known: dict[str, str]
) -> None:
    for name in WEIRD:
        (tmp_path / name).write_text(name)
    git.commit_all(tmp_path, "Create it\n\nTemplate: x", known)
    done = Repository(tmp_path)
    author = f"{known.get('user.name', 'scaffold')} {known.get('user.email', 'scaffold@localhost')}"
    assert done.git("log", "--format=%an %ae|%cn %ce") == f"{author}|{author}"
    assert done.git("log", "--format=%B").strip() == "Create it\n\nTemplate: x"
    assert done.git("branch", "--show-current") == "main"
    assert set(git.output("ls-files", "-z", cwd=tmp_path).split("\0")) == {*WEIRD, ""}
    assert done.git("status", "--short") == ""


def test_the_environments_author_wins_over_the_stand_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Grace")
    monkeypatch.setenv("EMAIL", "grace@example.com")
    (tmp_path / "a").touch()
    git.commit_all(tmp_path, "Create it", {})
    assert Repository(tmp_path).git("log", "--format=%an %ae") == "Grace grace@example.com"


def test_the_users_hooks_and_line_endings_leave_the_first_commit_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    settings = {"core.hooksPath": str(hooks), "core.autocrlf": "true", "commit.gpgSign": "true"}
    for name, value in git.configuration(settings).items():
        monkeypatch.setenv(name, value)
    project = tmp_path / "project"
    project.mkdir()
    (project / "windows.txt").write_bytes(b"a\r\n")
    git.commit_all(project, "Create it", {})
    assert git.raw_output("cat-file", "blob", "HEAD:windows.txt", cwd=project) == b"a\r\n"


def test_files_are_kept_aside_and_the_index_stays(repository: Repository) -> None:
    (repository.path / "README.md").write_text("Edited\n")
    (repository.path / "new\nfile.txt").write_text("New\n")
    (repository.path / "other.txt").write_text("Not asked for\n")
    before = repository.git("status", "--porcelain")
    paths = ["README.md", "new\nfile.txt", "gone.txt"]
    kept = git.keep_aside(repository.path, paths, "What was taken back")
    assert kept == "refs/scaffold/aborted"
    assert repository.git("status", "--porcelain") == before
    assert repository.git("show", f"{kept}:README.md") == "Edited"
    assert repository.git("show", f"{kept}:new\nfile.txt") == "New"
    assert "other.txt" not in repository.git("ls-tree", "--name-only", kept)
    assert repository.git("rev-parse", f"{kept}^") == repository.git("rev-parse", "HEAD")
    assert repository.git("log", "-1", "--format=%s", kept) == "What was taken back"
    again = git.keep_aside(repository.path, paths, "What was taken back")
    assert again == "refs/scaffold/aborted-2"


def test_git_reads_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", fake_git(tmp_path / "bin", "cat; echo end"))
    assert git.output("hash-object") == "end\n"
