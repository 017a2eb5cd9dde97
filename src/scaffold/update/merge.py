"""Three sides in, a plan out: what a project becomes when its template's rendering changes.

The base is what the template made of the project's answers, the other sides are the project as it is and what the
template makes of it now. git merges the trees, so renames follow; here stands what git cannot know of templates.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from scaffold.git.merge_repo import Entry, MergeRepo, MergeResult, Tree
from scaffold.template import answers_file
from scaffold.update import imports, migrations
from scaffold.update.plan import BrokenImport, Change

DELETED_BY_YOU = "you deleted it"
YOURS_FROM_THE_START = "it is yours, and the template leaves it alone"
BUILT_ON = "a later migration of yours follows it"
DELETED_BY_TEMPLATE = (
    "the template deleted it, and you changed it: `git add` it to keep it, or `git rm` it"
)
REPLACED_BY_TEMPLATE = (
    "the template has {} in its place, and you changed it: make your change there and `git rm` it, "
    "or `git add` it to keep it"
)
BOTH_ADDED = "you and the template both added it: edit it, then `git add` it"
IGNORED_CHANGED = "git ignores it: edit it where it says <<<<<<<"
IGNORED_DELETED = "the template deleted it, and git ignores it: delete it if you do not need it"
BOTH_CHANGED = "edit it where it says <<<<<<<, then `git add` it"
BINARY = (
    "no text: take the template's with `git checkout --theirs`, or keep yours; then `git add` it"
)
NOT_BY_LINES = (
    "git does not merge it by lines: take the template's with `git checkout --theirs`, or keep yours; "
    "then `git add` it"
)
ELSEWHERE = "you and the template moved or replaced it: choose, then `git add` or `git rm` it"

# Less alike than what a merge follows, and enough to name the file that took another's place: of all pairs that the
# template had so far, in both frameworks and between them, none was wrong at 15%.
_SUCCESSOR = "20%"


@dataclass(frozen=True)
class Merge:
    """The project before and after, and what happens to each file."""

    ours: str
    tree: str
    changes: tuple[Change, ...]
    conflicts: Mapping[str, Mapping[int, Entry]]  # path → stage → what it has to say
    has_lock_file: bool  # whether the project has a lock file in git
    imports: tuple[BrokenImport, ...] = ()

    @property
    def touched_paths(self) -> set[str]:
        """The paths that are written or removed, or that get a conflict."""
        sources = {change.source for change in self.changes if change.source}
        return {change.path for change in self.changes if change.status != "kept"} | sources


def merge_renderings(
    merge_repo: MergeRepo,
    old: Path,
    new: Path,
    label: str,
    generate_once: Collection[str],
    project: str | None = None,
) -> Merge:
    """Merge the template's change from one rendering to the other into the project.

    `project` is its tree, where another one than that of the last commit takes part.
    """
    ours = _project_tree(merge_repo, project or merge_repo.head_tree(), old, new)
    mine = merge_repo.entries(ours)
    kept = _keep_generated_once(merge_repo, mine, old, new, generate_once)
    merge_repo.copy_attributes({*mine, *_files(old), *_files(new)})
    base, theirs = merge_repo.write_tree(old, ours), merge_repo.write_tree(new, ours)
    if _follow_line_endings(merge_repo, base, ours, theirs, old, new):
        base, theirs = merge_repo.write_tree(old, ours), merge_repo.write_tree(new, ours)
    base = merge_repo.with_entries(base, {answers_file.NAME: mine.get(answers_file.NAME)})
    merged = merge_repo.merge(base, ours, theirs, label)
    moved_by_template = merge_repo.renames(base, theirs)
    merged = _keep_deleted(merge_repo, merged, mine, moved_by_template)
    changes = _changes(merge_repo, base, ours, theirs, merged, kept)
    return Merge(
        ours,
        merged.tree,
        tuple(changes),
        merged.conflicts,
        "uv.lock" in mine,
        _broken_imports(merge_repo, base, ours, theirs, merged),
    )


def _project_tree(merge_repo: MergeRepo, head: str, old: Path, new: Path) -> str:
    """The project's last commit, and what git does not know but the template does."""
    known = merge_repo.entries(head).keys() | merge_repo.worktree.tracked_paths()
    unknown = {
        path: merge_repo.store_file(path)
        for path in sorted({*_files(old), *_files(new)} - known)
        if (merge_repo.worktree.project / path).is_file()
    }
    return merge_repo.with_entries(head, unknown)


