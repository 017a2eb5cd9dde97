"""Predictions with MLServer, by a custom runtime in adaptive batches."""

import asyncio
import os

import uvloop
from bare_model import Model
from mlserver import MLModel, MLServer, ModelSettings, Settings
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Predictions(MLModel):
    async def load(self) -> bool:
        self.model = Model()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        columns = {tensor.name: NumpyCodec.decode_input(tensor) for tensor in payload.inputs}
        labels, probabilities = self.model.run(columns)
        outputs = [
            NumpyCodec.encode_output("label", labels),
            NumpyCodec.encode_output("probabilities", probabilities),
        ]
        return InferenceResponse(model_name=self.name, outputs=outputs)


async def main() -> None:
    settings = Settings(
        debug=False,
        host="127.0.0.1",
        http_port=int(os.environ["PORT"]),
        grpc_port=0,
        metrics_endpoint=None,
        # Without a worker of its own: one core has no room for a second process.
        parallel_workers=0,
    )
    # A longer wait makes one client slower, and 64 no faster.
    model = ModelSettings(
        name="model", implementation=Predictions, max_batch_size=64, max_batch_time=0.0001
    )
    await MLServer(settings).start([model])


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # as its command does
    asyncio.run(main())
