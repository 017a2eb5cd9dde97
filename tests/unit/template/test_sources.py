"""The first place that names a template wins, and what is recorded can be reached by others."""

import json
import os
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.template import sources
from scaffold.template.answers_file import Record
from scaffold.template.request import TemplateRequest
from scaffold.template.sources import Source
from tests.cli.conftest import Repository, make_repository


class Installed:
    """How the tool was installed, as the test has it."""

    version = "1.2.3"

    def __init__(self, direct_url: dict[str, Any] | None) -> None:
        self.direct_url = direct_url

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return json.dumps(self.direct_url) if self.direct_url else None


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user keeps settings; the tool itself brings no template."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    install(monkeypatch, None)
    monkeypatch.setattr(sources, "BUNDLE", tmp_path / "no.bundle")
    return tmp_path


def install(monkeypatch: pytest.MonkeyPatch, direct_url: dict[str, Any] | None) -> None:
    monkeypatch.setattr(metadata, "distribution", lambda _: Installed(direct_url))


def configure(home: Path, text: str | bytes) -> Path:
    path = home / "config" / "scaffold" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def find_source(template: str | None = None) -> Source:
    return sources.find_source(TemplateRequest("api", template=template))


def test_a_user_without_a_home_has_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert sources._configured_template() is None


def test_the_flag_wins_over_the_variable_and_that_over_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, {"url": "https://i.x/t", "vcs_info": {"commit_id": "0123"}})
    assert find_source() == Source("https://i.x/t", ref="0123")
    configure(home, "template = 'gh:file/t'")
    assert find_source().location == "gh:file/t"
    monkeypatch.setenv("SCAFFOLD_TEMPLATE", "gh:variable/t")
    assert find_source().location == "gh:variable/t"
    assert find_source("gh:flag/t").location == "gh:flag/t"


def test_an_empty_variable_names_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCAFFOLD_TEMPLATE", "")
    configure(home, "template = 'gh:file/t'")
    assert find_source().location == "gh:file/t"


@pytest.mark.parametrize("text", ["", "other = 1", "template = ''"])
def test_a_file_may_name_no_template(home: Path, text: str) -> None:
    configure(home, text)
    with pytest.raises(ScaffoldError, match="carries no template"):
        find_source()


@pytest.mark.parametrize("text", ["template = ", b"\xff", "template = 'a'\ntemplate = 'b'"])
def test_a_file_that_cannot_be_read_is_wrong_usage(home: Path, text: str | bytes) -> None:
    path = configure(home, text)
    with pytest.raises(UsageError) as caught:
        find_source()
    assert caught.value.message.startswith(f"cannot read {path}: ")


def test_a_template_that_is_no_text_is_wrong_usage(home: Path) -> None:
    path = configure(home, "template = 3")
    with pytest.raises(UsageError, match=f"template in {path} is not text"):
        find_source()


def test_a_file_in_the_place_of_the_settings_folder_is_none(home: Path) -> None:
    (home / "config").touch()
    with pytest.raises(ScaffoldError, match="carries no template"):
        find_source()


def test_a_file_may_name_a_folder_of_the_home(
    home: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(repository.path.parent))
    configure(home, "template = '~/repository'")
    assert find_source() == Source(repository.path, given=str(repository.path))


def test_without_a_folder_for_settings_it_is_that_of_the_home(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(home))
    path = home / ".config" / "scaffold" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("template = 'gh:home/t'")
    assert find_source().location == "gh:home/t"


def test_a_folder_is_named_in_full(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository.path.parent)
    assert find_source("repository") == Source(repository.path, given=str(repository.path))


