from typing import Any

import bentoml
import joblib


@bentoml.service
class Predictions:
    def __init__(self) -> None:
        self.model = joblib.load("model.joblib")

    @bentoml.api
    def predict(self, instances: list[str]) -> list[dict[str, Any]]:
        labels, probabilities = self.model.predict(instances), self.model.predict_proba(instances)
        return [
            {"label": label, "probabilities": row}
            for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
        ]
