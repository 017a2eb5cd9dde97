"""Revisions of the template are joined to those that a project has grown."""

import pytest

from scaffold.update import migrations
from scaffold.update.migrations import FOLDER


def revision(name: str, *down: str) -> str:
    """A migration as Alembic writes it."""
    after = repr(down) if len(down) > 1 else f'"{down[0]}"' if down else "None"
    revises = f"Revises: {', '.join(down)}".rstrip()
    return (
        f'"""Change\n\nRevision ID: {name}\n{revises}\n"""\n\n'
        f'revision = "{name}"\ndown_revision = {after}\nbranch_labels = None\n'
    )


def files(**texts: str) -> dict[str, str]:
    return {f"{FOLDER}{name}.py": text for name, text in texts.items()}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("migrations/versions/0001.py", True),
        ("migrations/versions/a/b.py", True),
        ("migrations/versions/README.md", False),
        ("migrations/env.py", False),
        ("app/migrations/versions/0001.py", False),
    ],
)
def test_a_revision_is_known_by_its_path(path: str, expected: bool) -> None:
    assert migrations.is_revision(path) is expected


def test_a_new_revision_follows_the_projects_last() -> None:
    grown = files(items=revision("items"), mine=revision("mine", "items"))
    new = files(users=revision("users", "items"))
    assert migrations.joined_to_chain(new, grown) == files(users=revision("users", "mine"))


def test_a_chain_that_fits_already_is_left_as_it_is() -> None:
    assert (
        migrations.joined_to_chain(
            files(users=revision("users", "items")), files(items=revision("items"))
        )
        == {}
    )
    assert migrations.joined_to_chain(files(items=revision("items")), {}) == {}
    assert migrations.joined_to_chain({}, files(items=revision("items"))) == {}


def test_new_revisions_stay_one_behind_the_other() -> None:
    grown = files(items=revision("items"), mine=revision("mine", "items"))
    new = files(b=revision("b", "a"), a=revision("a", "items"))
    assert migrations.joined_to_chain(new, grown) == files(a=revision("a", "mine"))


def test_a_name_that_is_taken_becomes_that_of_the_file() -> None:
    grown = files(mine=revision("users"))
    new = files(template_users=revision("users"), after=revision("after", "users"))
    assert migrations.joined_to_chain(new, grown) == files(
        template_users=revision("template_users", "users"),
        after=revision("after", "template_users"),
    )


def test_a_fork_is_left_to_its_owner() -> None:
    grown = files(root=revision("root"), a=revision("a", "root"), b=revision("b", "root"))
    assert migrations.joined_to_chain(files(new=revision("new", "root")), grown) == {}


def test_a_fork_that_was_merged_has_one_head() -> None:
    grown = files(
        root=revision("root"),
        a=revision("a", "root"),
        b=revision("b", "root"),
        both=revision("both", "a", "b"),
    )
    new = files(new=revision("new", "root"))
    assert migrations.joined_to_chain(new, grown) == files(new=revision("new", "both"))


@pytest.mark.parametrize("after", ["7", "True", "{'a': 1}", "['items', 7]", "len('abc')"])
def test_a_revision_that_follows_what_is_no_name_is_no_part_of_the_chain(after: str) -> None:
    odd = revision("odd").replace("down_revision = None", f"down_revision = {after}")
    new = files(users=revision("users", "items"))
    grown = files(items=revision("items"), mine=revision("mine", "items"), odd=odd)
    assert migrations.joined_to_chain(new, grown) == files(users=revision("users", "mine"))


