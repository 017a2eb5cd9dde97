"""Models that turn tensors into tensors: embeddings, images, anything."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model, model_validator
from pydantic_core import to_json

from app.ml.serving.datatypes import FEATURE_TYPES, Columns, Tensor, datatype_of, fits
from app.ml.serving.kinds.kind import Kind, check_finite
from app.ml.serving.metadata import METADATA_FILE, Metadata, TensorInfo
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import OnnxModel
from app.ml.serving.schemas import MAX_INSTANCES, PYTHON_TYPES, TEXT, ModelReference

SEED, MADE_ROWS = 0, 2


class Rows(BaseModel):
    """Tensors by their names."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="after")
    def _check_rows(self) -> "Rows":
        if len({len(values) for values in vars(self).values()}) > 1:
            raise ValueError("all inputs need the same number of rows")
        return self


class Tensors(Kind):
    """A kind of model: named tensors, with a row for each instance."""

    def __init__(self, metadata: Metadata, onnx: OnnxModel | None) -> None:
        self.inputs = _choose("inputs", metadata.inputs, onnx.inputs if onnx else {})
        self.outputs = _choose("outputs", metadata.outputs, onnx.outputs if onnx else {})
        self.request = _request_schema(self.inputs)
        self.response = _response_schema(self.outputs)

    def read_instances(self, body: Any) -> Rows:
        """Validate the body of a request, or raise a ValidationError of Pydantic."""
        request: Any = self.request.model_validate(body, from_attributes=True)
        rows: Rows = request.inputs
        return rows

    def make_columns(self, instances: Rows) -> Columns:
        """Name the arrays of a request."""
        # The fields are in the order of the inputs.
        return dict(zip(self.inputs, vars(instances).values(), strict=True))

    def make_bodies(self) -> list[dict[str, Any]]:
        """Make up valid requests of one instance."""
        random = np.random.default_rng(SEED)
        return [
            {
                "inputs": {
                    name: _make_row(tensor, random).tolist() for name, tensor in self.inputs.items()
                }
            }
            for _ in range(MADE_ROWS)
        ]

    def first_prediction(self, answer: Any) -> dict[str, Any]:
        """Return what an answer says of the first row."""
        outputs: dict[str, Any] = answer["outputs"]
        return outputs

    def complete(self, outputs: Columns) -> Columns:
        """Leave out what is not described."""
        return {name: outputs[name] for name in self.outputs if name in outputs}

    def check_outputs(self, outputs: Columns, rows: int) -> None:
        """Raise a ModelError unless the outputs are those that are described."""
        for name, tensor in self.outputs.items():
            if name not in outputs:
                raise ModelError(
                    f"the model has no output {name}: remove it from outputs in {METADATA_FILE}"
                )
            values = outputs[name]
            if datatype_of(values.dtype) != tensor.datatype or not fits(
                values.shape[1:], tensor.row_shape
            ):
                raise ModelError(
                    f"the output {name} is {values.dtype} of the shape {list(values.shape)}, and outputs "
                    f"in {METADATA_FILE} says {tensor.datatype} of {[-1, *tensor.row_shape]}"
                )
            _check_values(name, values)

    def check_agreement(self, outputs: Columns) -> None:
        """Have nothing to compare."""

    def write(self, outputs: Columns, model: Mapping[str, Any]) -> bytes:
        """Write the answer to a request: JSON in UTF-8."""
        for name in self.outputs:
            _check_values(name, outputs[name])
        written = {name: outputs[name].tolist() for name in self.outputs}
        return to_json({"outputs": written, "model": model})


def _choose(
    key: str, described: list[TensorInfo], known: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Choose the tensors: those that are described, otherwise all that the model has."""
    if not described and not known:
        raise ModelError(f"{METADATA_FILE} says nothing of the {key}: describe them")
    tensors = {
        info.name: Tensor(info.name, info.datatype, tuple(info.shape[1:])) for info in described
    }
    for number, (name, tensor) in enumerate(tensors.items()):
        own = known.get(name, tensor)
        if own.datatype != tensor.datatype or not fits(tensor.row_shape, own.row_shape):
            raise ModelError(
                f"the model has {own}, and {METADATA_FILE} says {tensor}: change {key}.{number}"
            )
    return tensors or dict(known)


def _request_schema(tensors: Mapping[str, Tensor]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        # The name of a tensor may be none that Python allows.
        f"tensor_{number}": (
            Annotated[_rows_of(tensor), AfterValidator(_array_maker(tensor))],
            Field(alias=tensor.name),
        )
        for number, tensor in enumerate(tensors.values())
    }
    inputs = create_model("Instance", __base__=Rows, __doc__=Rows.__doc__, **fields)
    return create_model("PredictionRequest", __doc__="Rows to predict.", inputs=(inputs, ...))


def _response_schema(tensors: Mapping[str, Tensor]) -> type[BaseModel]:
    fields: dict[str, Any] = {
        f"tensor_{number}": (_rows_of(tensor), Field(alias=tensor.name))
        for number, tensor in enumerate(tensors.values())
    }
    outputs = create_model("Prediction", __doc__=Rows.__doc__, **fields)
    return create_model(
        "Predictions",
        __doc__="A row of each output for each row of the request, in its order.",
        outputs=(outputs, ...),
        model=(ModelReference, ...),
    )


def _rows_of(tensor: Tensor) -> Any:
    """Make the type of a tensor in JSON: lists of lists, as deep as it has dimensions."""
    dtype = tensor.dtype
    limits: dict[str, Any] = {}
    if dtype.kind in "iu":
        limits = {"ge": np.iinfo(dtype).min, "le": np.iinfo(dtype).max}
    elif dtype.kind == "f":
        limits = {"ge": float(np.finfo(dtype).min), "le": float(np.finfo(dtype).max)}
    elif dtype.kind == "O":
        limits = {"pattern": TEXT}
    rows: Any = Annotated[PYTHON_TYPES[FEATURE_TYPES[dtype.kind]], Field(**limits)]
    for size in reversed(tensor.row_shape):
        length = None if size == -1 else size
        rows = Annotated[list[rows], Field(min_length=length, max_length=length)]
    return Annotated[list[rows], Field(min_length=1, max_length=MAX_INSTANCES)]


def _array_maker(tensor: Tensor) -> Callable[[list[Any]], np.ndarray[Any, Any]]:
    def make_array(rows: list[Any]) -> np.ndarray[Any, Any]:
        try:
            values = np.array(rows, tensor.dtype)
        except ValueError:
            # Lists of different lengths; those of texts become an array of lists.
            values = np.empty(0)
        if not fits(values.shape[1:], tensor.row_shape):
            raise ValueError(f"the shape is not {[-1, *tensor.row_shape]}")
        return values

    return make_array


def _make_row(tensor: Tensor, random: np.random.Generator) -> np.ndarray[Any, Any]:
    """Make up one row."""
    shape = [1, *(1 if size == -1 else size for size in tensor.row_shape)]
    if tensor.datatype == "BYTES":
        return np.full(shape, "", object)
    if tensor.dtype.kind == "f":
        return random.random(shape).astype(tensor.dtype)
    return random.integers(2, size=shape).astype(tensor.dtype)


def _check_values(name: str, values: np.ndarray[Any, Any]) -> None:
    if values.dtype.kind == "f":
        check_finite(name, values)
