from typing import Any

import bentoml
import joblib
import pandas as pd

COLUMNS = {"age": float, "fare": float, "pclass": int, "alone": bool, "embarked": object}


@bentoml.service
class Predictions:
    def __init__(self) -> None:
        self.model = joblib.load("model.joblib")

    @bentoml.api
    def predict(self, instances: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows = pd.DataFrame(instances, columns=COLUMNS).astype(COLUMNS)
        labels, probabilities = self.model.predict(rows), self.model.predict_proba(rows)
        return [
            {"label": label, "probabilities": row}
            for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
        ]
