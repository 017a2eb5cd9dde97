"""The file `examples.json`: rows, and what the original model answers to each."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.ml.serving.metadata import EXAMPLES_FILE, Metadata
from app.ml.serving.model_error import ModelError, first_error
from app.ml.serving.model_files import read_file
from app.ml.serving.schemas import MAX_INSTANCES


class Example(BaseModel):
    """An instance and its prediction, as in the JSON of requests and answers."""

    model_config = ConfigDict(extra="forbid")

    instance: dict[str, Any]
    prediction: dict[str, Any] = Field(min_length=1)

    @property
    def body(self) -> dict[str, Any]:
        """The request of this instance alone."""
        return {"instances": [self.instance]}

    @property
    def expected(self) -> dict[str, Any]:
        """What the answer says of it."""
        return self.prediction


class TensorExample(BaseModel):
    """The inputs and outputs of one row, as in the JSON of requests and answers."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, Any]
    outputs: dict[str, Any] = Field(min_length=1)

    @property
    def body(self) -> dict[str, Any]:
        """The request of this row alone."""
        return {"inputs": self.inputs}

    @property
    def expected(self) -> dict[str, Any]:
        """What the answer says of it."""
        return self.outputs


def write_examples(folder: Path, examples: list[Example]) -> str:
    """Write the examples of a model, one in each line; return the SHA-256 of the file."""
    lines = ",\n".join(example.model_dump_json() for example in examples)
    content = f"[\n{lines}\n]\n".encode()
    (folder / EXAMPLES_FILE).write_bytes(content)
    return sha256(content).hexdigest()


def read_examples(folder: Path, metadata: Metadata) -> Sequence[Example | TensorExample] | None:
    """Read the examples of a model; None where its description names none."""
    if metadata.examples is None:
        return None
    content = read_file(folder / EXAMPLES_FILE, metadata.examples, "examples")
    adapter: TypeAdapter[Any] = TypeAdapter(
        list[TensorExample] if metadata.kind == "tensors" else list[Example]
    )
    try:
        examples: Sequence[Example | TensorExample] = adapter.validate_json(content)
    except ValidationError as error:
        raise ModelError(f"{EXAMPLES_FILE}: {first_error(error)}") from error
    if not 1 <= len(examples) <= MAX_INSTANCES:
        raise ModelError(f"{EXAMPLES_FILE} has {len(examples)} rows, not 1 to {MAX_INSTANCES}")
    return examples