@pytest.mark.parametrize("place", ["missing", "missing file.txt", "C:relative"])
def test_a_place_that_is_neither_url_nor_folder_is_refused(place: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_source(place)
    assert caught.value.message == f"there is no template at {place}"
    assert caught.value.hint == "give a git URL, or a folder with a git repository"


@pytest.mark.parametrize(
    ("value", "given"),
    [
        ("https://ada:secret@x.y/t.git", "https://x.y/t.git"),
        ("https://ada:se@cret@x.y:8/t.git", "https://x.y:8/t.git"),
        ("git+https://token@x.y/t", "git+https://x.y/t"),
        ("git@x.y:a/t.git", "git@x.y:a/t.git"),
        ("ssh://git@x.y/t.git", "ssh://git@x.y/t.git"),
        ("gh:a/t", "gh:a/t"),
    ],
)
def test_a_password_is_used_and_never_said_again(value: str, given: str) -> None:
    assert find_source(value) == Source(value, given=given)


def test_a_tool_installed_from_a_folder_reads_that(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / "my tool"
    folder.mkdir()
    install(monkeypatch, {"url": f"file://{home}/my%20tool", "dir_info": {"editable": True}})
    assert find_source() == Source(folder)
    folder.rmdir()
    with pytest.raises(ScaffoldError, match=r"installed from .*my tool, which is gone") as caught:
        find_source()
    assert "--template" in caught.value.hint


def test_a_wheel_reads_the_bundle_that_it_carries(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, url = home / "template.bundle", home / "template.url"
    bundle.touch()
    url.write_text("https://x.y/t.git\n")
    monkeypatch.setattr(sources, "BUNDLE", bundle)
    monkeypatch.setattr(sources, "URL", url)
    assert find_source() == Source("https://x.y/t.git", ref="v1.2.3", bundle=bundle)
    install(monkeypatch, {"url": "https://x.y/scaffold.whl", "archive_info": {}})
    assert find_source().bundle == bundle


def test_a_tool_that_is_not_installed_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    with pytest.raises(ScaffoldError, match="scaffold is not installed"):
        find_source()


@pytest.mark.parametrize(
    ("origin", "recorded"),
    [
        (None, None),
        ("", None),
        ("/srv/t.git", None),
        ("../t", None),
        ("file:///srv/t.git", None),
        ("git+file:///srv/t", None),
        ("https://x.y/t.git", "https://x.y/t.git"),
        ("https://x.y/t", "git+https://x.y/t"),
        ("https://github.com/a/t", "https://github.com/a/t"),
        ("https://ada:pw@x.y/t", "git+https://x.y/t"),
        ("git@x.y:a/t", "git@x.y:a/t"),
        ("ada@x.y:a/t", "git+ada@x.y:a/t"),
        ("ssh://git@x.y/t", "git+ssh://git@x.y/t"),
        ("gh:a/t", "https://github.com/a/t"),
    ],
)
def test_an_origin_is_recorded_where_others_reach_it(
    origin: str | None, recorded: str | None
) -> None:
    assert sources.shareable_url(origin) == recorded


def test_a_folder_is_read_where_it_is_and_recorded_by_its_origin(
    repository: Repository, tmp_path: Path, console: Console
) -> None:
    here = sources.repository(Source(repository.path), tmp_path, console)
    assert here == (repository.path, f"git+file://{repository.path}")
    repository.git("remote", "add", "origin", "https://ada:pw@github.com/a/t.git")
    assert sources.repository(Source(repository.path), tmp_path, console)[1] == (
        "https://github.com/a/t.git"
    )


def test_a_folder_with_odd_characters_is_recorded_as_a_url(
    tmp_path: Path, console: Console
) -> None:
    odd = make_repository(tmp_path / "my grün template", {"a": ""})
    _, src_path = sources.repository(Source(odd.path), tmp_path, console)
    assert src_path.endswith("/my%20gr%C3%BCn%20template")
    source, recorded = sources.source_of_project(Record(src_path, "v1", {}), None)
    assert (source.location, recorded) == (odd.path, src_path)


def test_a_folder_that_is_no_repository_is_refused(tmp_path: Path, console: Console) -> None:
    with pytest.raises(ScaffoldError, match="is not a git repository, so it has no version"):
        sources.repository(Source(tmp_path), tmp_path, console)


def test_a_shallow_folder_is_refused_with_what_to_do(
    repository: Repository, tmp_path: Path, console: Console
) -> None:
    repository.commit({"a": "2"})
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.path}", str(shallow))
    with pytest.raises(ScaffoldError, match="is a shallow clone") as caught:
        sources.repository(Source(shallow), tmp_path, console)
    assert caught.value.hint == "run `git fetch --unshallow` there"


def test_a_url_is_cloned_into_the_workspace(
    repository: Repository,
    tmp_path: Path,
    console: Console,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = f"file://{repository.path}"
    path, src_path = sources.repository(Source(url), tmp_path, console)
    assert (path, src_path) == (tmp_path / "template.git", f"git+{url}")
    assert (path / "HEAD").is_file()
    assert f"Fetching the template from {url} …" in capsys.readouterr().err


def test_a_url_that_cannot_be_cloned_is_told_without_its_password(
    tmp_path: Path, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://ada:secret@127.0.0.1:9/t.git"
    with pytest.raises(ScaffoldError) as caught:
        sources.repository(Source(url), tmp_path, console)
    said = caught.value.message + caught.value.hint + capsys.readouterr().err
    assert "cannot fetch the template from http://127.0.0.1:9/t.git: git clone: fatal" in said
    assert "secret" not in said


def test_a_bundle_is_unpacked_and_its_url_recorded(
    repository: Repository, tmp_path: Path, console: Console
) -> None:
    bundle = tmp_path / "template.bundle"
    repository.git("bundle", "create", "--quiet", str(bundle), "HEAD", "main")
    source = Source("https://x.y/t.git", bundle=bundle)
    path, src_path = sources.repository(source, tmp_path, console)
    assert src_path == "https://x.y/t.git"
    assert Repository(path).git("show", "HEAD:README.md") == "Hello"


def test_a_broken_bundle_asks_for_a_new_installation(tmp_path: Path, console: Console) -> None:
    (tmp_path / "template.bundle").write_text("broken")
    source = Source("https://x.y/t.git", bundle=tmp_path / "template.bundle")
    with pytest.raises(ScaffoldError, match="cannot read the template in") as caught:
        sources.repository(source, tmp_path, console)
    assert caught.value.hint == "install scaffold again"


def test_what_others_cannot_reach_is_noted(repository: Repository) -> None:
    commit = repository.git("rev-parse", "HEAD")
    local = f"git+file://{repository.path}"
    [note] = sources.notes(repository.path, local, commit, None)
    assert note.startswith(f"the template is {local}, which only this machine has: fine ")
    assert "`scaffold update --template URL`" in note
    assert list(sources.notes("https://x.y/t", "git+https://x.y/t", commit, None)) == []


def test_a_commit_that_nobody_else_has_is_noted(repository: Repository, tmp_path: Path) -> None:
    repository.git("clone", "--quiet", str(repository.path), str(tmp_path / "copy"))
    copy = Repository(tmp_path / "copy")
    pushed = copy.git("rev-parse", "HEAD")
    kept = copy.commit({"a": "1"})
    assert list(sources.notes(copy.path, "https://x.y/t.git", pushed, None)) == []
    [note] = sources.notes(copy.path, "https://x.y/t.git", kept, None)
    assert note.startswith(f"commit {kept[:7]} of the template is not on https://x.y/t.git yet")


@pytest.mark.parametrize(("ref", "noted"), [(None, 1), ("main", 0)])
def test_changes_that_are_not_committed_are_noted_where_they_might_be_meant(
    repository: Repository, ref: str | None, noted: int
) -> None:
    (repository.path / "README.md").write_text("Changed\n")
    commit = repository.git("rev-parse", "HEAD")
    found = list(sources.notes(repository.path, "git+file:///x", commit, ref))
    assert sum("not committed are left out" in note for note in found) == noted


def record(src_path: str) -> Record:
    return Record(src_path, "v1.0.0", {})


def test_a_project_reads_its_template_where_it_is_recorded(home: Path) -> None:
    src_path = "git+https://x.y/t"
    assert sources.source_of_project(record(src_path), None) == (Source("https://x.y/t"), src_path)


def test_another_place_is_read_and_recorded_anew(home: Path, repository: Repository) -> None:
    source, recorded = sources.source_of_project(record("gh:a/t"), str(repository.path))
    assert (source.location, recorded) == (repository.path, "")


def test_the_users_own_clone_is_read_for_what_it_is_a_clone_of(
    home: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.git("remote", "add", "origin", "https://github.com/a/t")
    monkeypatch.setenv("SCAFFOLD_TEMPLATE", str(repository.path))
    assert sources.source_of_project(record("gh:a/t"), None)[0].location == repository.path
    assert sources.source_of_project(record("gh:a/other"), None)[0].location == (
        "https://github.com/a/other.git"
    )


def test_what_the_tool_carries_is_read_without_network(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, url = home / "template.bundle", home / "template.url"
    bundle.touch()
    url.write_text("https://x.y/t.git\n")
    monkeypatch.setattr(sources, "BUNDLE", bundle)
    monkeypatch.setattr(sources, "URL", url)
    assert sources.git_location(record("https://x.y/t.git")) == bundle
    assert sources.git_location(record("https://x.y/other.git")) == "https://x.y/other.git"


@pytest.mark.parametrize(
    ("src_path", "place"),
    [
        ("gh:a/t", "https://github.com/a/t.git"),
        ("git+https://x.y/t", "https://x.y/t"),
        ("https://x.y/t", "https://x.y/t"),
        ("https://ada:pw@x.y/t.git", "https://ada:pw@x.y/t.git"),
        ("git@x.y:a/t", "git@x.y:a/t"),
    ],
)
def test_git_is_asked_at_the_recorded_place(home: Path, src_path: str, place: str) -> None:
    assert str(sources.git_location(record(src_path))).removesuffix(".git") == place.removesuffix(
        ".git"
    )


def test_git_is_asked_in_a_folder_by_its_full_path(
    home: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.path.parent)
    assert sources.git_location(record("repository")) == repository.path
    assert sources.git_location(record(f"git+file://{repository.path}")) == repository.path
