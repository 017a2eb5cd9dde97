"""Asks a service with KServe's InferenceRESTClient, as it is, and prints what it understood.

Run by the Python that has the client: `kserve_client.py URL [TOKEN]`.
"""

import asyncio
import json
import sys
from typing import Any

import httpx
import numpy as np
from kserve import (  # type: ignore[import-not-found]
    InferenceRESTClient,
    InferInput,
    InferRequest,
    RESTConfig,
)

MODEL = "iris"
NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


async def ask(url: str, rows: list[list[float]], **headers: str) -> dict[str, Any]:
    """Ask in each way that the client has."""
    async with InferenceRESTClient(RESTConfig(protocol="v2", retries=0)) as client:
        found: dict[str, Any] = {
            "live": await client.is_server_live(url),
            "ready": await client.is_server_ready(url),
            "model ready": await client.is_model_ready(url, MODEL),
            "unknown model ready": await client.is_model_ready(url, "rose"),
        }

        async def infer(data: InferRequest | dict[str, Any], model: str = MODEL) -> Any:
            try:
                # The client adds to the headers that it is given.
                result = await client.infer(url, data, model_name=model, headers=dict(headers))
            except httpx.HTTPStatusError as error:
                return [str(error.response.status_code), str(error)]
            assert result.model_name == MODEL
            outputs = map(result.get_output_by_name, ("label", "probabilities"))
            return [output.as_numpy().tolist() for output in outputs]

        for binary in (False, True):
            name = "binary" if binary else "JSON"
            found[f"{name} to JSON"] = await infer(request(rows, binary))
            found[f"{name} to binary"] = await infer(request(rows, binary, binary_data_output=True))
        columns = zip(NAMES, zip(*rows, strict=True), strict=True)
        found["an object"] = await infer(
            {
                "inputs": [
                    {"name": name, "shape": [len(rows), 1], "datatype": "FP32", "data": column}
                    for name, column in columns
                ]
            }
        )
        found["unknown model"] = await infer(request(rows, True), "rose")
        found["a missing input"] = await infer(request(rows, True, NAMES[1:]))
        return found


def request(
    rows: list[list[float]], binary: bool, names: tuple[str, ...] = NAMES, **parameters: object
) -> InferRequest:
    """A request with one input for each of these columns."""
    inputs = []
    for name, column in zip(NAMES, zip(*rows, strict=True), strict=True):
        given = InferInput(name, [len(rows), 1], "FP32")
        given.set_data_from_numpy(np.array(column, np.float32).reshape(-1, 1), binary_data=binary)
        inputs += [given] if name in names else []
    return InferRequest(MODEL, inputs, parameters=parameters)


if __name__ == "__main__":
    url, *token = sys.argv[1:]
    headers = {"Authorization": f"Bearer {token[0]}"} if token else {}
    print(json.dumps(asyncio.run(ask(url, json.load(sys.stdin), **headers))))
