from typing import Any

import bentoml
import joblib
import pandas as pd


@bentoml.service
class Predictions:
    def __init__(self) -> None:
        self.model = joblib.load("model.joblib")

    @bentoml.api
    def predict(self, instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = pd.DataFrame(instances, dtype=float)
        rows["ratio"] = rows["pl"] / rows["sl"]
        probabilities = self.model.predict_proba(rows)
        return [{"label": row[1] >= 0.3, "probabilities": row} for row in probabilities.tolist()]
