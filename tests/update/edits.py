"""Random edits of a user, and what a project with them must become when its template changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from random import Random

from tests.update import release
from tests.update.edited import APART, LONGEST, Edited, File, Files, Hunk

NOT_EDITED = (".copier-answers.yml", release.ONCE)
# Folders that a user may give another name.
FOLDERS = {"tests/": "checks/", "app/items/": "app/things/", "app/auth/": "app/accounts/"}


@dataclass
class Outcome:
    """What an update may and must lead to."""

    # Where nothing conflicts.
    files: Files = field(default_factory=dict)
    # Of each of these, one path is a conflict; and of the others, only these may be.
    must: list[set[str]] = field(default_factory=list)
    may: set[str] = field(default_factory=set)
    # Conflicts in which the user's file is left as it is, and those with these lines of the template.
    stays: Files = field(default_factory=dict)
    marked: dict[str, set[bytes]] = field(default_factory=dict)


class Edits:
    """What one user did to one project; the same number leads to the same edits."""

    def __init__(self, number: int, old: Files, new: Files) -> None:
        self.random = Random(number)  # noqa: S311, to be repeated and not to be secret
        self.told: list[str] = []
        self.created: Files = {}
        self.uncommitted: Files = {}
        self._added = {path: new[path] for path in release.ADDED}
        self._number = number
        self._written = count()
        self._files = {
            path: Edited(
                path,
                file,
                place := release.place(path),
                new[place] if place else None,
                path,
                executable=file.executable,
            )
            for path, file in sorted(old.items())
        }

    def make(self) -> None:
        """Edit at random: apart from what the template changes, and in some projects also where it does."""
        apart: list[Callable[[], None]] = [
            *[self._change_lines] * 4,
            *[self._insert_lines] * 4,
            *[self._delete_lines] * 3,
            *[self._move_lines] * 2,
            self._delete_file,
            self._move_file,
            self._create_file,
            self._make_executable,
            self._end_lines_as_windows,
            self._leave_the_last_line_open,
            self._create_uncommitted,
            self._edit_uncommitted,
        ]
        together: list[Callable[[], None]] = [
            *[self._change_the_same_lines] * 3,
            *[self._change_lines_nearby] * 2,
            self._edit_what_is_deleted,
            self._move_what_is_renamed,
            self._create_what_is_added,
        ]
        if self.random.random() < 0.15:
            self._move_folder()
        for _ in range(self.random.randint(1, 8)):
            self.random.choice(apart)()
        if self.random.random() < 0.4:
            for _ in range(self.random.randint(1, 2)):
                self.random.choice(together)()

    @property
    def committed(self) -> Files:
        """The project's files, apart from what the user did not commit."""
        kept = {edited.mine: edited.ours for edited in self._files.values() if edited.mine}
        return kept | self.created

    def outcome(self) -> Outcome:
        """What these edits and the template's change make together."""
        outcome = Outcome()
        for edited in self._files.values():
            _decide(edited, outcome)
        folders = {old: new for old, new in FOLDERS.items() if self._left(old)}
        for path, file in self._added.items():
            if path not in self.created:
                outcome.files[_follow(path, folders)] = file
            elif self.created[path] != file:
                outcome.must.append({path})
        for path in self.created.keys() & release.RENAMED.values():
            outcome.must.append({path})
        old, new = release.RENAMED_FOLDER
        for path, file in self.created.items():
            outcome.files.setdefault(_follow(path, {old: new}), file)
        outcome.files |= self.uncommitted
        return outcome

    def _left(self, folder: str) -> bool:
        """Whether the user moved all of a folder."""
        return not any(path.startswith(folder) for path in self.committed)

    def _lines(self, number: int) -> tuple[bytes, ...]:
        """Lines that nobody else wrote."""
        return tuple(
            f"# user-{self._number}-{next(self._written)}\n".encode() for _ in range(number)
        )

    def _tell(self, what: str) -> None:
        self.told.append(what)

    def _text(self, wanted: Callable[[Edited], object] = lambda _: True) -> Edited | None:
        """A text that is there to be edited; more often than not one that the template changes too."""
        there = [
            edited
            for edited in self._files.values()
            if edited.mine
            and edited.path not in NOT_EDITED
            and edited.before.content
            and b"\0" not in edited.before.content
            and (edited.mine == edited.path or edited.recognisable)
            and wanted(edited)
        ]
        changed = [
            edited
            for edited in there
            if (edited.theirs, edited.after) != (edited.path, edited.before)
        ]
        if changed and self.random.random() < 0.7:
            there = changed
        return self.random.choice(there) if there else None

    def _range(self, edited: Edited, length: int) -> Hunk | None:
        """Lines to edit that are apart from what the template changes, often just so."""
        count = len(edited.before.content.splitlines())
        starts = [
            start
            for start in range(count - length + 1)
            if edited.apart(place := Hunk(start, start + length, ())) and edited.free(place)
        ]
        near = [
            start
            for start in starts
            if any(
                Hunk(start, start + length, ()).gap(other) == APART
                for other in edited.template_changes
            )
        ]
        if near and self.random.random() < 0.5:
            starts = near
        if not starts:
            return None
        start = self.random.choice(starts)
        return Hunk(start, start + length, ())

    def _edit(self, edited: Edited, what: str, *changes: Hunk) -> None:
        edited.changes += changes
        places = ", ".join(
            f"{change.start + 1}:{change.end + 1}→{len(change.lines)}" for change in changes
        )
        self._tell(f"{what} {edited.path} ({places})")

    def _edit_lines(self, what: str, taken: int, given: int) -> None:
        edited = self._text(lambda edited: edited.after)
        place = self._range(edited, taken) if edited else None
        if edited and place:
            self._edit(edited, what, replace(place, lines=self._lines(given)))

    def _change_lines(self) -> None:
        self._edit_lines("change", self._few(), self._few())

    def _insert_lines(self) -> None:
        self._edit_lines("insert", 0, self._few())

    def _delete_lines(self) -> None:
        self._edit_lines("delete", self._few(), 0)

    def _few(self) -> int:
        return self.random.randint(1, LONGEST)

    def _move_lines(self) -> None:
        edited = self._text(lambda edited: edited.after)
        source = self._range(edited, self._few()) if edited else None
        target = self._range(edited, 0) if edited else None
        if edited and source and target and source.gap(target) > LONGEST:
            lines = edited.before.content.splitlines(keepends=True)[source.start : source.end]
            self._edit(edited, "move", source, replace(target, lines=tuple(lines)))

    def _delete_file(self) -> None:
        edited = self._text(lambda edited: not edited.touched)
        if edited:
            edited.mine = None
            self._tell(f"delete {edited.path}")

    def _move_file(self) -> None:
        edited = self._text(
            lambda edited: edited.after and edited.theirs == edited.path == edited.mine
        )
        if edited and edited.recognisable:
            place = Path(edited.path)
            name = self._named("moved", place.name)
            targets = [Path("app", name), Path("lib", name), Path(name)]
            if place.suffix == ".py":
                targets.append(place.with_suffix("") / "__init__.py")
            edited.mine = str(self.random.choice(targets))
            self._tell(f"move {edited.path} to {edited.mine}")

    def _move_folder(self) -> None:
        old, new = self.random.choice(sorted(FOLDERS.items()))
        for edited in self._files.values():
            if edited.path.startswith(old):
                edited.mine = new + edited.path.removeprefix(old)
        self._tell(f"move {old} to {new}")

    def _create_file(self) -> None:
        self.created[self._new_path()] = self._new_file()

    def _create_uncommitted(self) -> None:
        self.uncommitted[self._new_path()] = self._new_file()

    def _edit_uncommitted(self) -> None:
        untouched = [
            edited
            for edited in self._files.values()
            if edited.after == edited.before and edited.mine == edited.theirs and not edited.changes
        ]
        edited = self.random.choice(untouched)
        self.uncommitted[edited.path] = File(edited.before.content + b"".join(self._lines(1)))
        self._tell(f"edit {edited.path}, uncommitted")

    def _new_path(self) -> str:
        folders = sorted(
            {str(Path(edited.mine).parent) for edited in self._files.values() if edited.mine}
        )
        path = str(Path(self.random.choice([*folders, "new"]), self._named("new", ".txt")))
        self._tell(f"create {path}")
        return path

    def _named(self, what: str, end: str) -> str:
        """A name that no other file has; some need to be quoted."""
        return f"{what}{self.random.choice(['_', ' é '])}{len(self.told)}{end}"

    def _new_file(self) -> File:
        return File(b"".join(self._lines(5)), self.random.random() < 0.2)

    def _make_executable(self) -> None:
        edited = self._text(lambda edited: edited.after)
        if edited:
            edited.executable = True
            self._tell(f"chmod +x {edited.path}")

    def _end_lines_as_windows(self) -> None:
        edited = self._text(lambda edited: edited.after)
        if edited:
            edited.crlf = True
            self._tell(f"CRLF in {edited.path}")

    def _leave_the_last_line_open(self) -> None:
        edited = self._text(lambda edited: edited.after)
        if edited:
            lines = edited.before.content.splitlines(keepends=True)
            change = Hunk(len(lines) - 1, len(lines), (lines[-1].rstrip(b"\n"),))
            if edited.apart(change) and edited.free(change):
                self._edit(edited, "open the end of", change)

    def _change_the_same_lines(self) -> None:
        edited = self._text(lambda edited: edited.template_changes)
        if edited:
            theirs = self.random.choice(edited.template_changes)
            change = Hunk(theirs.start, theirs.end, self._lines(self._few()))
            if edited.free(change):
                edited.together = True
                self._edit(edited, "change the same lines of", change)

    def _change_lines_nearby(self) -> None:
        edited = self._text(lambda edited: edited.template_changes)
        if edited:
            theirs = self.random.choice(edited.template_changes)
            start = theirs.end + self.random.randrange(APART)
            change = Hunk(start, start + 1, self._lines(1))
            within = start < len(edited.before.content.splitlines())
            if (
                within
                and edited.free(change)
                and all(change.gap(other) >= 0 for other in edited.template_changes)
            ):
                self._edit(edited, "change near", change)

    def _edit_what_is_deleted(self) -> None:
        edited = self._files[release.DELETED]
        if edited.mine and edited.free(change := Hunk(1, 1, self._lines(1))):
            self._edit(edited, "edit what is deleted:", change)

    def _move_what_is_renamed(self) -> None:
        edited = self._text(lambda edited: edited.theirs != edited.path == edited.mine)
        if edited and edited.recognisable:
            edited.mine = f"lib/{self._named('moved', Path(edited.path).name)}"
            self._tell(f"move {edited.path}, which is renamed, to {edited.mine}")

    def _create_what_is_added(self) -> None:
        path = self.random.choice([*release.ADDED, *release.RENAMED.values()])
        if path not in self.created:
            same = path in self._added and self.random.random() < 0.3
            self.created[path] = self._added[path] if same else File(b"".join(self._lines(3)))
            self._tell(f"create {path}, which is added{' just so' * same}")


def _decide(edited: Edited, outcome: Outcome) -> None:
    """Say what becomes of one file of the template."""
    if edited.mine is None:
        return
    moved = edited.mine != edited.path
    if edited.theirs is None or edited.after is None:
        if moved or edited.touched:
            outcome.must.append({edited.path, edited.mine})
            outcome.stays[edited.mine] = edited.ours
        return
    if moved and edited.theirs != edited.path:
        outcome.must.append({edited.path, edited.mine, edited.theirs})
        return
    place = edited.mine if moved else edited.theirs
    outcome.files[place] = edited.ours if edited.path == release.ONCE else edited.merged
    if edited.together:
        outcome.must.append({place})
        outcome.marked[place] = {
            line.strip() for hunk in edited.template_changes for line in hunk.lines
        }
    elif not all(map(edited.apart, edited.changes)):
        outcome.may.add(place)


def _follow(path: str, folders: Mapping[str, str]) -> str:
    """Where a path is once these folders have other names."""
    for old, new in folders.items():
        if path.startswith(old):
            return new + path.removeprefix(old)
    return path
