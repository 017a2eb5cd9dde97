"""Contract, "A sample in the log": requests and answers, as often as asked, and nothing personal."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import Start
from tests.support.combinations import every_bare_ml
from tests.support.inference import FLOWERS, PREDICTIONS, flower, inputs, shipped
from tests.support.services import Service

SOME = 60


@pytest.fixture(scope="session")
def sampling(
    start_shared: Start, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Service:
    """A service that logs every answer, with a feature that is personal and one that may be missing."""
    model = shipped(project)
    features = [dict(feature) for feature in model.metadata["features"]]
    features[0]["personal"] = True
    features[1]["optional"] = True
    folder = model.but(features=features).write(tmp_path_factory.mktemp("personal") / "model")
    return start_shared(MODEL_PATH=str(folder), MODEL_LOG_SHARE="1")


def samples(service: Service, request_id: str) -> list[dict[str, Any]]:
    return [line for line in service.log_of(request_id) if line["message"] == "sample"]


@every_bare_ml
def test_a_sample_has_the_request_and_its_answer(sampling: Service) -> None:
    flowers = [flower("setosa", petal_length=1.1), flower("virginica", sepal_width=None)]
    answer = sampling.client.post(PREDICTIONS, json={"instances": flowers})
    assert answer.status_code == 200, answer.text
    (line,) = samples(sampling, answer.headers["x-request-id"])
    assert (line["level"], line["logger"]) == ("INFO", "app.ml.serving.sample_log")
    assert (line["model"], line["version"], line["canary"]) == ("iris", "1", False)
    public = [{k: v for k, v in row.items() if k != "sepal_length"} for row in flowers]
    assert line["instances"] == public
    assert line["predictions"] == answer.json()["predictions"]


@every_bare_ml
def test_an_inference_is_logged_in_the_same_form(sampling: Service) -> None:
    answer = sampling.client.post("/v2/models/iris/infer", json={"inputs": inputs(*FLOWERS)})
    assert answer.status_code == 200, answer.text
    (line,) = samples(sampling, answer.headers["x-request-id"])
    assert [prediction["label"] for prediction in line["predictions"]] == list(FLOWERS)
    assert line["instances"][0] == {
        "sepal_width": 3.5,
        "petal_length": 1.5,
        "petal_width": 0.25,
    }


@every_bare_ml
def test_nothing_is_sampled_unless_asked(service: Service) -> None:
    answer = service.client.post(PREDICTIONS, json={"instances": [flower()]})
    assert samples(service, answer.headers["x-request-id"]) == []


@every_bare_ml
def test_a_share_of_the_requests_is_sampled(start: Start) -> None:
    service = start(MODEL_LOG_SHARE="0.5")
    for _ in range(SOME):
        answer = service.client.post(PREDICTIONS, json={"instances": [flower()]})
    service.log_of(answer.headers["x-request-id"])
    assert 0 < sum(line["message"] == "sample" for line in service.log()) < SOME
