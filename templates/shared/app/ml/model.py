"""A model in ONNX: loaded, held against its description, and warmed up."""

from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from onnxruntime import InferenceSession, NodeArg, SessionOptions
from pydantic import BaseModel, ValidationError

from app.ml.datatypes import DATATYPES, FEATURE_TYPES, Columns
from app.ml.metadata import Metadata
from app.ml.schemas import ModelReference, Prediction, Predictions, field_of, request_of

MODEL_FILE, METADATA_FILE = "model.onnx", "model.json"
LABEL, PROBABILITIES = "label", "probabilities"
WARM_UPS = 3


class ModelError(Exception):
    """A model that cannot serve, and why."""


@dataclass(frozen=True)
class Tensor:
    """An input or output; its first dimension is the row."""

    name: str
    datatype: str
    dtype: np.dtype[Any]
    # Of one row: () or, for most, (1,).
    row_shape: tuple[int, ...]


class Model:
    """A model that can serve."""

    def __init__(self, metadata: Metadata, onnx: bytes, threads: int) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # What fails is raised; the runtime would print it too.
        options.log_severity_level = 4
        self.metadata = metadata
        self.session = InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        self.inputs = {arg.name: _tensor(arg) for arg in self.session.get_inputs()}
        self.outputs = {arg.name: _tensor(arg) for arg in self.session.get_outputs()}
        self._check_inputs()
        dtypes = {tensor.name: tensor.dtype for tensor in self.inputs.values()}
        self.request: type[BaseModel] = request_of(metadata.features, dtypes)
        self._columns = [
            (attrgetter(field_of(number)), self.inputs[feature.name])
            for number, feature in enumerate(metadata.features)
        ]
        # Of one full batch.
        self.seconds = 0.0

    def __str__(self) -> str:
        return f"{self.metadata.name}/{self.metadata.version}"

    def run(self, columns: Columns) -> Columns:
        """Compute every output for these rows, which have to be valid."""
        outputs = self.session.run(list(self.outputs), columns)
        return dict(zip(self.outputs, outputs, strict=True))

    def read_instances(self, body: Any) -> list[BaseModel]:
        """Validate the body of a request, or raise Pydantic's ValidationError."""
        request: Any = self.request.model_validate(body, from_attributes=True)
        instances: list[BaseModel] = request.instances
        return instances

    def make_columns(self, instances: list[BaseModel]) -> Columns:
        """Turn valid instances into one array a column."""
        rows = len(instances)
        return {
            tensor.name: np.array([*map(read, instances)], tensor.dtype).reshape(
                rows, *tensor.row_shape
            )
            for read, tensor in self._columns
        }

    def write_predictions(self, outputs: Columns) -> Predictions:
        """Name the classes of what the model has computed."""
        classes = self.metadata.classes
        if not np.isfinite(outputs[PROBABILITIES]).all():
            raise ModelError(f"the output {PROBABILITIES} is not all finite")
        rows = zip(self._name_labels(outputs), outputs[PROBABILITIES].tolist(), strict=True)
        return Predictions(
            predictions=[
                Prediction(label=label, probabilities=dict(zip(classes, row, strict=True)))
                for label, row in rows
            ],
            model=ModelReference(name=self.metadata.name, version=self.metadata.version),
        )

    def warm_up(self, rows: int) -> None:
        """Run it once for each size of a batch that matters, and see what comes out."""
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

    def _name_labels(self, outputs: Columns) -> list[str]:
        """Name the class of each row; the model answers with the class or with its position."""
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
            if outputs[name].shape != shape:
                found = outputs[name].shape
                raise ModelError(f"the output {name} has the shape {found}, not {shape}")
        self._name_labels(outputs)


def load(folder: Path, threads: int, batch_size: int) -> Model:
    """Load the model of a folder and warm it up, or say in a ModelError why it cannot serve."""
    try:
        metadata = Metadata.model_validate_json((folder / METADATA_FILE).read_bytes())
        # Read once: what has the right hash is what is loaded.
        onnx = (folder / MODEL_FILE).read_bytes()
    except OSError as error:
        raise ModelError(f"{error.filename}: {error.strerror}") from error
    except ValidationError as error:
        reason = error.errors()[0]
        place = ".".join(map(str, reason["loc"]))
        raise ModelError(f"{folder / METADATA_FILE}: {place}: {reason['msg']}") from error
    if (digest := sha256(onnx).hexdigest()) != metadata.sha256:
        raise ModelError(f"{folder / MODEL_FILE}: its sha256 is {digest}, not {metadata.sha256}")
    try:
        model = Model(metadata, onnx, threads)
        model.warm_up(batch_size)
    except ModelError:
        raise
    except Exception as error:
        # ONNX Runtime has many errors, and none has a base of its own.
        raise ModelError(f"{folder / MODEL_FILE}: {error}") from error
    return model


def _tensor(arg: NodeArg) -> Tensor:
    if arg.type not in DATATYPES or not arg.shape or isinstance(arg.shape[0], int):
        raise ModelError(f"{arg.name} is {arg.type} of shape {arg.shape}, not a tensor of any rows")
    datatype, dtype = DATATYPES[arg.type]
    row_shape = tuple(size if isinstance(size, int) else -1 for size in arg.shape[1:])
    return Tensor(arg.name, datatype, dtype, row_shape)
