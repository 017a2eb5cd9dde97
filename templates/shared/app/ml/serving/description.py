"""How `model.json` is written, once all other files of a model are."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from app.ml.serving.examples import Example, write_examples
from app.ml.serving.metadata import METADATA_FILE, MODEL_FILE, Metadata


def write_description(folder: Path, examples: list[Example], **facts: Any) -> None:
    """Write the examples of a model, and its description with the hash of each file."""
    content = (folder / facts.get("file", MODEL_FILE)).read_bytes()
    metadata = Metadata(
        sha256=sha256(content).hexdigest(), examples=write_examples(folder, examples), **facts
    )
    text = metadata.model_dump_json(indent=2, exclude_unset=True)
    (folder / METADATA_FILE).write_text(f"{text}\n", encoding="utf-8")
