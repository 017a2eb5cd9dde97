"""The files of a model's folder."""

from hashlib import sha256
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


def read_model_file(folder: Path, metadata: Metadata) -> bytes:
    """Read the file of a model, if it is the one that its description means."""
    return read_file(folder / metadata.file, metadata.sha256, "sha256")


def read_file(path: Path, digest: str, key: str) -> bytes:
    """Read a file once, so that the bytes with the right hash are those that are used."""
    content = path.read_bytes()
    if (found := sha256(content).hexdigest()) != digest:
        raise ModelError(
            f"the sha256 of {path.name} is {found}; {key} in {METADATA_FILE} is another"
        )
    return content
