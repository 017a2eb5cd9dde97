"""The log: one JSON object a line, and the request id in every line of a request."""

import json

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support.combinations import every_framework, every_service, every_store
from tests.support.services import Service


@every_service
def test_a_request_is_one_line(service: Service) -> None:
    answer = service.client.post("/nothing?secret=1", headers={"X-Request-ID": "one-line"})
    expect.problem(answer, 404, instance="/nothing")
    (line,) = service.log_of("one-line")
    assert (line["method"], line["path"], line["status"]) == ("POST", "/nothing", 404)
    assert isinstance(line["duration_ms"], int | float)
    assert line["duration_ms"] >= 0
    assert line["level"] == "INFO"


@every_store
def test_a_made_request_id_is_logged_too(service: Service) -> None:
    answer = service.client.get("/api/v1/items")
    (line,) = service.log_of(answer.headers["x-request-id"])
    assert line["status"] == 200


@every_service
def test_a_secret_in_a_query_is_not_logged(service: Service) -> None:
    service.client.get("/nothing?token=hunter2", headers={"X-Request-ID": "secret"})
    assert "hunter2" not in str(service.log_of("secret"))
    assert "hunter2" not in service.stdout + service.stderr


@every_service
def test_probes_are_not_logged(service: Service) -> None:
    for path in ("/livez", "/readyz"):
        service.client.get(path, headers={"X-Request-ID": "probe"})
    service.client.get("/nothing", headers={"X-Request-ID": "after-the-probes"})
    service.log_of("after-the-probes")
    assert "probe" not in [line.get("request_id") for line in service.log()]


@every_framework
def test_probes_are_logged_for_debugging(start: Start) -> None:
    service = start(LOG_LEVEL="DEBUG")
    service.client.get("/livez", headers={"X-Request-ID": "probe"})
    assert [line["path"] for line in service.log_of("probe") if "path" in line] == ["/livez"]


@every_framework
def test_a_higher_level_is_quiet(start: Start) -> None:
    service = start(LOG_LEVEL="ERROR")
    service.client.get("/nothing")
    service.terminate()
    service.wait()
    assert service.stdout == ""


@every_framework
@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_line_from_start_to_stop_is_json(start: Start, workers: str) -> None:
    service = start(WEB_CONCURRENCY=workers)
    service.client.get("/nothing", headers={"X-Request-ID": "between"})
    service.log_of("between")
    with service.connection() as connection:
        connection.sendall(b"no HTTP at all\r\n\r\n")
        connection.recv(1000)
    service.terminate()
    service.wait()
    for line in service.log():
        assert {"level", "logger", "message", "time"} <= set(line)
    assert service.stderr == ""


@every_service
def test_a_line_cannot_be_forged(service: Service) -> None:
    forged = json.dumps({"level": "INFO", "request_id": "forged"})
    for path in ("/%0A" + forged, "/%0D%0A" + forged, "/%E2%80%A8" + forged):
        service.client.get(path)
    service.client.get("/nothing", headers={"X-Request-ID": "after-the-forgery"})
    service.log_of("after-the-forgery")
    assert "forged" not in [line.get("request_id") for line in service.log()]
