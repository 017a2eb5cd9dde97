"""How the model answers: yours to change. A model in ONNX needs no change here."""

from pathlib import Path

from app.ml.serving.datatypes import Columns
from app.ml.serving.metadata import Metadata
from app.ml.serving.onnx_model import OnnxModel, Runtime


class Predictor:
    """The model, and what is done before and after it.

    Its methods get a whole batch: one array for each column, with a row for each instance. They run
    outside the event loop, one batch at a time.
    """

    def load(self, folder: Path, metadata: Metadata, runtime: Runtime) -> None:
        """Load the model; `folder` has `model.json`, and what `train.py` wrote beside it."""
        self.model = OnnxModel(folder, metadata, runtime)

    def prepare(self, columns: Columns) -> Columns:
        """Turn the features into the inputs of the model."""
        return columns

    def predict(self, columns: Columns) -> Columns:
        """Ask the model."""
        return self.model.run(columns)

    def finish(self, outputs: Columns) -> Columns:
        """Turn the outputs of the model into those that the kind of model has."""
        return outputs
