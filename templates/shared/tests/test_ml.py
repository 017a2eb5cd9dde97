"""Predictions: of the project's model, and of the one that takes its place."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
from httpx2 import Client

from app.ml.serving.examples import read_examples
from app.ml.serving.loading import load
from app.ml.serving.model_folder import read_states
from app.ml.serving.onnx_model import Runtime
from app.ml.serving.roles import make_plan

MODELS = Path(__file__).parents[1] / "model"
PLAN = make_plan(MODELS, read_states(MODELS))
NAME = PLAN.default or min(PLAN.models)
PREDICTIONS = "/api/v1/predictions" if PLAN.default else f"/api/v1/models/{NAME}/predictions"
SHIPPED = PLAN.models[NAME].primary.folder
MODEL = load(SHIPPED, Runtime(threads=1), batch_size=2)
METADATA = MODEL.metadata
EXAMPLES = read_examples(SHIPPED, METADATA)
# A request of one row.
BODY: dict[str, Any] = EXAMPLES[0].body if EXAMPLES else MODEL.kind.make_bodies()[0]
# How long a service on a busy machine may take to look into the folder.
SECONDS = 30

elsewhere = pytest.mark.parametrize("model", [Path("elsewhere")])


def test_the_model_answers(client: Client) -> None:
    answer = client.post(PREDICTIONS, json=BODY).json()
    outputs = MODEL.run(MODEL.make_columns(MODEL.read_instances(BODY)))
    assert answer == json.loads(MODEL.write_predictions(outputs))
    assert answer["model"] == {"name": METADATA.name, "version": METADATA.version}


def test_a_wrong_request_is_named(client: Client) -> None:
    ((key, value),) = BODY.items()
    wrong = {"unknown": 1}
    body = {key: [{**value[0], **wrong}] if isinstance(value, list) else {**value, **wrong}}
    response = client.post(PREDICTIONS, json=body)
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert (error["loc"][:2], error["loc"][-1]) == (["body", key], "unknown")


def test_the_open_inference_protocol_is_spoken(client: Client) -> None:
    path = f"/v2/models/{METADATA.name}"
    columns = MODEL.make_columns(MODEL.read_instances(BODY))
    inputs = [
        {
            "name": tensor["name"],
            "datatype": tensor["datatype"],
            "shape": columns[tensor["name"]].shape,
            "data": write_data(columns[tensor["name"]]),
        }
        for tensor in client.get(path).json()["inputs"]
    ]
    answer = client.post(f"{path}/infer", json={"inputs": inputs}).json()
    assert {output["name"] for output in answer["outputs"]} == MODEL.outputs.keys()
    response = client.post(f"{path}/infer", json={"inputs": inputs[1:]})
    assert (response.status_code, list(response.json())) == (400, ["error"])


@elsewhere
def test_a_model_with_a_wrong_hash_is_not_served(
    client: Client, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_model(model, sha256="0" * 64)
    wait_for(lambda: client.get("/readyz").status_code == 503 and "sha256" in caplog.text)
    assert client.get("/readyz").json()["checks"]["model"] == "unavailable"
    assert client.post(PREDICTIONS, json=BODY).status_code == 503
    write_model(model)
    wait_for(lambda: client.get("/readyz").status_code == 200)


@elsewhere
def test_a_newer_model_takes_over(client: Client, model: Path) -> None:
    write_model(model)
    wait_for(lambda: client.get("/readyz").status_code == 200)
    write_model(model, version="next")
    path = f"/v2/models/{METADATA.name}/versions/next"
    wait_for(lambda: client.get(path).status_code == 200)
    answer = client.post(PREDICTIONS, json=BODY).json()
    assert answer["model"]["version"] == "next"


def write_data(values: np.ndarray[Any, Any]) -> list[Any]:
    """Write the values of a tensor; JSON has no word for a number that is missing."""
    numbers = np.nan_to_num(values) if values.dtype.kind == "f" else values
    data: list[Any] = numbers.ravel().tolist()
    return data


def write_model(folder: Path, **changes: object) -> None:
    """Write the model of the project, with another description."""
    copytree(SHIPPED, folder, dirs_exist_ok=True)
    metadata = METADATA.model_copy(update=changes)
    (folder / "model.json").write_text(metadata.model_dump_json(), encoding="utf-8")


def wait_for(condition: Callable[[], object]) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "nothing has changed"
        time.sleep(0.05)
