"""Alembic revisions that the template brings, joined to those that the project has grown."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

FOLDER = "migrations/versions/"

_ASSIGNED = r"^{name}(?:\s*:[^=\n]+)?\s*=\s*(?P<value>.+?)[ \t\r]*$"
_REVISION = re.compile(_ASSIGNED.format(name="revision"), re.MULTILINE)
_DOWN_REVISION = re.compile(_ASSIGNED.format(name="down_revision"), re.MULTILINE)
_ID_LINE = re.compile(r"^Revision ID: .*$", re.MULTILINE)
_REVISES_LINE = re.compile(r"^Revises:.*$", re.MULTILINE)


@dataclass(frozen=True)
class _Revision:
    id: str
    down: tuple[str, ...]


@dataclass(frozen=True)
class Shortened:
    """A project's revisions after some of the template's went."""

    texts: Mapping[str, str]  # path → text; those that followed one that went have its place
    kept: frozenset[str]  # revisions that one of the user's is built on, and all that follow them


def is_revision(path: str) -> bool:
    """Whether a path is that of a migration."""
    return path.startswith(FOLDER) and path.endswith(".py")


def joined_to_chain(new: Mapping[str, str], grown: Mapping[str, str]) -> dict[str, str]:
    """New revisions that continue what the project has: path → text, for those that have to change.

    A chain must not fork, and no two revisions may have one name. Where the project forked its own
    chain already, only its owner can say where to go on.
    """
    existing = {path: revision for path, text in grown.items() if (revision := _read(text))}
    names = {revision.id for revision in existing.values()}
    followed = {down for revision in existing.values() for down in revision.down}
    heads = sorted(names - followed)
    brought = {path: revision for path, text in new.items() if (revision := _read(text))}
    renamed = {
        revision.id: path.removeprefix(FOLDER).removesuffix(".py")
        for path, revision in brought.items()
        if revision.id in names
    }
    ids = {revision.id for revision in brought.values()}
    changed = {}
    for path, revision in brought.items():
        if set(revision.down) & ids:  # it follows another one that the template brings
            down = tuple(renamed.get(name, name) for name in revision.down)
        else:
            down = (heads[0],) if len(heads) == 1 else revision.down
        name = renamed.get(revision.id, revision.id)
        if (name, down) != (revision.id, revision.down):
            changed[path] = _with_place(new[path], name, down)
    return changed


def down_revision_of(text: str) -> str:
    """The revision that a database is at once this one is taken back."""
    revision = _read(text)
    return ", ".join(revision.down) if revision and revision.down else "base"


def with_place_of(text: str, like: str) -> str:
    """A revision of the template with the name and the place that the project gave it."""
    theirs, ours = _read(text), _read(like)
    return _with_place(text, ours.id, ours.down) if theirs and ours and theirs != ours else text


def without(
    gone: Collection[str], templates: Collection[str], grown: Mapping[str, str]
) -> Shortened:
    """Take revisions out of the chain, unless one of the user's comes later.

    That one may need what they do. History is kept whole then: what follows them stays, too.
    """
    revisions = {path: revision for path, text in grown.items() if (revision := _read(text))}
    after = {path: _later(path, revisions) for path in gone if path in revisions}
    built_on = {path for path, others in after.items() if not others <= set(templates)}
    texts = {path: text for path, text in grown.items() if path not in gone or path in built_on}
    places = {revisions[path].id: revisions[path].down for path in after.keys() - built_on}
    for path in texts.keys() & revisions.keys():
        down = tuple(_resolved(revisions[path].down, places))
        if down != revisions[path].down:
            texts[path] = _with_place(texts[path], revisions[path].id, down)
    return Shortened(texts, frozenset(built_on.union(*(after[path] for path in built_on))))


def _later(path: str, revisions: Mapping[str, _Revision]) -> set[str]:
    """All revisions that come after one in the chain."""
    found: set[str] = set()
    ids = {revisions[path].id}
    while new := {p for p, r in revisions.items() if p not in found and ids & set(r.down)}:
        found |= new
        ids = {revisions[other].id for other in new}
    return found - {path}


def _resolved(down: tuple[str, ...], places: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What a revision follows, once those that go have given it their place."""
    for name in down:
        if name in places:
            yield from _resolved(places[name], places)
        else:
            yield name


def _read(text: str) -> _Revision | None:
    """The revision that a file declares; nothing where it does so in a way of its own."""
    name, down = _REVISION.search(text), _DOWN_REVISION.search(text)
    if not name or not down:
        return None
    try:
        id_, after = ast.literal_eval(name["value"]), ast.literal_eval(down["value"])
    except (ValueError, SyntaxError):
        return None
    several = () if after is None else (after,) if isinstance(after, str) else after
    if not isinstance(several, tuple | list):
        return None
    if not all(isinstance(name, str) for name in (id_, *several)):
        return None
    return _Revision(id_, tuple(several))


def _with_place(text: str, name: str, down: tuple[str, ...]) -> str:
    """The file with another name and another place in the chain."""
    after = f'"{down[0]}"' if len(down) == 1 else repr(down or None)
    text = _REVISION.sub(lambda _: f'revision = "{name}"', text, count=1)
    text = _DOWN_REVISION.sub(lambda _: f"down_revision = {after}", text, count=1)
    text = _ID_LINE.sub(lambda _: f"Revision ID: {name}", text, count=1)
    return _REVISES_LINE.sub(lambda _: f"Revises: {', '.join(down)}".rstrip(), text, count=1)
