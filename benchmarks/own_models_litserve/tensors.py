import litserve
import numpy as np
from onnxruntime import InferenceSession

TYPES = {"tensor(float)": "float32", "tensor(double)": "float64", "tensor(string)": "object"}


class Predictions(litserve.LitAPI):
    def setup(self, device):
        self.session = InferenceSession("model.onnx")
        self.types = {
            it.name: TYPES.get(it.type, it.type[7:-1]) for it in self.session.get_inputs()
        }

    def predict(self, inputs):
        feed = {name: np.array(rows, self.types[name]) for name, rows in inputs.items()}
        names = [it.name for it in self.session.get_outputs()]
        outputs = self.session.run(names, feed)
        return {name: rows.tolist() for name, rows in zip(names, outputs, strict=True)}


if __name__ == "__main__":
    litserve.LitServer(Predictions()).run(port=8000)
