"""Predictions with BentoML, in adaptive batches."""

from typing import Any

import bentoml
from bare_model import Model


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Predictions:
    def __init__(self) -> None:
        self.model = Model()

    @bentoml.api(batchable=True, max_batch_size=64)
    def predict(self, instances: list[dict[str, float]]) -> list[dict[str, Any]]:
        return self.model.predict(instances)
