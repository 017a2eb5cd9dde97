"""The ONNX model in the folder MODEL_PATH, run on one thread: what all bare inference services share."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime


class Model:
    def __init__(self) -> None:
        folder = Path(os.environ["MODEL_PATH"])
        description = json.loads((folder / "model.json").read_bytes())
        self.features = [feature["name"] for feature in description["features"]]
        self.classes = description["classes"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(folder / "model.onnx", options)

    def run(self, columns: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The labels, as positions in the classes, and the probabilities of some rows."""
        label, probabilities = self._session.run(["label", "probabilities"], columns)
        return label, probabilities

    def predict(self, instances: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
        columns = {
            name: np.array([[instance[name]] for instance in instances], np.float32)
            for name in self.features
        }
        labels, probabilities = self.run(columns)
        return [
            {
                "label": self.classes[label],
                "probabilities": dict(zip(self.classes, row, strict=True)),
            }
            for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
        ]
