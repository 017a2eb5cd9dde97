"""Models that tell numbers."""

from collections.abc import Mapping
from typing import Any

from pydantic import create_model
from pydantic_core import to_json

from app.ml.serving.datatypes import Columns
from app.ml.serving.kinds.features import FeaturesKind
from app.ml.serving.kinds.kind import NUMBERS, check_finite, check_output
from app.ml.serving.metadata import Metadata
from app.ml.serving.onnx_model import OnnxModel
from app.ml.serving.schemas import response_schema


class Regressor(FeaturesKind):
    """A kind of model: one number for each instance, or one for each of several targets."""

    def __init__(self, metadata: Metadata, onnx: OnnxModel | None) -> None:
        super().__init__(metadata, onnx)
        self.targets = metadata.targets
        if len(self.targets) == 1:
            value = create_model(
                "Prediction", __doc__="The number of an instance.", value=(float, ...)
            )
        else:
            value = create_model(
                "Prediction",
                __doc__="The numbers of an instance, by their names.",
                values=(dict[str, float], ...),
            )
        self.response = response_schema(value)

    def check_outputs(self, outputs: Columns, rows: int) -> None:
        """Raise a ModelError unless each target is an output."""
        for target in self.targets:
            check_output(outputs, target, [(rows,), (rows, 1)], NUMBERS)
            check_finite(target, outputs[target])

    def check_agreement(self, outputs: Columns) -> None:
        """Have nothing to compare."""

    def write(self, outputs: Columns, model: Mapping[str, Any]) -> bytes:
        """Write the answer to a request: JSON in UTF-8."""
        columns = []
        for target in self.targets:
            check_finite(target, outputs[target])
            columns.append(outputs[target].astype(float).ravel().tolist())
        if len(columns) == 1:
            predictions: list[Any] = [{"value": value} for value in columns[0]]
        else:
            rows = zip(*columns, strict=True)
            predictions = [{"values": dict(zip(self.targets, row, strict=True))} for row in rows]
        return to_json({"predictions": predictions, "model": model})
