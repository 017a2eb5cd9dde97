"""What lies in the folder of the models: one directly in it, and others in `NAME/VERSION/`."""

import re
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.ml.serving.metadata import METADATA_FILE, Name
from app.ml.serving.model_error import ModelError, first_error

# What tells whether a file is still the same.
FileState = tuple[int, int, int]
FileStates = dict[Path, FileState]
# The folders of the models, by name and version.
Found = dict[str, dict[str, Path]]
Form = TypeVar("Form", bound=BaseModel)


class Identity(BaseModel):
    """What `model.json` says first; the rest is read when the model is loaded."""

    model_config = ConfigDict(frozen=True)

    name: Name
    version: Name


def read_states(path: Path) -> FileStates:
    """Look at each file that may belong to a model, or to all of them."""
    states: FileStates = {}
    for top in _list(path):
        _add_state(states, top)
        for folder in _list(top):
            for file in _list(folder):
                _add_state(states, file)
    return states


def find_models(path: Path, files: FileStates) -> tuple[Found, Identity | None]:
    """Find all models, and say which of them lies directly in the folder."""
    found: Found = {}
    for file in files:
        if file.name == METADATA_FILE and file.parent != path:
            found.setdefault(file.parent.parent.name, {})[file.parent.name] = file.parent
    if found and path / METADATA_FILE not in files:
        return found, None
    direct = read_form(Identity, path / METADATA_FILE)
    found.setdefault(direct.name, {})[direct.version] = path
    return found, direct


def version_order(version: str) -> list[str | int]:
    """Make a key that orders versions, with the numbers in them as numbers."""
    # Texts and numbers take turns, so that each is compared with its like.
    return [int(part) if part.isdigit() else part for part in re.split("([0-9]+)", version)]


def read_form(form: type[Form], file: Path) -> Form:
    """Read a file of JSON, or raise a ModelError that names the place of the fault."""
    try:
        return form.model_validate_json(file.read_bytes())
    except OSError as error:
        raise ModelError(f"{error.filename}: {error.strerror}") from error
    except ValidationError as error:
        raise ModelError(f"{file}: {first_error(error)}") from error


def _list(folder: Path) -> list[Path]:
    """List what a folder holds and is not hidden; a file or a folder that has gone holds nothing."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:
        return []


def _add_state(states: FileStates, path: Path) -> None:
    try:
        if path.is_file():
            stat = path.stat()
            states[path] = stat.st_ino, stat.st_mtime_ns, stat.st_size
    except OSError:
        return
