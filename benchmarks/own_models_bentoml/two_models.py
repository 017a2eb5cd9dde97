from typing import Any

import bentoml
import joblib
import pandas as pd


@bentoml.service
class Predictions:
    def __init__(self) -> None:
        self.first = joblib.load("first.joblib")
        self.second = joblib.load("second.joblib")

    @bentoml.api
    def predict_first(self, instances: list[dict[str, Any]]) -> list[Any]:
        return self.first.predict(pd.DataFrame(instances, dtype=float)).tolist()

    @bentoml.api
    def predict_second(self, instances: list[dict[str, Any]]) -> list[Any]:
        return self.second.predict(pd.DataFrame(instances, dtype=float)).tolist()
