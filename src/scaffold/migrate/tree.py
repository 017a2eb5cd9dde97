"""A project's tree with other files, and what that changes."""

from collections.abc import Iterator, Mapping

from scaffold.git.merge_repo import Entry, MergeRepo
from scaffold.update.plan import Change


def with_texts(merge_repo: MergeRepo, tree: str, texts: Mapping[str, str | bytes | None]) -> str:
    """A tree with these files; one without a text is removed."""
    before = merge_repo.entries(tree)
    entries: dict[str, Entry | None] = {}
    for path, text in texts.items():
        if text is None:
            entries[path] = None
            continue
        stored = merge_repo.store_bytes(text.encode() if isinstance(text, str) else text)
        mode = before[path].mode if path in before else stored.mode
        entries[path] = Entry(mode, stored.oid)
    return merge_repo.with_entries(tree, entries)


def texts_of(merge_repo: MergeRepo, tree: str, end: str = "") -> dict[str, bytes]:
    """The files of a tree whose path ends so, links left out."""
    files = {
        path: entry
        for path, entry in merge_repo.entries(tree).items()
        if path.endswith(end) and entry.mode.startswith("100")
    }
    contents = merge_repo.contents(files.values())
    return {path: contents[entry] for path, entry in files.items()}


def changes_between(
    merge_repo: MergeRepo,
    before: str,
    after: str,
    moved: Mapping[str, str],
    merged: Mapping[str, Change],
) -> Iterator[Change]:
    """What happens to each file, in the order of the paths; `moved` is new path → old path."""
    was, now = merge_repo.entries(before), merge_repo.entries(after)
    gone = set(moved.values())
    for path in sorted({*was, *now, *merged}):
        if (path in merged and merged[path].status == "conflict") or (
            path in merged and merged[path].status == "kept" and was.get(path) == now.get(path)
        ):
            yield merged[path]
        elif path in moved:
            yield Change(path, "changed", source=moved[path])
        elif path not in now:
            if path in was and path not in gone:
                yield Change(path, "removed")
        elif path not in was:
            yield Change(path, "added")
        elif was[path] != now[path]:
            known = merged.get(path)
            yield Change(path, "merged" if known and known.status == "merged" else "changed")