def test_a_file_that_declares_no_revision_is_no_part_of_the_chain() -> None:
    grown = files(items=revision("items"), helper="x = 1\n", odd="revision = name()\n")
    new = files(notes="x = 1\n", users=revision("users", "items"))
    assert migrations.joined_to_chain(new, grown) == {}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (revision("b", "a"), "a"),
        (revision("c", "a", "b"), "a, b"),
        (revision("a"), "base"),
        ("x = 1\n", "base"),
        ("revision: str = 'b'\ndown_revision: str | None = 'a'\n", "a"),
        ("revision = 'b'\r\ndown_revision = 'a'\r\n", "a"),
        ("revision = 'b'  # mine\ndown_revision = ['a', 'x']\n", "a, x"),
        ("revision = make()\ndown_revision = 'a'\n", "base"),
        ("revision = 'b'\ndown_revision = ('a'\n", "base"),
        ("down_revision = 'a'\n", "base"),
        ("    revision = 'b'\n    down_revision = 'a'\n", "base"),
    ],
)
def test_the_place_before_a_revision_is_read_from_its_text(text: str, place: str) -> None:
    assert migrations.down_revision_of(text) == place


def test_a_revision_is_placed_where_the_project_has_it() -> None:
    theirs = revision("users", "items").replace("branch_labels", "labels")
    with_place_of = migrations.with_place_of(theirs, revision("mine_users", "mine"))
    assert with_place_of == revision("mine_users", "mine").replace("branch_labels", "labels")


@pytest.mark.parametrize("like", [revision("users", "items"), "x = 1\n"])
def test_a_revision_stays_where_there_is_no_other_place(like: str) -> None:
    text = revision("users", "items")
    assert migrations.with_place_of(text, like) == text


def test_a_revision_that_begins_a_chain_or_follows_several_can_be_placed() -> None:
    text = revision("users", "items")
    assert migrations.with_place_of(text, revision("users")) == revision("users")
    assert migrations.with_place_of(text, revision("users", "a", "b")) == revision(
        "users", "a", "b"
    )


def test_empty_lines_around_the_declarations_stay() -> None:
    text = "x = 1\n\nrevision = 'a'\n\ndown_revision = 'b'  \n\n\ndef upgrade() -> None: ...\n"
    assert migrations.with_place_of(text, revision("mine", "last")) == (
        'x = 1\n\nrevision = "mine"\n\ndown_revision = "last"\n\n\ndef upgrade() -> None: ...\n'
    )


# The template's are a to d, one behind the other; what else there is, is the user's.
CHAIN = files(
    a=revision("a"), b=revision("b", "a"), c=revision("c", "b"), d=revision("d", "c"), x="x = 1\n"
)


def paths(names: str) -> set[str]:
    return {f"{FOLDER}{name}.py" for name in names}


@pytest.mark.parametrize(
    ("gone", "places"),
    [
        ("", {}),
        ("d", {}),
        ("c", {"d": "b"}),
        ("bc", {"d": "a"}),
        ("ac", {"b": "", "d": "b"}),
        ("abc", {"d": ""}),
        ("abcdx", {}),
    ],
)
def test_what_follows_a_revision_that_goes_gets_its_place(
    gone: str, places: dict[str, str]
) -> None:
    left = migrations.without(paths(gone), paths("abcdx"), CHAIN)
    moved = files(**{name: revision(name, *down) for name, down in places.items()})
    stay = {path: text for path, text in CHAIN.items() if path not in paths(gone)}
    assert left.texts == stay | moved
    assert left.kept == set()


@pytest.mark.parametrize(
    ("gone", "mine", "kept"),
    [
        ("d", revision("m", "d"), "dm"),
        ("b", revision("m", "d"), "bcdm"),  # it may need a table that b made
        ("ab", revision("m", "b"), "abcdm"),  # what follows b stays as it was, too
        ("c", revision("m", "x", "c"), "cdm"),
        ("d", revision("m", "c"), ""),
    ],
)
def test_a_revision_that_one_of_the_users_comes_after_is_kept_with_all_that_follow(
    gone: str, mine: str, kept: str
) -> None:
    grown = CHAIN | files(m=mine)
    left = migrations.without(paths(gone), paths("abcdx"), grown)
    assert left.kept == paths(kept)
    assert left.texts == (
        grown if kept else {path: text for path, text in grown.items() if path not in paths(gone)}
    )


def test_revisions_that_follow_each_other_in_a_circle_end_no_run() -> None:
    circle = files(a=revision("a", "b"), b=revision("b", "a"))
    left = migrations.without(paths("a"), paths("ab"), circle)
    assert left.texts == files(b=revision("b", "b"))