def _keep_generated_once(
    merge_repo: MergeRepo, mine: Tree, old: Path, new: Path, generate_once: Collection[str]
) -> dict[str, str]:
    """Take out of the template's change what is the user's alone; path → why."""
    kept = {}
    for path in sorted(generate_once):
        if (old / path).is_file():
            if (new / path).is_file() and not _same(old / path, new / path):
                (new / path).write_bytes((old / path).read_bytes())
                kept[path] = YOURS_FROM_THE_START
        elif path in mine:
            (new / path).unlink()
            kept[path] = YOURS_FROM_THE_START
    return kept | _join_migrations(merge_repo, mine, old, new)


def _join_migrations(merge_repo: MergeRepo, mine: Tree, old: Path, new: Path) -> dict[str, str]:
    """Join new migrations to the project's own, and keep those that its own are built on."""
    grown = {
        path: merge_repo.content(entry).decode("utf-8", "replace")
        for path, entry in mine.items()
        if migrations.is_revision(path)
    }
    before, after = (set(filter(migrations.is_revision, _files(side))) for side in (old, new))
    gone = (before - after) & grown.keys()
    chain = migrations.without(gone, before, grown)
    for side, paths, texts in ((old, before, grown), (new, after, chain.texts)):
        for path in paths & texts.keys():
            text = (side / path).read_text(encoding="utf-8")
            _write(side / path, migrations.with_place_of(text, texts[path]))
    kept = {}
    for path in sorted(chain.kept & before):
        if path in gone or not _same(old / path, new / path):
            (new / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).write_bytes((old / path).read_bytes())
            kept[path] = BUILT_ON
    brought = {
        path: (new / path).read_text(encoding="utf-8")
        for path in sorted(after - before - mine.keys())
    }
    for path, text in migrations.joined_to_chain(brought, chain.texts).items():
        _write(new / path, text)
    return kept


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _follow_line_endings(
    merge_repo: MergeRepo, base: str, ours: str, theirs: str, old: Path, new: Path
) -> bool:
    """Have the template speak CRLF where the user made a whole file do so; tell whether it had to."""
    written = False
    mine = merge_repo.entries(ours)
    moved_by_user = {was: now for now, was in merge_repo.renames(base, ours).items()}
    moved_by_template = {was: now for now, was in merge_repo.renames(base, theirs).items()}
    for path, entry in merge_repo.entries(base).items():
        now = mine.get(moved_by_user.get(path, path))
        if now and now.oid != entry.oid and entry.mode.startswith("100"):
            text = merge_repo.content(now)
            if text and text.count(b"\n") == text.count(b"\r\n") > 0:
                for file in (old / path, new / moved_by_template.get(path, path)):
                    if file.is_file() and b"\r" not in (content := file.read_bytes()):
                        file.write_bytes(content.replace(b"\n", b"\r\n"))
                        written = True
    return written


def _keep_deleted(
    merge_repo: MergeRepo, merged: MergeResult, mine: Tree, moved_by_template: Mapping[str, str]
) -> MergeResult:
    """A file that the user deleted stays deleted, whatever the template made of it."""
    deleted = [
        path
        for path, stages in merged.conflicts.items()
        # A link of the user's in the file's place is no deletion; git then puts the file at PATH~VERSION.
        if set(stages) == {1, 3}
        and moved_by_template.get(path, path) not in mine
        and path.rpartition("~")[0] not in merged.conflicts
    ]
    return MergeResult(
        merge_repo.with_entries(merged.tree, dict.fromkeys(deleted)),
        {path: stages for path, stages in merged.conflicts.items() if path not in deleted},
    )


