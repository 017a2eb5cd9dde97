"""One file between its user and its template: what each changed in it, and both together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

APART = 4  # that many unchanged lines stand between what the user and the template changed
LONGEST = 3  # lines that one edit takes


@dataclass(frozen=True)
class File:
    """A file as git sees it."""

    content: bytes
    executable: bool = False


Files = dict[str, File]


def files_in(folder: Path) -> Files:
    """Every file of a folder, git's own left out."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(".git/"):
            found[name] = File(path.read_bytes(), bool(path.stat().st_mode & 0o100))
    return found


@dataclass(frozen=True)
class Hunk:
    """Lines of a file, from one number up to another, that became other lines."""

    start: int
    end: int
    lines: tuple[bytes, ...]

    def gap(self, other: "Hunk") -> int:
        """How many lines stand between both; less than none where they overlap."""
        return max(self.start - other.end, other.start - self.end)


@cache
def hunks(old: bytes, new: bytes) -> tuple[Hunk, ...]:
    """How one text became the other."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return tuple(Hunk(a, b, tuple(after[c:d])) for tag, a, b, c, d in codes if tag != "equal")


def applied(text: bytes, changes: Iterable[Hunk]) -> bytes:
    """The text with all changes; they do not overlap."""
    lines = text.splitlines(keepends=True)
    for hunk in sorted(changes, key=lambda hunk: (hunk.start, hunk.end), reverse=True):
        lines[hunk.start : hunk.end] = hunk.lines
    return b"".join(lines)


@dataclass
class Edited:
    """A file of the template in the hands of a user."""

    path: str
    before: File
    theirs: str | None  # where the template has it now
    after: File | None
    mine: str | None  # where the user has it now
    changes: list[Hunk] = field(default_factory=list)
    crlf: bool = False
    executable: bool = False
    together: bool = False  # one change of the user is where one of the template is

    @property
    def template_changes(self) -> tuple[Hunk, ...]:
        """What the template changed in the text."""
        return hunks(self.before.content, self.after.content) if self.after else ()

    @property
    def recognisable(self) -> bool:
        """Whether git still finds the file in another place, one more edit included."""
        lines = len(self.before.content.splitlines())
        return (len(self.changes) + 1) * LONGEST * 4 <= lines

    @property
    def touched(self) -> bool:
        """Whether the user changed more than the place."""
        return bool(self.changes or self.crlf or self.executable != self.before.executable)

    @property
    def ours(self) -> File:
        """The file as the user has it."""
        return File(self._ends(applied(self.before.content, self.changes)), self.executable)

    @property
    def merged(self) -> File:
        """The file with all that the user and the template changed."""
        assert self.after
        changed = applied(self.before.content, [*self.changes, *self.template_changes])
        return File(self._ends(changed), self.executable or self.after.executable)

    def apart(self, change: Hunk) -> bool:
        """Whether a change is far enough from each of the template's."""
        return all(change.gap(other) >= APART for other in self.template_changes)

    def free(self, change: Hunk) -> bool:
        """Whether the user changed nothing there yet, nor next to it."""
        return all(change.gap(other) > 0 for other in self.changes)

    def _ends(self, text: bytes) -> bytes:
        return text.replace(b"\n", b"\r\n") if self.crlf else text
