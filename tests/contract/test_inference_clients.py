"""Contract, "ML serving": the protocol as its public clients speak it, and as its document says."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.expect_inference import predicted
from tests.support.combinations import every_bare_ml, every_signed_in_ml
from tests.support.inference import FLOWERS, PREDICTIONS, flower
from tests.support.projects import REPOSITORY, Projects
from tests.support.schemathesis import judge
from tests.support.services import PATIENCE_SECONDS, Service

# They bring more packages than the tests have, so they live by themselves.
CLIENTS = ("kserve>=0.21.0", "tritonclient[http]>=2.73.0")
DOCUMENT = REPOSITORY.parent / "shared/data/open-inference-rest.openapi.yaml"
SECONDS = PATIENCE_SECONDS
ANSWERS = {
    "triton": [
        f"{sent} to {got}" for sent in ("JSON", "binary") for got in ("JSON", "binary", "anything")
    ],
    "kserve": [f"{sent} to {got}" for sent in ("JSON", "binary") for got in ("JSON", "binary")]
    + ["an object"],
}


@pytest.fixture(scope="session")
def python_of_clients(projects: Projects) -> Path:
    """The Python of an environment that has the protocol's clients."""
    return projects.apart(*CLIENTS)


@cache
def asked(python: Path, client: str, url: str, token: str | None) -> dict[str, Any]:
    """What a client understood; to start one takes seconds, so each asks a service once."""
    script = REPOSITORY / f"tests/support/{client}_client.py"
    done = subprocess.run(  # noqa: S603 - a script of these tests
        [str(python), str(script), url, *([token] if token else [])],
        check=False,
        # No proxy may come between the client and this machine.
        env={"PATH": os.defpath},
        input=json.dumps([*FLOWERS.values()]),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    understood: dict[str, Any] = json.loads(done.stdout)
    return understood


@every_signed_in_ml
@pytest.mark.parametrize("client", ANSWERS)
def test_a_public_client_is_understood_and_understands(
    python_of_clients: Path, service: Service, token: str | None, client: str
) -> None:
    understood = asked(python_of_clients, client, service.url, token)
    answer = service.client.post(
        PREDICTIONS, json={"instances": [flower(kind) for kind in FLOWERS]}
    )
    assert predicted(answer) == list(FLOWERS)
    likely = [list(p["probabilities"].values()) for p in answer.json()["predictions"]]
    for way in ANSWERS[client]:
        labels, probabilities = understood[way]
        assert labels == [0, 1, 2], way
        assert [value for row in probabilities for value in row] == pytest.approx(
            [value for row in likely for value in row], abs=1e-6
        ), way
    for question in ("live", "ready", "model ready"):
        assert understood[question] is True
    assert understood["unknown model ready"] is False
    assert understood["unknown model"][0] == "404"
    status, message = understood["a missing input"]
    assert status == "400"
    assert "sepal_length" in message


@every_signed_in_ml
def test_tritonclient_knows_more_questions(
    python_of_clients: Path, service: Service, token: str | None
) -> None:
    understood = asked(python_of_clients, "triton", service.url, token)
    assert understood["later"] == [0, 1, 2]
    assert understood["version ready"] is True
    assert understood["same metadata"] is True
    assert understood["server"]["extensions"] == ["binary_tensor_data"]
    assert understood["inputs"] == [*flower()]


@every_signed_in_ml
def test_a_public_client_without_a_token_is_told_so(
    python_of_clients: Path, service: Service
) -> None:
    understood = asked(python_of_clients, "triton", service.url, None)
    for way in ANSWERS["triton"]:
        status, message = understood[way]
        assert status == "401"
        assert "token" in message
    # What needs no token goes on being told.
    for question in ("live", "ready", "model ready"):
        assert understood[question] is True


@every_bare_ml
def test_the_document_of_the_protocol_holds(service: Service, tmp_path: Path) -> None:
    if not DOCUMENT.exists():
        pytest.skip(f"{DOCUMENT} is absent")
    document = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    paths = document["paths"]
    document["paths"] = {path.replace("/demo", "/iris"): paths[path] for path in paths}
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(document))
    # What fits the document need not fit the model, so that most of it is refused.
    options = ("--exclude-checks=positive_data_acceptance", "--warnings=off")
    judge("openapi.yaml", f"--url={service.url}", *options, folder=tmp_path)