def _broken_imports(
    merge_repo: MergeRepo, base: str, ours: str, theirs: str, merged: MergeResult
) -> tuple[BrokenImport, ...]:
    """What the user's files import and the template takes away, and the other way round."""
    sides = [merge_repo.entries(tree) for tree in (base, ours, theirs, merged.tree)]
    before, mine, new, result = (
        {p: e for p, e in side.items() if _is_python(p, e)} for side in sides
    )
    if result == mine:
        return ()
    contents = merge_repo.contents(
        entry for side in (before, mine, new, result) for entry in side.values()
    )
    base_files, my_files, new_files, files = (
        {path: contents[entry].decode("utf-8", "replace") for path, entry in side.items()}
        for side in (before, mine, new, result)
    )
    settled = result.keys() - merged.conflicts.keys()
    own = {path for path in settled if result[path] != new.get(path)}
    written = {path for path in settled if result[path] != mine.get(path)}
    by_template, by_user = (
        {old: path for path, old in merge_repo.renames(base, side, _SUCCESSOR).items()}
        for side in (theirs, ours)
    )
    entry = sides[3].get("pyproject.toml")
    dependencies = merge_repo.content(entry).decode("utf-8", "replace") if entry else ""
    dropped = imports.dropped_packages(base_files, new_files, dependencies)
    taken = imports.broken_imports(my_files, files, own, by_template, dropped)
    missing = imports.broken_imports(new_files, files, written, by_user)
    # What was broken before the update is no news.
    known = imports.broken_imports(new_files, my_files, my_files if missing else (), {})
    broken = {(by_template.get(item.path, item.path), item.name) for item in known}
    news = {item for item in missing if (item.path, item.name) not in broken}
    return tuple(sorted(news.union(taken), key=lambda item: (item.path, item.line, item.name)))


def _is_python(path: str, entry: Entry) -> bool:
    return path.endswith(".py") and entry.mode.startswith("100")


def _changes(
    merge_repo: MergeRepo,
    base: str,
    ours: str,
    theirs: str,
    merged: MergeResult,
    kept: Mapping[str, str],
) -> Iterator[Change]:
    """What happens to each file, in the order of the paths."""
    before, now = merge_repo.entries(base), merge_repo.entries(ours)
    later, result = merge_repo.entries(theirs), merge_repo.entries(merged.tree)
    moved = merge_repo.renames(ours, merged.tree)
    moved_by_user = set(merge_repo.renames(base, ours).values())
    changed = set(merge_repo.renames(base, theirs).values())
    changed |= {path for path, entry in before.items() if later.get(path, entry) != entry}
    gone = set(moved.values())
    successors = {was: new for new, was in merge_repo.renames(base, theirs, _SUCCESSOR).items()}
    ignored = merge_repo.ignored_paths(merged.conflicts)
    for path in sorted({*before, *now, *later, *result, *merged.conflicts}):
        mine, outcome = now.get(path), result.get(path)
        if path in merged.conflicts:
            marked = outcome is not None and is_marked(merge_repo.content(outcome))
            stages = merged.conflicts[path]
            to_do = _conflict_hint(merge_repo, stages, marked=marked, ignored=path in ignored)
            if to_do == DELETED_BY_TEMPLATE and path in successors:
                to_do = REPLACED_BY_TEMPLATE.format(successors[path])
            yield Change(path, "conflict", to_do, moved.get(path))
        elif outcome != mine:
            if outcome is None:
                if path not in gone:
                    yield Change(path, "removed", _removal_note(merge_repo, path, now[path]))
            elif path in moved:
                origin = moved[path]
                same = now[origin] == before.get(origin)
                yield Change(path, "changed" if same else "merged", source=origin)
            elif mine is None:
                yield Change(path, "added")
            else:
                yield Change(path, "changed" if mine == before.get(path) else "merged")
        elif path in kept:
            yield Change(path, "kept", kept[path])
        elif mine is None and path in changed - moved_by_user:
            yield Change(path, "kept", DELETED_BY_YOU)


def _removal_note(merge_repo: MergeRepo, path: str, entry: Entry) -> str:
    """What the removal of a file leaves to the user."""
    if not migrations.is_revision(path):
        return ""
    place = migrations.down_revision_of(merge_repo.content(entry).decode("utf-8", "replace"))
    return f"no table is dropped: first take each database that ran it back to {place}"


def is_marked(content: bytes) -> bool:
    """Whether the markers of a conflict are in a file, in whatever size the user has them."""
    return re.search(rb"(?m)^<+ you(rs)?[:\r\n]", content) is not None


def _conflict_hint(
    merge_repo: MergeRepo, stages: Mapping[int, Entry], *, marked: bool, ignored: bool
) -> str:
    if set(stages) == {1, 2}:
        return IGNORED_DELETED if ignored else DELETED_BY_TEMPLATE
    if not {2, 3} <= set(stages):
        return ELSEWHERE
    if any(b"\0" in merge_repo.content(stages[stage])[:8000] for stage in (2, 3)):
        return BINARY
    if not marked:
        return NOT_BY_LINES
    if ignored:
        return IGNORED_CHANGED
    return BOTH_CHANGED if 1 in stages else BOTH_ADDED


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_symlink() or path.is_file():
            yield path.relative_to(folder).as_posix()


def _same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()
