"""A template is opened at one version or at two, and its questions are read from there."""

from pathlib import Path

import pytest

from scaffold.console import Console
from scaffold.errors import ScaffoldError, UsageError
from scaffold.template.answers_file import Record
from scaffold.template.open_template import open_template, open_versions
from scaffold.template.request import TemplateRequest
from tests.cli.conftest import Repository, make_repository


def questions(folder: Path, name: str) -> list[str]:
    """What a template with this file asks."""
    repository = make_repository(folder / "template", {name: "colour: red\n"})
    with open_template(TemplateRequest(template=str(repository.path)), Console()) as opened:
        return list(opened.questions)


def test_a_folder_is_read_at_its_last_commit(released: Repository, console: Console) -> None:
    with open_template(TemplateRequest("api", template=str(released.path)), console) as opened:
        assert opened.repository == released.path
        assert opened.commit == opened.version == released.git("rev-parse", "HEAD")
        assert opened.src_path == f"git+file://{released.path}"
        assert opened.given == str(released.path)
        assert opened.workspace.is_dir()
        assert list(opened.questions) == [
            "project_name",
            "framework",
            "database",
            "auth",
            "websockets",
        ]
    assert not opened.workspace.exists()


def test_a_url_is_read_at_its_newest_release(released: Repository, console: Console) -> None:
    request = TemplateRequest("api", template=f"git+file://{released.path}")
    with open_template(request, console) as opened:
        assert opened.version == "v1.1.0"
        assert opened.commit == released.git("rev-parse", "v1.1.0")
        assert opened.repository.parent == opened.workspace


def test_a_url_without_a_release_is_read_at_its_head(tmp_path: Path, console: Console) -> None:
    repository = make_repository(tmp_path / "t", {"copier.yml": "name: api\n"})
    repository.git("tag", "v1.0.0-rc1")
    with open_template(
        TemplateRequest("api", template=f"file://{repository.path}"), console
    ) as opened:
        assert opened.version == opened.commit == repository.git("rev-parse", "HEAD")


@pytest.mark.parametrize(("ref", "is_kept"), [("v1.0.0", True), ("main", False)])
def test_a_tag_is_pinned_by_its_name_and_a_branch_by_its_commit(
    released: Repository, console: Console, ref: str, is_kept: bool
) -> None:
    request = TemplateRequest("api", template=str(released.path), ref=ref)
    with open_template(request, console) as opened:
        assert opened.commit == released.git("rev-parse", f"{ref}^{{commit}}")
        assert opened.version == (ref if is_kept else opened.commit)


def test_a_version_that_is_not_there_is_refused(released: Repository, console: Console) -> None:
    request = TemplateRequest("api", template=str(released.path), ref="v9")
    with pytest.raises(UsageError) as caught, open_template(request, console):
        pass
    assert caught.value.message == "the template has no version 'v9'"
    assert caught.value.hint == "--ref takes a tag, a branch or a commit"


@pytest.mark.parametrize("name", ["copier.yml", "copier.yaml"])
def test_both_names_of_the_file_are_read(tmp_path: Path, name: str) -> None:
    assert questions(tmp_path, name) == ["colour"]


def test_a_repository_without_the_file_is_no_template(tmp_path: Path) -> None:
    with pytest.raises(ScaffoldError) as caught:
        questions(tmp_path, "README.md")
    assert (caught.value.message, caught.value.hint) == (
        "the template has no copier.yml",
        "is it a Copier template?",
    )


def test_a_template_that_is_open_is_not_opened_again(
    released: Repository, console: Console
) -> None:
    with open_template(TemplateRequest("api", template=str(released.path)), console) as first:
        again = TemplateRequest("api", template="missing", opened=first)
        with open_template(again, console) as second:
            assert second is first


def record(released: Repository, commit: str) -> Record:
    return Record(f"git+file://{released.path}", commit, {})


