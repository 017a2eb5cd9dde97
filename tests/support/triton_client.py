"""Asks a service with tritonclient, as it is, and prints what it understood.

Run by the Python that has the client: `triton_client.py URL [TOKEN]`.
"""

import json
import sys
from typing import Any

import numpy as np
from tritonclient.http import (  # type: ignore[import-not-found]
    InferenceServerClient,
    InferInput,
    InferRequestedOutput,
)
from tritonclient.utils import InferenceServerException  # type: ignore[import-not-found]

MODEL = "iris"
NAMES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def ask(client: InferenceServerClient, rows: list[list[float]], **headers: str) -> dict[str, Any]:
    """Ask in each way that the client has."""
    metadata = client.get_model_metadata(MODEL)
    found: dict[str, Any] = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model ready": client.is_model_ready(MODEL),
        "version ready": client.is_model_ready(MODEL, "1"),
        "unknown model ready": client.is_model_ready("rose"),
        "server": client.get_server_metadata(),
        "same metadata": metadata == client.get_model_metadata(MODEL, "1"),
        "inputs": [tensor["name"] for tensor in metadata["inputs"]],
    }

    def infer(inputs: list[InferInput], model: str = MODEL, **options: Any) -> Any:
        try:
            result = client.infer(model, inputs, headers=headers, **options)
        except InferenceServerException as error:
            return [error.status(), error.message()]
        given = result.get_response()
        assert given.get("id", "") == options.get("request_id", "")
        return [result.as_numpy(name).tolist() for name in ("label", "probabilities")]

    def outputs(binary: bool) -> list[InferRequestedOutput]:
        return [InferRequestedOutput(n, binary_data=binary) for n in ("label", "probabilities")]

    for binary in (False, True):
        name = "binary" if binary else "JSON"
        inputs = tensors(rows, binary)
        found[f"{name} to JSON"] = infer(inputs, outputs=outputs(False))
        found[f"{name} to binary"] = infer(inputs, outputs=outputs(True))
        # Without a word on the outputs the client asks for all, in binary.
        found[f"{name} to anything"] = infer(inputs, model_version="1", request_id="a b/é")
    waiting = client.async_infer(MODEL, tensors(rows, True), headers=headers)
    try:
        found["later"] = waiting.get_result().as_numpy("label").tolist()
    except InferenceServerException as error:
        found["later"] = [error.status(), error.message()]
    found["unknown model"] = infer(tensors(rows, True), "rose")
    found["a missing input"] = infer(tensors(rows, True)[1:])
    return found


def tensors(rows: list[list[float]], binary: bool) -> list[InferInput]:
    """One input for each column."""
    inputs = []
    for name, column in zip(NAMES, zip(*rows, strict=True), strict=True):
        given = InferInput(name, [len(rows), 1], "FP32")
        given.set_data_from_numpy(np.array(column, np.float32).reshape(-1, 1), binary_data=binary)
        inputs.append(given)
    return inputs


if __name__ == "__main__":
    url, *token = sys.argv[1:]
    headers = {"Authorization": f"Bearer {token[0]}"} if token else {}
    with InferenceServerClient(url.removeprefix("http://")) as client:
        print(json.dumps(ask(client, json.load(sys.stdin), **headers)))
