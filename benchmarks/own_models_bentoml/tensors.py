from typing import Any

import bentoml
import numpy as np
from onnxruntime import InferenceSession

TYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(string)": "object"}


@bentoml.service
class Predictions:
    def __init__(self) -> None:
        self.session = InferenceSession("model.onnx")
        self.types = {
            it.name: TYPES.get(it.type, it.type[7:-1]) for it in self.session.get_inputs()
        }

    @bentoml.api
    def predict(self, inputs: dict[str, Any]) -> dict[str, Any]:
        feed = {name: np.array(rows, self.types[name]) for name, rows in inputs.items()}
        names = [it.name for it in self.session.get_outputs()]
        outputs = self.session.run(names, feed)
        return {name: rows.tolist() for name, rows in zip(names, outputs, strict=True)}