@pytest.mark.parametrize(
    ("commit", "to", "new"),
    [
        ("v1.0.0", None, "v1.1.0"),
        ("v1.1.0", None, "v1.1.0"),
        ("v1.1.0", "v1.0.0", "v1.0.0"),
        ("v1.0.0", "v1.0.0", "v1.0.0"),
    ],
)
def test_a_project_goes_to_the_newest_release_or_where_it_is_told(
    released: Repository, console: Console, commit: str, to: str | None, new: str
) -> None:
    with open_versions(record(released, commit), to, None, console) as (old, found):
        assert (old.version, found.version) == (commit, new)
        assert found.commit == released.git("rev-parse", new)
        assert old.src_path == found.src_path == f"git+file://{released.path}"


def test_a_project_past_the_newest_release_goes_to_the_head(
    tmp_path: Path, console: Console
) -> None:
    repository = make_repository(tmp_path / "t", {"copier.yml": "a: 1\n"})
    repository.git("tag", "v1.0.0")
    middle = repository.commit({"b": "1"})
    head = repository.commit({"c": "1"})
    with open_versions(record(repository, middle[:8]), None, None, console) as (_, new):
        assert (new.commit, new.version) == (head, f"v1.0.0-2-g{head[:7]}")


def test_a_maintenance_release_goes_to_the_newest_release_and_not_to_the_head(
    tmp_path: Path, console: Console
) -> None:
    repository = make_repository(tmp_path / "t", {"copier.yml": "a: 1\n"})
    repository.git("tag", "v0.9.0")
    repository.commit({"b": "1"})
    repository.git("tag", "v0.9.1")
    repository.commit({"unreleased": "1"})
    repository.git("switch", "--quiet", "-c", "maintenance", "v0.9.0")
    repository.commit({"fix": "1"})
    repository.git("tag", "v0.9.0.1")
    later = repository.commit({"fix": "2"})
    repository.git("switch", "--quiet", "main")
    for commit in ("v0.9.0.1", f"v0.9.0.1-1-g{later[:7]}"):
        with open_versions(record(repository, commit), None, None, console) as (_, new):
            assert new.version == "v0.9.1"


def test_a_project_is_where_its_history_says_and_not_where_the_nearest_tag_does(
    tmp_path: Path, console: Console
) -> None:
    repository = make_repository(tmp_path / "t", {"copier.yml": "a: 1\n"})
    first = repository.git("rev-parse", "HEAD")
    middle = repository.commit({"b": "1"})
    repository.git("tag", "nightly")
    head = repository.commit({"c": "1"})
    repository.git("tag", "v1.0.0", first)  # later than the project was made
    for commit in (middle[:7], "nightly", f"nightly-1-g{head[:7]}"):
        with open_versions(record(repository, commit), None, None, console) as (_, new):
            assert new.commit == head


@pytest.mark.parametrize("commit", ["v9.0.0", "0123456"])
def test_a_version_that_the_template_lost_is_an_error(
    released: Repository, console: Console, commit: str
) -> None:
    with (
        pytest.raises(ScaffoldError) as caught,
        open_versions(record(released, commit), None, None, console),
    ):
        pass
    assert caught.value.message == (
        f"git+file://{released.path} has no version {commit}, from which this project was made"
    )
    assert caught.value.exit_code == 1


def test_a_version_to_go_to_that_is_not_there_is_wrong_usage(
    released: Repository, console: Console
) -> None:
    with (
        pytest.raises(UsageError) as caught,
        open_versions(record(released, "v1.0.0"), "v9", None, console),
    ):
        pass
    assert caught.value.hint == "--to takes a tag, a branch or a commit"


def test_a_template_read_elsewhere_is_recorded_there(
    released: Repository, tmp_path: Path, console: Console
) -> None:
    released.git("clone", "--quiet", "--bare", str(released.path), str(tmp_path / "moved.git"))
    moved = f"git+file://{tmp_path / 'moved.git'}"
    with open_versions(record(released, "v1.0.0"), None, moved, console) as (old, new):
        assert old.src_path == new.src_path == moved
