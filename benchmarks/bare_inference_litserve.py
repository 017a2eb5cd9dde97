"""Predictions with LitServe, in batches: a worker runs the model, another process speaks HTTP."""

import os
from typing import Any

from bare_model import Model
from litserve import LitAPI, LitServer


class Predictions(LitAPI):
    def setup(self, device: str) -> None:
        self.model = Model()

    def predict(self, instances: list[dict[str, float]]) -> list[dict[str, Any]]:
        return self.model.predict(instances)


if __name__ == "__main__":
    # What waits is a batch without a batch_timeout too; with one, a client alone would wait for it.
    server = LitServer(Predictions(max_batch_size=64), accelerator="cpu", workers_per_device=1)
    server.run(
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        num_api_servers=1,
        log_level="warning",
        generate_client_file=False,
    )
