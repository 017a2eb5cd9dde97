"""Releases are put in the order of their versions, and say where a project goes."""

from pathlib import Path

import pytest
from copier._vcs import get_latest_tag

from scaffold.template.releases import described_tag, is_release, newest, short, update_target
from tests.cli.conftest import make_repository


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], None),
        (["latest", "release-1.0"], None),
        (["v1.9.0", "v1.10.0", "v1.2.0"], "v1.10.0"),
        (["1.9.9", "v1.10.0", "2.0"], "2.0"),
        (["v2.0.0-rc.1", "v2.0.0a1", "v2.0.0.dev1", "v1.0.0"], "v1.0.0"),
        (["v2.0.0-rc.1"], None),
        (["vv9", "v", "v1.", "v1.x"], None),
        (["v1.2.0", "v1.2.0.1"], "v1.2.0.1"),
        (["v1.2.0", "v1.2.0.post1"], "v1.2.0.post1"),
        (["v1.2.0", "V1.3.0"], "V1.3.0"),
        (["v1.2.0", "1.2"], "1.2"),
        (["2026.1.31", "v9.9.9"], "2026.1.31"),
    ],
)
def test_the_newest_is_the_release_with_the_highest_version(
    tags: list[str], expected: str | None
) -> None:
    assert newest(tags) == expected
    assert newest(reversed(tags)) == expected


def test_previews_count_if_asked_for() -> None:
    tags = ["v1.9.0", "v2.0.0rc2", "v2.0.0-rc.10", "latest"]
    assert newest(tags, previews=True) == "v2.0.0-rc.10"


def test_the_newest_is_what_copier_takes(tmp_path: Path) -> None:
    tags = [
        "v1.9",
        "1.9.0",
        "v1.10.0",
        "v1.10.0.post1",
        "V1.9.9",
        "2.0rc1",
        "v3.dev0",
        "x4",
        "main",
    ]
    repository = make_repository(tmp_path / "template", {"file": ""})
    for tag in tags:
        repository.git("tag", tag)
        assert newest(repository.git("tag").split()) == get_latest_tag(str(repository.path))


@pytest.mark.parametrize("tag", ["1", "v1", "1.2", "v1.2.3", "v1.2.3.4", "v0.0.0"])
def test_numbers_with_dots_are_a_release(tag: str) -> None:
    assert is_release(tag)


@pytest.mark.parametrize("tag", ["", "v", "v1.", ".1", "1.x", "v1.0-rc1", "main"])
def test_anything_else_is_none(tag: str) -> None:
    assert not is_release(tag)


HEAD = "a" * 40
TAGS = ["v0.9.0", "v0.9.0.1", "v0.9.1", "v1.0.0-rc.1", "latest"]


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [
        ("v0.9.0", "v0.9.1"),
        ("v0.9.0.1", "v0.9.1"),
        ("v0.9.0.1-3-g0123abc", "v0.9.1"),
        ("v0.9.1rc1", "v0.9.1"),
        ("v0.9.1", "v0.9.1"),
        ("v0.9.1-2-g0123abc", HEAD),
        ("v1.0.0-rc.1", HEAD),
        ("v1.0.0-rc.1-2-g0123abc", HEAD),
        ("v1.0.0", None),
        ("v1.0.0-2-g0123abc", None),
        ("latest", "v0.9.1"),
        ("0123abc", "v0.9.1"),
        ("1234567", "v0.9.1"),
    ],
)
def test_a_project_goes_to_the_newest_release_unless_it_is_past_it(
    recorded: str, expected: str | None
) -> None:
    assert update_target(recorded, TAGS, HEAD) == expected


def test_the_newest_release_may_have_two_names() -> None:
    assert update_target("v1.0", ["v1.0", "v1.0.0"], HEAD) == "v1.0"
    assert update_target("v1.0.0", ["v1.0", "v1.0.0"], HEAD) == "v1.0.0"


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [("0123abc", HEAD), ("latest", HEAD), ("v1.0.0-rc.1", HEAD), ("v1.0.0", None)],
)
def test_without_a_release_a_project_goes_to_the_head(recorded: str, expected: str | None) -> None:
    assert update_target(recorded, ["latest", "v1.0.0-rc.1"], HEAD) == expected


@pytest.mark.parametrize(
    ("described", "tag"),
    [
        ("v1.2.0-3-g0123abc", "v1.2.0"),
        ("my-tag-1-12-gabcdef0123", "my-tag-1"),
        ("v1.2.0", None),
        ("0123abc", None),
        ("v1.2.0-3-g012", None),
        ("v1.2.0-3-gxyz1234", None),
        ("-3-g0123abc", None),
    ],
)
def test_a_described_commit_names_the_tag_it_counts_from(described: str, tag: str | None) -> None:
    assert described_tag(described) == tag


@pytest.mark.parametrize(
    ("recorded", "digits"),
    [("", 7), ("v1.2.0", 7), ("main", 7), ("0123abcd4", 9), ("v1.2.0-3-g0123abcd", 8)],
)
def test_a_commit_has_as_many_digits_as_what_it_stands_beside(recorded: str, digits: int) -> None:
    commit = "89abcdef" * 5
    assert short(commit, recorded) == commit[:digits]
