"""The transaction of an update: written down whole before the first file changes, and carried out to its end.

The journal lies in the repository's own folder. It holds every file as it was and as it becomes, so a run that was
killed is finished by the next one, and `--abort` can take an update back.
"""

import errno
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

from scaffold import locks
from scaffold.errors import ScaffoldError, UsageError, system_error
from scaffold.git.stash import stash_ref
from scaffold.git.worktree import Worktree, update_index
from scaffold.project import env_file
from scaffold.template import answers_file
from scaffold.update.plan import Change
from scaffold.update.replace_file import (
    ChangedMeanwhile,
    file_exists,
    matches_any,
    replace_file,
    restore_moved,
    same_file,
)

_FOLDER = "scaffold-update"
_UNFINISHED = "unfinished-"


class NoUpdate(UsageError):
    """There is no update that could be taken back."""


@dataclass(frozen=True)
class Journal:
    """An update that was decided, and is not committed."""

    folder: Path
    version: str
    conflicts: tuple[Change, ...]
    finished: bool  # it was cut off, and is finished only now


@dataclass(frozen=True)
class Aborted:
    """What became of edits since the update that was taken back."""

    version: str
    stashed: tuple[str, ...]  # in the commit that `reference` names
    reference: str
    ignored: tuple[str, ...]  # where they are, since git ignores these files
    committed: tuple[str, ...]  # where they are, since these files were committed


def find_update(worktree: Worktree) -> Journal | None:
    """The update that was made last, unless it was committed; what was cut off is finished first."""
    folder = _folder(worktree)
    if _is_aborting(folder):
        if edited := _edited(worktree.project, folder):
            raise ScaffoldError(
                f"an abort was cut off, and {edited[0]} was changed since",
                "`scaffold update --abort` finishes it, and keeps what you changed",
            )
        _undo(worktree, folder)
    if not folder.is_dir():
        return None
    state = _state(folder)
    finished = not (folder / "applied").exists()
    if finished:
        if edited := _edited(worktree.project, folder):
            raise ScaffoldError(
                f"an update was cut off, and {edited[0]} was changed since",
                "`scaffold update --abort` takes it back, and keeps what you changed",
            )
        try:
            carry_out(worktree.project, folder)
        except ScaffoldError as error:
            raise cut_off(error.message) from None
    if _is_committed(worktree, state):
        _discard(folder)
        return None
    conflicts = tuple(Change(**change) for change in state["conflicts"])
    return Journal(folder, state["version"], conflicts, finished)


