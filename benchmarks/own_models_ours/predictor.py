"""How the model answers: a pickle, with a step before it."""

from pathlib import Path

import joblib
import pandas as pd

from app.ml.serving.datatypes import Columns
from app.ml.serving.metadata import Metadata
from app.ml.serving.onnx_model import Runtime


class Predictor:
    """The model, and what is done before and after it."""

    def load(self, folder: Path, metadata: Metadata, runtime: Runtime) -> None:
        """Load the model."""
        self.model = joblib.load(folder / metadata.file)

    def prepare(self, columns: Columns) -> Columns:
        """Add what follows from the features."""
        return columns | {"ratio": columns["pl"] / columns["sl"]}

    def predict(self, columns: Columns) -> Columns:
        """Ask the model."""
        rows = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
        return {"probabilities": self.model.predict_proba(rows)}

    def finish(self, outputs: Columns) -> Columns:
        """Turn the outputs of the model into those that the kind of model has."""
        return outputs
