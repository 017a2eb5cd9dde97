"""Releases are put in order by their numbers."""

import pytest

from scaffold.releases import base, is_release, newest, order


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], None),
        (["latest", "release-1.0"], None),
        (["v1.9.0", "v1.10.0", "v1.2.0"], "v1.10.0"),
        (["1.9.9", "v1.10.0", "2.0"], "2.0"),
        (["v2.0.0-rc.1", "v2.0.0a1", "v2.0.0.dev1", "v1.0.0"], "v1.0.0"),
        (["v2.0.0-rc.1"], None),
        (["V3.0.0", "v1.0.0 ", "vv9", "v", "v1."], None),
        (["v1.2.0", "v1.2.0.1"], "v1.2.0.1"),
        (["2026.1.31", "v9.9.9"], "2026.1.31"),
    ],
)
def test_the_newest_is_the_release_with_the_highest_numbers(
    tags: list[str], expected: str | None
) -> None:
    assert newest(tags) == expected
    assert newest(reversed(tags)) == expected


@pytest.mark.parametrize("tag", ["1", "v1", "1.2", "v1.2.3", "v1.2.3.4", "v0.0.0"])
def test_numbers_with_dots_are_a_release(tag: str) -> None:
    assert is_release(tag)


@pytest.mark.parametrize("tag", ["", "v", "v1.", ".1", "1.x", "v1.0-rc1", "v1.0\n", "main"])
def test_anything_else_is_none(tag: str) -> None:
    assert not is_release(tag)


def test_zeros_at_the_end_say_nothing() -> None:
    assert order("v1.2") == order("1.2.0") == (1, 2)
    assert order("v1.0.1") == (1, 0, 1)
    assert order("v0.0.0") == ()


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
    assert base(described) == tag
