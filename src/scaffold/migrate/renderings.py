"""The template's renderings for an update of a project that is on its way to FastAPI.

What the migration wrote into files of the template is put into both renderings, so that it is no change of the
owner's that could conflict with the template's.
"""

import shutil
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from scaffold.migrate import assemble, packages, pyproject
from scaffold.migrate.edits import EDITS, EDITS_OF_MOUNT, Edit
from scaffold.template import answers_file

_TESTS = "tests"
# Below it, a file was written by somebody else, and only has the name of the template's.
_ALIKE = 0.5


def follow_migration(project: Path, old: Path, new: Path, scratch: Path) -> set[str]:
    """Change both renderings as the migration under way, if there is one; return the paths that are the owner's."""
    if not (project / assemble.STRANGLER).is_dir():
        return set()
    if not (project / assemble.MOUNTED).exists():
        for edit in EDITS:
            _edit_both(edit, old, new)
        _add_packages_of_flask(project, old, new)
        return set()
    for edit in EDITS_OF_MOUNT:
        _edit_both(edit, old, new)
    _add_packages_to_theirs(project, old, new, scratch)
    if not _is_ours(project, old, f"{_TESTS}/conftest.py"):
        for side in (old, new):
            shutil.rmtree(side / _TESTS, ignore_errors=True)
    theirs = {path for path in _outside(old, new) if not _is_ours(project, old, path)}
    return {path for path in theirs if (project / path).is_file()}


def _edit_both(edit: Edit, old: Path, new: Path) -> None:
    files = [side / edit.path for side in (old, new) if (side / edit.path).is_file()]
    try:
        texts = [edit.do(file.read_text(encoding="utf-8")) for file in files]
    except (ValueError, StopIteration):
        return  # a version of the template that has no place for it
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")


def _add_packages_of_flask(project: Path, old: Path, new: Path) -> None:
    mine = (project / packages.FILE).read_text(encoding="utf-8")
    before = (old / packages.FILE).read_text(encoding="utf-8")
    for key in pyproject.LISTS:
        of_flask, listed = pyproject.packages_of_flask(mine, key), pyproject.packages(mine, key)
        own = listed.keys() - pyproject.packages(before, key).keys() - of_flask.keys()
        for side in (old, new):
            text = (side / packages.FILE).read_text(encoding="utf-8")
            text = pyproject.with_packages(text, key, pyproject.only(listed, own))
            text = pyproject.with_packages_of_flask(text, key, of_flask)
            (side / packages.FILE).write_text(text, encoding="utf-8")


def _add_packages_to_theirs(project: Path, old: Path, new: Path, scratch: Path) -> None:
    theirs = (project / packages.FILE).read_text(encoding="utf-8")
    before, after = (side / packages.FILE for side in (old, new))
    scratch.mkdir()
    text = packages.add_new_packages(
        theirs, before.read_text(encoding="utf-8"), after.read_text(encoding="utf-8"), scratch
    )
    before.write_text(theirs, encoding="utf-8")
    after.write_text(text, encoding="utf-8")


def _outside(old: Path, new: Path) -> Iterator[str]:
    """What the template writes beside the application, but for its answers and the packages."""
    for side in (old, new):
        for file in side.rglob("*"):
            path = file.relative_to(side).as_posix()
            ours = (packages.FILE, answers_file.NAME)
            if file.is_file() and not path.startswith("app/") and path not in ours:
                yield path


def _is_ours(project: Path, old: Path, path: str) -> bool:
    """Whether a file of the project came from the template."""
    mine, base = project / path, old / path
    if not (mine.is_file() and base.is_file()):
        return False
    before, after = (file.read_bytes().splitlines() for file in (base, mine))
    return SequenceMatcher(a=before, b=after, autojunk=False).ratio() >= _ALIKE
