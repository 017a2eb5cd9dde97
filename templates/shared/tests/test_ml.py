"""Predictions: of the project's model, and of the one that takes its place."""

import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from httpx2 import Client

from app.ml.serving.metadata import Metadata

PREDICTIONS = "/api/v1/predictions"
SHIPPED = Path(__file__).parents[1] / "model"
METADATA = Metadata.model_validate_json((SHIPPED / "model.json").read_bytes())
INSTANCE = {feature.name: feature.example for feature in METADATA.features}
# How long a service on a busy machine may take to look into the folder.
SECONDS = 30

elsewhere = pytest.mark.parametrize("model", [Path("elsewhere")])


def test_an_instance_has_a_class(client: Client) -> None:
    response = client.post(PREDICTIONS, json={"instances": [INSTANCE, INSTANCE]})
    answer = response.json()
    assert answer["model"] == {"name": METADATA.name, "version": METADATA.version}
    first, second = answer["predictions"]
    assert first == second
    assert list(first["probabilities"]) == METADATA.classes
    assert first["label"] in METADATA.classes


def test_a_wrong_instance_is_named(client: Client) -> None:
    wrong = dict.fromkeys(INSTANCE)
    response = client.post(PREDICTIONS, json={"instances": [wrong]})
    assert response.status_code == 422
    named = [error["loc"] for error in response.json()["errors"]]
    assert named == [["body", "instances", 0, name] for name in wrong]


def test_the_open_inference_protocol_is_spoken(client: Client) -> None:
    path = f"/v2/models/{METADATA.name}"
    inputs = [
        {**tensor, "shape": [1, *tensor["shape"][1:]], "data": [INSTANCE[tensor["name"]]]}
        for tensor in client.get(path).json()["inputs"]
    ]
    answer = client.post(f"{path}/infer", json={"inputs": inputs}).json()
    assert {output["name"] for output in answer["outputs"]} == {"label", "probabilities"}
    response = client.post(f"{path}/infer", json={"inputs": inputs[1:]})
    assert (response.status_code, list(response.json())) == (400, ["error"])


@elsewhere
def test_a_model_with_a_wrong_hash_is_not_served(
    client: Client, model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_model(model, sha256="0" * 64)
    wait_for(lambda: client.get("/readyz").status_code == 503 and "sha256" in caplog.text)
    assert client.get("/readyz").json()["checks"]["model"] == "unavailable"
    assert client.post(PREDICTIONS, json={"instances": [INSTANCE]}).status_code == 503
    write_model(model)
    wait_for(lambda: client.get("/readyz").status_code == 200)


@elsewhere
def test_a_newer_model_takes_over(client: Client, model: Path) -> None:
    write_model(model)
    wait_for(lambda: client.get("/readyz").status_code == 200)
    write_model(model, version="next")
    path = f"/v2/models/{METADATA.name}/versions/next"
    wait_for(lambda: client.get(path).status_code == 200)
    answer = client.post(PREDICTIONS, json={"instances": [INSTANCE]}).json()
    assert answer["model"]["version"] == "next"


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
