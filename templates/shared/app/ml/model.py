"""A model in ONNX: loaded, checked against its description, and warmed up."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from onnxruntime import InferenceSession, NodeArg, SessionOptions
from pydantic import BaseModel, ValidationError

from app.ml.schemas import ModelReference, Prediction, Predictions, request_schema
from app.ml.serving.datatypes import DATATYPES, FEATURE_TYPES, Columns
from app.ml.serving.metadata import Metadata

MODEL_FILE, METADATA_FILE = "model.onnx", "model.json"
LABEL, PROBABILITIES = "label", "probabilities"
WARM_UPS = 3


class ModelError(Exception):
    """The reason why a model cannot serve."""


@dataclass(frozen=True)
class Tensor:
    """An input or output; its first dimension is the row."""

    name: str
    datatype: str
    dtype: np.dtype[Any]
    # The shape of one row: () or, for most tensors, (1,).
    row_shape: tuple[int, ...]


class Model:
    """A model that can serve."""

    def __init__(self, metadata: Metadata, onnx: bytes, threads: int) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Errors are raised; the runtime would print them, too.
        options.log_severity_level = 4
        self.metadata = metadata
        self.session = InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        self.inputs = {arg.name: _make_tensor(arg) for arg in self.session.get_inputs()}
        self.outputs = {arg.name: _make_tensor(arg) for arg in self.session.get_outputs()}
        self._check_inputs()
        dtypes = {tensor.name: tensor.dtype for tensor in self.inputs.values()}
        self.request: type[BaseModel] = request_schema(metadata.features, dtypes)
        # How long a full batch takes.
        self.seconds = 0.0

    def __str__(self) -> str:
        return f"{self.metadata.name}/{self.metadata.version}"

    def run(self, columns: Columns) -> Columns:
        """Compute all outputs for valid rows."""
        outputs = self.session.run(list(self.outputs), columns)
        return dict(zip(self.outputs, outputs, strict=True))

    def read_instances(self, body: Any) -> list[BaseModel]:
        """Validate the body of a request, or raise a ValidationError of Pydantic."""
        request: Any = self.request.model_validate(body, from_attributes=True)
        instances: list[BaseModel] = request.instances
        return instances

    def make_columns(self, instances: list[BaseModel]) -> Columns:
        """Turn valid instances into one array for each column."""
        columns = {}
        # The fields of an instance are in the order of the features.
        fields = zip(*(vars(instance).values() for instance in instances), strict=True)
        for feature, values in zip(self.metadata.features, fields, strict=True):
            tensor = self.inputs[feature.name]
            columns[tensor.name] = np.array(values, tensor.dtype).reshape(-1, *tensor.row_shape)
        return columns

    def write_predictions(self, outputs: Columns) -> Predictions:
        """Turn the outputs of the model into predictions."""
        classes = self.metadata.classes
        if not np.isfinite(outputs[PROBABILITIES]).all():
            raise ModelError(f"the output {PROBABILITIES} is not all finite")
        rows = zip(self._read_labels(outputs), outputs[PROBABILITIES].tolist(), strict=True)
        predictions = [
            Prediction(label=label, probabilities=dict(zip(classes, row, strict=True)))
            for label, row in rows
        ]
        model = ModelReference(name=self.metadata.name, version=self.metadata.version)
        return Predictions(predictions=predictions, model=model)

    def warm_up(self, rows: int) -> None:
        """Run one row and full batches, check the outputs, and measure how long a full batch takes."""
        example = {feature.name: feature.example for feature in self.metadata.features}
        instances = self.read_instances({"instances": [example]})
        times = []
        for count in (1, *[rows] * WARM_UPS):
            columns = self.make_columns(instances * count)
            started = perf_counter()
            outputs = self.run(columns)
            times.append(perf_counter() - started)
            self._check_outputs(outputs, count)
        self.seconds = min(times[1:])

    def _read_labels(self, outputs: Columns) -> list[str]:
        """Read the class of each row; the model gives its name or its position among the classes."""
        labels: list[Any] = outputs[LABEL].tolist()
        classes = self.metadata.classes
        known = classes if self.outputs[LABEL].datatype == "BYTES" else range(len(classes))
        if unknown := [label for label in labels if label not in known]:
            raise ModelError(f"the output {LABEL} is none of the classes: {unknown[0]}")
        return labels if known is classes else [classes[label] for label in labels]

    def _check_inputs(self) -> None:
        features = {feature.name: feature.type for feature in self.metadata.features}
        if features.keys() != self.inputs.keys():
            wrong = ", ".join(sorted(features.keys() ^ self.inputs.keys()))
            raise ModelError(f"the features of {METADATA_FILE} are not the model's inputs: {wrong}")
        for name, tensor in self.inputs.items():
            if (expected := FEATURE_TYPES[tensor.dtype.kind]) != features[name]:
                raise ModelError(f"the input {name} is of type {expected}, not {features[name]}")
            if tensor.row_shape not in ((), (1,)):
                raise ModelError(f"the input {name} does not take one value a row")
        if missing := {LABEL, PROBABILITIES} - self.outputs.keys():
            raise ModelError(f"the model has no output {' and no output '.join(sorted(missing))}")

    def _check_outputs(self, outputs: Columns, rows: int) -> None:
        shapes = {LABEL: (rows,), PROBABILITIES: (rows, len(self.metadata.classes))}
        for name, shape in shapes.items():
            if (found := outputs[name].shape) != shape:
                raise ModelError(f"the output {name} has the shape {found}, not {shape}")
        self._read_labels(outputs)


def load(folder: Path, threads: int, batch_size: int) -> Model:
    """Load the model of a folder and warm it up, or raise a ModelError."""
    try:
        metadata = Metadata.model_validate_json((folder / METADATA_FILE).read_bytes())
        # Read once, so that the bytes with the right hash are those that are loaded.
        onnx = (folder / MODEL_FILE).read_bytes()
        if (digest := sha256(onnx).hexdigest()) != metadata.sha256:
            raise ModelError(f"its sha256 is {digest}, not {metadata.sha256}")
        model = Model(metadata, onnx, threads)
        model.warm_up(batch_size)
    except OSError as error:
        raise ModelError(f"{error.filename}: {error.strerror}") from error
    except ValidationError as error:
        raise ModelError(f"{folder / METADATA_FILE}: {first_error(error)}") from error
    except Exception as error:
        # The errors of ONNX Runtime have no base of their own.
        raise ModelError(f"{folder / MODEL_FILE}: {error}") from error
    return model


def first_error(error: ValidationError) -> str:
    """Write the first reason of an error in one line, after its place."""
    reason = error.errors()[0]
    return ": ".join(filter(None, (".".join(map(str, reason["loc"])), reason["msg"])))


def _make_tensor(arg: NodeArg) -> Tensor:
    if arg.type not in DATATYPES or not arg.shape or isinstance(arg.shape[0], int):
        raise ModelError(f"{arg.name} is {arg.type} of shape {arg.shape}, not a tensor of any rows")
    datatype, dtype = DATATYPES[arg.type]
    row_shape = tuple(size if isinstance(size, int) else -1 for size in arg.shape[1:])
    return Tensor(arg.name, datatype, dtype, row_shape)
