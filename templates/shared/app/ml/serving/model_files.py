"""The files of a model's folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path

from pydantic import ValidationError

from app.ml.serving.metadata import METADATA_FILE, Metadata
from app.ml.serving.model_error import ModelError, first_error


def read_metadata(folder: Path) -> Metadata:
    """Read the description of a model."""
    try:
        return Metadata.model_validate_json((folder / METADATA_FILE).read_bytes())
    except ValidationError as error:
        raise ModelError(f"{METADATA_FILE}: {first_error(error)}") from error


@contextmanager
def verified_files(folder: Path, metadata: Metadata) -> Iterator[None]:
    """Check the hashes of a model's files, and that they stay as they are while it is loaded.

    They may have several GB, so they are read in pieces, and loaded from the system's cache.
    """
    paths = {"sha256": folder / metadata.file}
    for name in metadata.data:
        path = paths[f"data.{name}"] = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ModelError(f"{name} is a link to {path.resolve()}: copy the file into the folder")
    digests = [metadata.sha256, *metadata.data.values()]
    states = {path: _read_state(path) for path in paths.values()}
    for (key, path), digest in zip(paths.items(), digests, strict=True):
        with path.open("rb") as file:
            _compare(path, file_digest(file, "sha256").hexdigest(), digest, key)
    yield
    for path, state in states.items():
        if _read_state(path) != state:
            raise ModelError(f"{path.name} changed while it was loaded")


def read_file(path: Path, digest: str, key: str) -> bytes:
    """Read a file once, so that the bytes with the right hash are those that are used."""
    content = path.read_bytes()
    _compare(path, sha256(content).hexdigest(), digest, key)
    return content


def _compare(path: Path, found: str, digest: str, key: str) -> None:
    if found != digest:
        raise ModelError(
            f"the sha256 of {path.name} is {found}; {key} in {METADATA_FILE} is another"
        )


def _read_state(path: Path) -> tuple[int, int, int]:
    stat = path.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