@contextmanager
def write_journal(
    worktree: Worktree, version: str, paths: Iterable[str], conflicts: Iterable[Change]
) -> Iterator[Path]:
    """A folder to put `new/PATH` into and the lines of the index after it; published as the block ends."""
    parent = worktree.git_dir / _FOLDER
    try:
        parent.mkdir(exist_ok=True)
        for leftover in parent.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=parent))
        listed = sorted(paths)
        (folder / "new").mkdir()
        for path in listed:
            if file_exists(worktree.project / path):
                _copy(worktree.project / path, folder / "old" / path)
        yield folder
        after = os.fsdecode((folder / "index").read_bytes()).split("\0")[:-1]
        state = {
            "prefix": worktree.prefix,
            "version": version,
            "paths": listed,
            "conflicts": [asdict(change) for change in conflicts],
            "index": {"old": worktree.index_lines(listed), "new": after},
        }
        (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")
        final = _folder(worktree)
        if final.exists():
            _discard(final)
        folder.rename(final)
    except OSError as error:
        raise system_error(error, parent) from error


@contextmanager
def exclusive(worktree: Worktree) -> Iterator[bool]:
    """One run at a time, with the process that writes for it; false where nothing can be locked."""
    parent = worktree.git_dir / _FOLDER
    try:
        parent.mkdir(exist_ok=True)
    except OSError as error:
        raise system_error(error, parent) from error
    with locks.locked(parent / "lock") as alone:
        yield alone


def apply(worktree: Worktree) -> None:
    """Carry the update out, in a process that a signal to this one does not reach."""
    folder = _folder(worktree)
    if edited := _edited(worktree.project, folder):
        _discard(folder)
        raise ScaffoldError(
            f"{edited[0]} was changed while the update was prepared; nothing was written",
            "commit or stash it, and run again",
        )
    _carry_out_detached(worktree.project, folder)


def abort(worktree: Worktree) -> Aborted:
    """Put every file of the update back that is not committed; edits since are kept."""
    folder = _folder(worktree)
    if not folder.is_dir() or (
        not _is_aborting(folder) and _is_committed(worktree, _state(folder))
    ):
        raise NoUpdate(
            "there is no update to abort", "what was committed is taken back with `git revert`"
        )
    if not _is_aborting(folder) and _is_undone(worktree, folder):
        raise NoUpdate(
            "there is no update to abort: every file is as it was before it",
            "an update that was stashed comes back with `git stash pop`",
        )
    return _undo(worktree, folder)


def _undo(worktree: Worktree, folder: Path) -> Aborted:
    """Keep what was edited since; then put every file back. May be repeated after a kill."""
    state = _state(folder)
    committed = _committed(worktree, state)
    edited = [path for path in _edited(worktree.project, folder) if path not in committed]
    ignored = worktree.ignored_paths(edited)  # no commit can keep them: they may hold a secret
    if env_file.NAME not in worktree.tracked_paths():
        ignored |= {env_file.NAME} & set(edited)  # that git ignored it may have ended
    stashed = [path for path in edited if path not in ignored]
    reference = ""
    if stashed:
        reference = stash_ref(worktree.project, stashed, "What `scaffold update --abort` took back")
        for path in stashed:
            (folder / "aside" / path).unlink(missing_ok=True)
            if file_exists(worktree.project / path):
                _copy(worktree.project / path, folder / "aside" / path)
    note = folder / "aborting.part"
    text = json.dumps({"left": sorted(ignored | committed), "aside": stashed})
    note.write_text(text, encoding="utf-8")
    note.replace(folder / "aborting")
    _carry_out_detached(worktree.project, folder)
    return Aborted(
        state["version"],
        tuple(stashed),
        reference,
        tuple(sorted(ignored)),
        tuple(sorted(committed)),
    )


def carry_out(project: Path, folder: Path) -> None:
    """Make the project what the journal says, or what it was before; may be repeated after a kill."""
    state = _state(folder)
    back = _is_aborting(folder)
    side = folder / ("old" if back else "new")
    versions = _known_versions(project, folder)
    kept = _aborting(folder)["left"] if back else []
    paths = [path for path in state["paths"] if path not in kept]
    # Removals first: a file may become a folder.
    for path in sorted(paths, key=lambda path: file_exists(side / path)):
        if same_file(project / path, side / path):
            continue
        try:
            replace_file(project / path, side / path, versions[path])
        except ChangedMeanwhile:
            raise ScaffoldError(f"{path} was changed meanwhile") from None
        if not file_exists(side / path):
            _remove_empty_folders(project, path)
    inside = [state["prefix"] + path for path in paths]
    lines = state["index"]["old" if back else "new"]
    update_index(project, inside, [line for line in lines if _path(line) in inside])
    for path in paths:
        if not same_file(project / path, side / path):
            raise ScaffoldError(f"{path} was changed meanwhile")
    if back:
        _discard(folder)
    else:
        (folder / "applied").touch()


def _carry_out_detached(project: Path, folder: Path) -> None:
    """Do so in a session of its own: no signal to this process or its terminal cuts it off."""
    # With -P, a `random.py` in the working folder is no module: it may be one of the project's.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", "scaffold.update.journal", str(project), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        close_fds=False,
    )
    try:
        stderr = process.communicate()[1]
    except KeyboardInterrupt:
        stderr = process.communicate()[1]
    if process.returncode:
        lines = stderr.decode(errors="replace").strip().splitlines()
        raise cut_off(lines[-1] if lines else "no reason given")


