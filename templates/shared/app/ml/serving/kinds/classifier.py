"""Models that tell the class of an instance."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import create_model
from pydantic_core import to_json

from app.ml.serving.datatypes import Columns
from app.ml.serving.kinds.features import FeaturesKind
from app.ml.serving.kinds.kind import FLOATS, check_finite, check_output
from app.ml.serving.kinds.probabilities import PROBABILITIES, check_range, check_sum, is_tie
from app.ml.serving.metadata import METADATA_FILE, Metadata
from app.ml.serving.model_error import ModelError
from app.ml.serving.onnx_model import OnnxModel
from app.ml.serving.schemas import response_schema, write_class

LABEL = "label"


class Classifier(FeaturesKind):
    """A kind of model: the class of each instance, and how likely each class is."""

    def __init__(self, metadata: Metadata, onnx: OnnxModel | None) -> None:
        super().__init__(metadata, onnx)
        self.classes = metadata.classes
        self.threshold = metadata.threshold
        # The classes as the keys of an object in JSON.
        self.names = [write_class(known) for known in self.classes]
        prediction = create_model(
            "Prediction",
            __doc__="The class of an instance, and how likely each class is.",
            label=(type(self.classes[0]), ...),
            probabilities=(dict[str, float], ...),
        )
        self.response = response_schema(prediction)

    def complete(self, outputs: Columns) -> Columns:
        """Add the label: the most probable class, or of two the second from the threshold on."""
        if LABEL in outputs and self.threshold is None:
            return outputs
        probabilities = outputs.get(PROBABILITIES)
        if probabilities is None or np.shape(probabilities)[1:] != (len(self.classes),):
            return outputs  # `check_outputs` says what is wrong
        if self.threshold is None:
            numbers = probabilities.argmax(axis=1)
        else:
            numbers = (probabilities[:, 1] >= self.threshold).astype(int)
        labels = np.array(self._labels_like(outputs.get(LABEL)))
        return outputs | {LABEL: labels[numbers]}

    def check_outputs(self, outputs: Columns, rows: int) -> None:
        """Raise a ModelError unless there are a label and probabilities."""
        check_output(outputs, PROBABILITIES, [(rows, len(self.classes))], FLOATS)
        check_output(outputs, LABEL, [(rows,)], "OUTbiu")
        check_range(outputs[PROBABILITIES])
        check_sum(outputs[PROBABILITIES])
        self._check_order(outputs[LABEL])
        self._read_classes(outputs[LABEL])

    def check_agreement(self, outputs: Columns) -> None:
        """Raise a ModelError where most rows of a label have another class as the most probable."""
        if self.threshold is not None:
            return
        likely = outputs[PROBABILITIES].argmax(axis=1)
        labels = self._labels_like(outputs[LABEL])
        numbers = np.array([labels.index(label) for label in outputs[LABEL].tolist()])
        for number in np.unique(numbers):
            others = likely[numbers == number]
            if (others == number).sum() * 2 < len(others):
                other = np.bincount(others).argmax()
                raise ModelError(
                    f"the outputs {LABEL} and {PROBABILITIES} disagree: where the label is "
                    f"{labels[number]!r}, the class {self.names[other]} is the most probable. Put "
                    f"classes in {METADATA_FILE} into the order of the columns of {PROBABILITIES}"
                )

    def write(self, outputs: Columns, model: Mapping[str, Any]) -> bytes:
        """Write the answer to a request: JSON in UTF-8."""
        probabilities = outputs[PROBABILITIES]
        check_finite(PROBABILITIES, probabilities)
        rows = zip(self._read_classes(outputs[LABEL]), probabilities.tolist(), strict=True)
        predictions = [
            {"label": label, "probabilities": dict(zip(self.names, row, strict=True))}
            for label, row in rows
        ]
        return to_json({"predictions": predictions, "model": model})

    def settle_ties(self, expected: Any, found: Any) -> Any:
        """Return the expected prediction, with the class found where another is as likely."""
        label, likely = expected.get("label"), found["probabilities"]
        if label == found["label"] or write_class(label) not in likely:
            return expected
        if self.threshold is None:
            tie = is_tie(likely[write_class(label)], likely[write_class(found["label"])])
        else:
            tie = is_tie(likely[self.names[1]], self.threshold)
        return expected | {"label": found["label"]} if tie else expected

    def _labels_like(self, given: np.ndarray[Any, Any] | None) -> Sequence[Any]:
        """Return what the model calls the classes: their values, or their positions."""
        if self.metadata.labels is not None:
            return self.metadata.labels
        if given is not None and given.dtype.kind in "iu" and isinstance(self.classes[0], str):
            return range(len(self.classes))
        return self.classes

    def _read_classes(self, given: np.ndarray[Any, Any]) -> list[Any]:
        """Read the class of each row."""
        labels = self._labels_like(given)
        class_of = dict(zip(labels, self.classes, strict=True))
        found = given.tolist()
        try:
            return [class_of[label] for label in found]
        except KeyError as error:
            known = ", ".join(map(repr, labels))
            raise ModelError(
                f"the output {LABEL} is {error.args[0]!r}, which is none of {known}: mend classes in "
                f"{METADATA_FILE}, or write what the model calls each of them as labels"
            ) from None

    def _check_order(self, given: np.ndarray[Any, Any]) -> None:
        """Raise a ModelError where the names of the classes may or may not be positions."""
        numbers = [str(number) for number in range(len(self.classes))]
        if (
            isinstance(self._labels_like(given), range)
            and self.classes != numbers
            and sorted(map(str, self.classes)) == sorted(numbers)
        ):
            raise ModelError(
                f"the output {LABEL} is a number, and classes in {METADATA_FILE} are numbers in another "
                "order: write what the model calls each of them as labels"
            )
