"""Predictions with mosec, in dynamic batches: `bare_inference_mosec.py MAX_BATCH_SIZE [OPTIONS]`."""

import sys
from typing import Any

from bare_model import Model
from mosec import Server, Worker


class Predictions(Worker):
    def __init__(self) -> None:
        super().__init__()
        self.model = Model()

    def forward(self, data: list[dict[str, float]]) -> list[dict[str, Any]]:
        return self.model.predict(data)


if __name__ == "__main__":
    server = Server()
    # A batch that is not full waits; a millisecond is the least.
    server.append_worker(Predictions, max_batch_size=int(sys.argv[1]), max_wait_time=1)
    server.run()
