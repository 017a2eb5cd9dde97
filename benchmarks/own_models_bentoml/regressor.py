from typing import Any

import bentoml
import joblib
import pandas as pd


@bentoml.service
class Predictions:
    def __init__(self) -> None:
        self.model = joblib.load("model.joblib")

    @bentoml.api
    def predict(self, instances: list[dict[str, Any]]) -> list[Any]:
        return self.model.predict(pd.DataFrame(instances, dtype=float)).tolist()