def cut_off(reason: str) -> ScaffoldError:
    """The error of an update that stopped while it was carried out."""
    return ScaffoldError(
        f"the update was cut off: {reason}",
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


def _folder(worktree: Worktree) -> Path:
    """Where the journal of a project lies: several projects may lie in one repository."""
    name = worktree.prefix.replace("%", "%25").replace("/", "%2F") or "top"
    return worktree.git_dir / _FOLDER / name


def _is_aborting(folder: Path) -> bool:
    return (folder / "aborting").exists()


def _is_committed(worktree: Worktree, state: Mapping[str, Any]) -> bool:
    """Whether the last commit has the update: the recorded version, or all if git does not know that file."""
    tracked = _entries(worktree, state, "old") | _entries(worktree, state, "new")
    marks = {answers_file.NAME} & tracked.keys() or tracked.keys()
    return bool(marks) and marks <= _committed(worktree, state)


def _committed(worktree: Worktree, state: Mapping[str, Any]) -> set[str]:
    """The files of the update for which the last commit has others than those that were updated."""
    now, before = worktree.committed_entries(), _entries(worktree, state, "old")
    return {path for path in state["paths"] if now.get(path) != before.get(path)}


def _is_undone(worktree: Worktree, folder: Path) -> bool:
    """Whether what git knows of the project is as before the update."""
    state = _state(folder)
    tracked = _entries(worktree, state, "old") | _entries(worktree, state, "new")
    return worktree.index_lines(state["paths"]) == state["index"]["old"] and all(
        same_file(worktree.project / path, folder / "old" / path) for path in tracked
    )


def _entries(worktree: Worktree, state: Mapping[str, Any], side: str) -> dict[str, str]:
    """What the index had before the update, or has with it: path → mode and name of the content."""
    lines = state["index"][side]
    return {
        _path(line).removeprefix(worktree.prefix): " ".join(line.split(maxsplit=2)[:2])
        for line in lines
    }


def _path(line: str) -> str:
    """The path in a line of the index."""
    return line.partition("\t")[2]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)


def _remove_empty_folders(project: Path, path: str) -> None:
    """Remove the folders that are empty without a file."""
    folder = (project / path).parent
    with suppress(OSError):
        while folder != project:
            folder.rmdir()
            folder = folder.parent


def _edited(project: Path, folder: Path) -> list[str]:
    """The files that are none of the versions that the journal knows."""
    versions = _known_versions(project, folder)
    return [path for path, known in versions.items() if not matches_any(project / path, known)]


def _known_versions(project: Path, folder: Path) -> dict[str, list[Path]]:
    """The versions of each file that the journal knows, once what was moved aside is back in place.

    They are the one before the update, the one with it, and the one that an abort kept aside.
    """
    stashed = _aborting(folder)["aside"] if _is_aborting(folder) else []
    versions = {
        path: [
            folder / side / path for side in ("new", "old", *(["aside"] if path in stashed else []))
        ]
        for path in _state(folder)["paths"]
    }
    for path, known in versions.items():
        restore_moved(project / path, known)
    return versions


def _aborting(folder: Path) -> Mapping[str, list[str]]:
    """The paths that an abort leaves as they are, and those that it kept aside."""
    noted: Mapping[str, list[str]] = json.loads((folder / "aborting").read_text(encoding="utf-8"))
    return noted


def check_obstacles(worktree: Worktree, paths: set[str]) -> None:
    """Raise an error where a folder is in the way, or where a link leads elsewhere."""
    for path in paths:
        file = worktree.project / path
        for above in file.relative_to(worktree.project).parents:
            place = worktree.project / above
            if above.as_posix() in paths:
                continue  # a file that makes room
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                raise UsageError(
                    f"the update writes {path}, but {above} is not a folder of the project",
                    "move it away, commit that, and run again",
                )
        _check_writable(file)
        if file.is_dir() and not file.is_symlink() and _has_other_files(file, worktree, paths):
            raise UsageError(
                f"the update writes the file {path}, where a folder is",
                "move it away, commit that, and run again",
            )


def _check_writable(file: Path) -> None:
    """Raise an error where a file cannot be written; it is replaced, so its folder has to allow that."""
    folder = next(above for above in file.parents if above.is_dir())
    if not os.access(folder, os.W_OK | os.X_OK):
        raise system_error(PermissionError(errno.EACCES, "Permission denied", str(folder)))


def _has_other_files(folder: Path, worktree: Worktree, paths: set[str]) -> bool:
    inside = (file for file in folder.rglob("*") if file.is_symlink() or not file.is_dir())
    return any(file.relative_to(worktree.project).as_posix() not in paths for file in inside)


if __name__ == "__main__":
    try:
        carry_out(Path(sys.argv[1]), Path(sys.argv[2]))
    except ScaffoldError as error:
        sys.exit(error.message)
