"""The transaction of an update: written down whole before the first file changes, and carried out to its end.

The journal lies in the repository's own folder. It holds every file as it was and as it becomes, so a run that was
killed is finished by the next one, and an update that nobody wants is taken back.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from scaffold import git, worktree
from scaffold.errors import ScaffoldError, UsageError
from scaffold.project import Change
from scaffold.worktree import Worktree

if sys.platform != "win32":
    import fcntl

_FOLDER = "scaffold-update"
_UNFINISHED = "unfinished-"
_ABORTED = "refs/scaffold/aborted"


@dataclass(frozen=True)
class Journal:
    """An update that was decided."""

    folder: Path
    version: str
    paths: tuple[str, ...]  # every file that it writes or removes
    conflicts: tuple[Change, ...]
    resumed: bool  # it was cut off, and is finished only now


@dataclass(frozen=True)
class Aborted:
    """What became of edits since the update that was taken back."""

    aside: tuple[str, ...]  # in a commit
    left: tuple[str, ...]  # where they are


def find(tree: Worktree, *, finish: bool = True) -> Journal | None:
    """The update that was made last, unless it was committed; one that was cut off is finished first."""
    folder = tree.git_dir / _FOLDER / _name(tree)
    if folder.is_dir() and (folder / "aborting").exists():
        carry_out(tree.project, folder)
    if not folder.is_dir():
        return None
    state = _state(folder)
    conflicts = tuple(Change(**change) for change in state["conflicts"])
    applied = (folder / "applied").exists()
    resumed = finish and not applied
    journal = Journal(folder, state["version"], tuple(state["paths"]), conflicts, resumed)
    if resumed:
        if edited := _edited(tree, journal):
            raise ScaffoldError(
                f"an update was cut off, and {edited[0]} was changed since",
                "`scaffold update --abort` takes it back, and keeps what you changed",
            )
        carry_out(tree.project, folder)
    if (applied or resumed) and state["head"] != tree.head:
        _discard(folder)
        return None
    return journal


@contextmanager
def written(
    tree: Worktree, version: str, paths: Iterable[str], conflicts: Iterable[Change]
) -> Iterator[Path]:
    """A folder to put `new/PATH` into and the lines of the index after it; published as the block ends."""
    parent = tree.git_dir / _FOLDER
    try:
        parent.mkdir(exist_ok=True)
        for leftover in parent.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=parent))
        listed = sorted(paths)
        (folder / "new").mkdir()
        for path in listed:
            if _is_there(tree.project / path):
                _copy(tree.project / path, folder / "old" / path)
        yield folder
        after = os.fsdecode((folder / "index").read_bytes()).split("\0")[:-1]
        state = {
            "prefix": tree.prefix,
            "head": tree.head,
            "version": version,
            "paths": listed,
            "conflicts": [asdict(change) for change in conflicts],
            "index": {"old": tree.index(listed), "new": after},
        }
        (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
        final = parent / _name(tree)
        if final.exists():
            _discard(final)
        folder.rename(final)
    except OSError as error:
        raise ScaffoldError(f"cannot write to {parent}: {error.strerror}") from error


@contextmanager
def exclusive(tree: Worktree) -> Iterator[None]:
    """One run at a time, with the process that writes for it; whoever is killed lets go."""
    if sys.platform == "win32":
        yield
        return
    parent = tree.git_dir / _FOLDER
    try:
        parent.mkdir(exist_ok=True)
        descriptor = os.open(parent, os.O_RDONLY)
    except OSError as error:
        raise ScaffoldError(f"cannot write to {parent}: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.set_inheritable(descriptor, True)  # for the process that writes
        yield
    finally:
        os.close(descriptor)


def apply(tree: Worktree) -> None:
    """Carry the update out, in a process that a signal to this one does not reach."""
    folder = tree.git_dir / _FOLDER / _name(tree)
    if edited := [p for p in _state(folder)["paths"] if _is_edited(tree.project, folder, p)]:
        _discard(folder)
        raise ScaffoldError(
            f"{edited[0]} was changed while the update was prepared; nothing was written",
            "commit or stash it, and run again",
        )
    _carry_out_detached(tree.project, folder)


def abort(tree: Worktree, journal: Journal) -> Aborted:
    """Put every file back; edits since the update are kept."""
    edited = _edited(tree, journal)
    left = tree.ignored(edited)  # no commit can keep it aside: it may be a secret
    aside = tuple(path for path in edited if path not in left)
    if aside:
        git.keep_aside(tree.project, _ABORTED, "What `scaffold update --abort` took back")
    note = journal.folder / "aborting.part"
    note.write_text(json.dumps(sorted(left)), encoding="utf-8")
    note.rename(journal.folder / "aborting")
    _carry_out_detached(tree.project, journal.folder)
    return Aborted(aside, tuple(sorted(left)))


def carry_out(project: Path, folder: Path) -> None:
    """Make the project what the journal says, or what it was before; may be repeated after a kill."""
    state = _state(folder)
    aborting = folder / "aborting"
    back = aborting.exists()
    side = folder / ("old" if back else "new")
    left = json.loads(aborting.read_text(encoding="utf-8")) if back else []
    paths = [path for path in state["paths"] if path not in left]
    for path in paths:
        with suppress(NotADirectoryError):  # a file becomes a folder
            _part(project / path).unlink(missing_ok=True)
        if not _is_there(side / path) and _is_there(project / path):
            if not back:
                _refuse_edited(project, folder, path)
            _remove(project, path)
    for path in paths:
        if _is_there(side / path) and not _same(project / path, side / path):
            if not back:
                _refuse_edited(project, folder, path)
            _copy(side / path, project / path)
    inside = [state["prefix"] + path for path in state["paths"]]
    worktree.update_index(project, inside, state["index"]["old" if back else "new"])
    if back:
        _discard(folder)
    else:
        (folder / "applied").touch()


def _carry_out_detached(project: Path, folder: Path) -> None:
    """Do so in a session of its own: no signal to this process or its terminal cuts it off."""
    # With -P, a `random.py` in the working folder is no module: it may be one of the project's.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", "scaffold.journal", str(project), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        close_fds=False,
    )
    try:
        said = process.communicate()[1]
    except KeyboardInterrupt:
        said = process.communicate()[1]
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        raise ScaffoldError(
            f"the update was cut off: {lines[-1] if lines else 'no reason given'}",
            "mend that; `scaffold update` then finishes it, and `scaffold update --abort` takes it back",
        )


def _discard(folder: Path) -> None:
    """Remove a journal in one step, as far as the next run can tell."""
    leftover = folder.with_name(f"{_UNFINISHED}{uuid4().hex}")
    folder.rename(leftover)
    shutil.rmtree(leftover, ignore_errors=True)


def _state(folder: Path) -> Mapping[str, Any]:
    state: Mapping[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    return state


def _name(tree: Worktree) -> str:
    """Several projects may lie in one repository."""
    return tree.prefix.replace("%", "%25").replace("/", "%2F") or "top"


def _copy(source: Path, target: Path) -> None:
    """Put a file in place in one step, whatever was there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = _part(target)
    part.unlink(missing_ok=True)
    shutil.copy2(source, part, follow_symlinks=False)
    part.replace(target)


