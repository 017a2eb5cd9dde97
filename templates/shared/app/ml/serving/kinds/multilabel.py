"""Models that tell all classes that an instance has."""

from collections.abc import Mapping
from typing import Any

from pydantic import create_model
from pydantic_core import to_json

from app.ml.serving.datatypes import Columns
from app.ml.serving.kinds.features import FeaturesKind
from app.ml.serving.kinds.kind import FLOATS, check_finite, check_output
from app.ml.serving.kinds.probabilities import PROBABILITIES, check_range, is_tie
from app.ml.serving.metadata import METADATA_FILE, Metadata
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import OnnxModel
from app.ml.serving.schemas import response_schema, write_class

THRESHOLD = 0.5


class Multilabel(FeaturesKind):
    """A kind of model: how likely each class is, whatever the others are."""

    def __init__(self, metadata: Metadata, onnx: OnnxModel | None) -> None:
        super().__init__(metadata, onnx)
        self.classes = metadata.classes
        self.threshold = THRESHOLD if metadata.threshold is None else metadata.threshold
        self.names = [write_class(known) for known in self.classes]
        known = type(self.classes[0])
        prediction = create_model(
            "Prediction",
            __doc__="The classes of an instance, and how likely each class is.",
            labels=(list[known], ...),  # type: ignore[valid-type]
            probabilities=(dict[str, float], ...),
        )
        self.response = response_schema(prediction)

    def check_outputs(self, outputs: Columns, rows: int) -> None:
        """Raise a ModelError unless there are probabilities."""
        check_output(outputs, PROBABILITIES, [(rows, len(self.classes))], FLOATS)
        check_range(outputs[PROBABILITIES])
        if "label" in outputs and outputs["label"].ndim == 1:
            raise ModelError(
                "the output label has one class for each row: "
                f"kind in {METADATA_FILE} is classifier"
            )

    def check_agreement(self, outputs: Columns) -> None:
        """Have nothing to compare."""

    def write(self, outputs: Columns, model: Mapping[str, Any]) -> bytes:
        """Write the answer to a request: JSON in UTF-8."""
        probabilities = outputs[PROBABILITIES]
        check_finite(PROBABILITIES, probabilities)
        predictions = [
            {
                "labels": [
                    known
                    for known, likely in zip(self.classes, row, strict=True)
                    if likely >= self.threshold
                ],
                "probabilities": dict(zip(self.names, row, strict=True)),
            }
            for row in probabilities.tolist()
        ]
        return to_json({"predictions": predictions, "model": model})

    def settle_ties(self, expected: Any, found: Any) -> Any:
        """Return the expected prediction, with the classes found that are at the threshold."""
        if not isinstance(expected.get("labels"), list):
            return expected
        labels = [
            known
            for known, name in zip(self.classes, self.names, strict=True)
            if known
            in (
                found["labels"]
                if is_tie(found["probabilities"][name], self.threshold)
                else expected["labels"]
            )
        ]
        unknown = [label for label in expected["labels"] if label not in self.classes]
        return expected | {"labels": labels + unknown}
