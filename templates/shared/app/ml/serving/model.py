"""A model that can serve: its description, its predictor, and its kind."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from app.ml.predictor import Predictor
from app.ml.serving.datatypes import Columns, Tensor, datatype_of, fits
from app.ml.serving.kinds.classifier import Classifier
from app.ml.serving.kinds.kind import Kind
from app.ml.serving.kinds.multilabel import Multilabel
from app.ml.serving.kinds.regressor import Regressor
from app.ml.serving.kinds.tensors import Tensors
from app.ml.serving.metadata import Metadata
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import OnnxModel

KINDS: dict[str, Callable[[Metadata, OnnxModel | None], Kind]] = {
    "classifier": Classifier,
    "regressor": Regressor,
    "multilabel": Multilabel,
    "tensors": Tensors,
}
WARM_UPS = 3


class Model:
    """A model that can serve."""

    def __init__(self, metadata: Metadata, predictor: Predictor) -> None:
        self.metadata = metadata
        self.predictor = predictor
        found: Any = getattr(predictor, "model", None)
        # What a model in ONNX takes and gives is known.
        self.onnx = found if isinstance(found, OnnxModel) else None
        self.kind = KINDS[metadata.kind](metadata, self.onnx)
        self.inputs = self.kind.inputs
        self.outputs: dict[str, Tensor] = {}
        # How long a full batch takes.
        self.seconds = 0.0
        self._reference = {"name": metadata.name, "version": metadata.version}

    def __str__(self) -> str:
        return f"{self.metadata.name}/{self.metadata.version}"

    def run(self, columns: Columns) -> Columns:
        """Compute all outputs for valid rows."""
        predictor = self.predictor
        outputs = predictor.finish(predictor.predict(predictor.prepare(columns)))
        return self.kind.complete(outputs)

    def read_instances(self, body: Any) -> Any:
        """Validate the body of a request, or raise a ValidationError of Pydantic."""
        return self.kind.read_instances(body)

    def make_columns(self, instances: Any) -> Columns:
        """Turn valid instances into one array for each column."""
        return self.kind.make_columns(instances)

    def write_predictions(self, outputs: Columns, **reference: Any) -> bytes:
        """Write the answer to a request, in JSON; `reference` adds to what it says of the model."""
        return self.kind.write(outputs, self._reference | reference)

    def warm_up(self, row: Columns, rows: int) -> None:
        """Run full batches of a row, and measure how long one takes."""
        columns = {name: np.repeat(values, rows, axis=0) for name, values in row.items()}
        times = []
        for _ in range(WARM_UPS):
            started = perf_counter()
            outputs = self.run(columns)
            times.append(perf_counter() - started)
        self.seconds = min(times)
        known = self.onnx.outputs if self.onnx else {}
        self.outputs = {
            name: _describe(name, values, known.get(name)) for name, values in outputs.items()
        }


def _describe(name: str, values: np.ndarray[Any, Any], known: Tensor | None) -> Tensor:
    """Describe an output; a size that the model leaves open stays open."""
    datatype = datatype_of(values.dtype)
    if datatype is None:
        raise ModelError(f"the output {name} is of the type {values.dtype}, which no client reads")
    if known and known.datatype == datatype and fits(values.shape[1:], known.row_shape):
        return known
    return Tensor(name, datatype, values.shape[1:])