def _part(target: Path) -> Path:
    """Where a file is written before it is put in place."""
    return target.with_name(f".{target.name}.scaffold")


def _remove(project: Path, path: str) -> None:
    """Remove a file, and the folders that are empty without it."""
    file = project / path
    file.unlink()
    with suppress(OSError):
        while file.parent != project:
            file = file.parent
            file.rmdir()


def _edited(tree: Worktree, journal: Journal) -> list[str]:
    """The files that are neither as they were before the update nor as it made them."""
    return [path for path in journal.paths if _is_edited(tree.project, journal.folder, path)]


def _is_edited(project: Path, folder: Path, path: str) -> bool:
    return not any(_same(project / path, folder / side / path) for side in ("new", "old"))


def _refuse_edited(project: Path, folder: Path, path: str) -> None:
    """Write over nothing that was saved since the files were copied."""
    if _is_edited(project, folder, path):
        raise ScaffoldError(f"{path} was changed meanwhile")


def _is_there(path: Path) -> bool:
    """Whether there is a file or a link; a folder is none."""
    return path.is_symlink() or path.is_file()


def _same(one: Path, other: Path) -> bool:
    """Whether both are the same file, or both absent."""
    if not _is_there(one) or not _is_there(other):
        return _is_there(one) == _is_there(other)
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and one.readlink() == other.readlink()
    if (one.stat().st_mode ^ other.stat().st_mode) & 0o100:
        return False
    return one.read_bytes() == other.read_bytes()


def refuse_obstacles(tree: Worktree, paths: set[str]) -> None:
    """Refuse to write where a folder lies in the way, or where a link leads elsewhere."""
    for path in paths:
        file = tree.project / path
        for above in file.relative_to(tree.project).parents:
            place = tree.project / above
            if above.as_posix() in paths:
                continue  # a file that makes room
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                raise UsageError(
                    f"the update writes {path}, but {above} is not a folder of the project",
                    "move it away, commit that, and run again",
                )
        if file.is_dir() and not file.is_symlink() and _has_strangers(file, tree, paths):
            raise UsageError(
                f"the update writes the file {path}, where a folder is",
                "move it away, commit that, and run again",
            )


def _has_strangers(folder: Path, tree: Worktree, paths: set[str]) -> bool:
    inside = (file for file in folder.rglob("*") if file.is_symlink() or not file.is_dir())
    return any(file.relative_to(tree.project).as_posix() not in paths for file in inside)


if __name__ == "__main__":
    try:
        carry_out(Path(sys.argv[1]), Path(sys.argv[2]))
    except ScaffoldError as error:
        sys.exit(error.message)
