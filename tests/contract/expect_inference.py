"""Expectations about the answers of a service that has a model."""

import json
from typing import Any

from tests.contract import expect
from tests.support.inference import PREDICTIONS
from tests.support.services import PATIENCE_SECONDS, Service, eventually

NOT_READY = "The model is not ready."
FULL = "Too many predictions are waiting."


def error(answer: expect.Answer, status: int) -> str:
    """It is an error of the Open Inference Protocol; returns what it says."""
    content = expect.ok(answer, status)
    assert list(content) == ["error"]
    assert isinstance(content["error"], str)
    assert content["error"]
    assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
    return content["error"]


def unavailable(answer: expect.Answer, *, instance: str, detail: str | None = None) -> None:
    """It is a problem that goes away by itself."""
    expect.problem(answer, 503, instance=instance, detail=detail or answer.json()["detail"])
    assert int(answer.headers["retry-after"]) > 0


def predicted(answer: expect.Answer) -> list[str]:
    """It is an answer with predictions, and each is sound; returns the labels."""
    content = expect.ok(answer)
    assert list(content) == ["predictions", "model"]
    assert list(content["model"])[:2] == ["name", "version"]
    for prediction in content["predictions"]:
        assert list(prediction) == ["label", "probabilities"]
        likely = prediction["probabilities"]
        assert abs(sum(likely.values()) - 1) < 1e-5
        assert likely[prediction["label"]] == max(likely.values())
    return [prediction["label"] for prediction in content["predictions"]]


def ready(service: Service) -> None:
    """It becomes ready by itself."""
    eventually(
        lambda: service.client.get("/readyz").status_code == 200,
        PATIENCE_SECONDS,
        f"the service does not become ready:\n{service.stdout}",
    )


def unready(service: Service) -> None:
    """It says that it has no model, wherever it is asked."""
    answer = service.client.get("/readyz")
    content = expect.ok(answer, 503)
    assert content["status"] == "unavailable"
    assert content["checks"]["model"] == "unavailable"
    expect.ok(service.client.get("/livez"))
    answer = service.client.post(PREDICTIONS, json={"instances": [{}]})
    unavailable(answer, instance=PREDICTIONS, detail=NOT_READY)
    assert expect.ok(service.client.get("/v2/health/live")) == {"live": True}
    assert error(service.client.get("/v2/health/ready"), 503) == NOT_READY


def line_of(service: Service, answer: expect.Answer) -> dict[str, Any]:
    """The line of a request in the log, its only one."""
    (line,) = service.log_of(answer.headers["x-request-id"])
    return line


def complaints(service: Service) -> list[str]:
    """What the log warns of, so far."""
    # A line that is being written has no end yet.
    lines = service.stdout.splitlines(keepends=True)
    entries = [json.loads(line) for line in lines if line.endswith("\n")]
    return [str(entry["message"]) for entry in entries if entry["level"] != "INFO"]


def complains(service: Service, word: str, since: int) -> None:
    """The log says, once, what is wrong with the model; and no traceback."""

    def said() -> list[str]:
        return [complaint for complaint in complaints(service)[since:] if word in complaint]

    message = f"the log does not say {word}"
    eventually(lambda: bool(said()), PATIENCE_SECONDS, message)
    assert len(said()) == 1
    assert "Traceback" not in service.stdout + service.stderr
