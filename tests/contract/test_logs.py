"""The log: one JSON object a line, and the request id in every line of a request."""

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.contract import expect
from tests.contract.conftest import ReadSettings, Start
from tests.support import environment as environments
from tests.support.combinations import every_framework, every_service, every_store
from tests.support.services import PATIENCE_SECONDS, Service, eventually


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
def test_probes_are_logged_for_debugging_and_development_may_have_json(start: Start) -> None:
    service = start(ENVIRONMENT="development", LOG_FORMAT="json", LOG_LEVEL="DEBUG")
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


# Logs what owners may log, however odd.
ODD = """
import datetime
import logging
from app.logging import configure_logging
from app.settings import load_settings

configure_logging(load_settings())
logger = logging.getLogger("odd")
logger.info("day %s", 1, extra={"day": datetime.date(2026, 1, 2), "kinds": {"a": [1, None, 0.5]}})
logger.info("\\u2028\\n", extra={"name of": "\u00e9"})
logger.info("\\ud800", extra={"raw": b"\\xff", "what": ValueError("no")})
logger.info({"a": 1}, extra={"thing": object})
try:
    1 / 0
except ZeroDivisionError:
    logger.exception("failed")
"""


@every_framework
def test_whatever_is_logged_is_one_line_of_ascii(project: Path, database: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - the interpreter of the project under test
        [project / ".venv/bin/python", "-c", ODD],
        check=True,
        cwd=project,
        env=environments.for_tools() | database,
        capture_output=True,
    )
    assert done.stderr == b""
    dated, separated, surrogate, mapped, failed = map(
        json.loads, done.stdout.decode("ascii").splitlines()
    )
    assert (dated["message"], dated["day"]) == ("day 1", "2026-01-02")
    assert dated["kinds"] == {"a": [1, None, 0.5]}
    assert (separated["message"], separated["name of"]) == ("\u2028\n", "\u00e9")
    assert surrogate["message"] == "\ud800"
    assert {"raw", "what"} <= surrogate.keys()
    assert mapped["message"] == "{'a': 1}"
    assert "object" in mapped["thing"]
    assert failed["level"] == "ERROR"
    assert failed["exc_info"].endswith("ZeroDivisionError: division by zero")


TEXT_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [A-Z]+ [\w.]+: .*")


@every_framework
@pytest.mark.parametrize(("form", "environment"), [("text", "production"), ("", "development")])
def test_as_text_the_log_is_for_people(start: Start, form: str, environment: str) -> None:
    service = start(LOG_FORMAT=form, ENVIRONMENT=environment)
    service.client.get("/no%0Athing", headers={"X-Request-ID": "for-people"})
    service.client.get("/last")
    eventually(lambda: "path=/last" in service.stdout, PATIENCE_SECONDS, "it is not logged")
    service.terminate()
    service.wait()
    lines = service.stdout.splitlines()
    # Those of the server, too.
    assert len({line.split()[3] for line in lines}) > 1
    for line in lines:
        assert TEXT_LINE.fullmatch(line), line
    (line,) = [line for line in lines if "for-people" in line]
    for field in ("method=GET", r"path='/no\nthing'", "status=404", "duration_ms="):
        assert f" {field}" in line


@every_framework
@pytest.mark.parametrize(("form", "is_text"), [(None, True), ("json", False)])
def test_a_migration_by_hand_is_logged_for_people(
    project: Path, database: dict[str, str], form: str | None, is_text: bool
) -> None:
    given = {"LOG_FORMAT": form} if form else {}
    done = subprocess.run(  # noqa: S603 - a command of the project under test
        [project / ".venv/bin/poe", "--quiet", "migrate"],
        check=True,
        cwd=project,
        env=environments.for_tools() | database | given,
        capture_output=True,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert lines
    assert all(bool(TEXT_LINE.fullmatch(line)) is is_text for line in lines), lines


@every_framework
def test_another_form_is_refused_in_one_line(read_settings: ReadSettings) -> None:
    (said,) = read_settings({"LOG_FORMAT": "xml"}).refusal.splitlines()
    assert said.startswith("LOG_FORMAT: ")


FAILURE = """
import logging
from app.logging import configure_logging
from app.settings import load_settings

configure_logging(load_settings())
try:
    int("x")
except ValueError:
    logging.exception("it failed", extra={"word": "two words"})
"""


def said_to_a_terminal(project: Path, variables: dict[str, str]) -> str:
    """What a program of the project writes to a terminal."""
    terminal, its_end = pty.openpty()
    subprocess.run(  # noqa: S603 - the interpreter of the project under test
        [str(project / ".venv/bin/python"), "-c", FAILURE],
        check=True,
        cwd=project,
        env=environments.for_service(str(project / ".venv/bin")) | variables,
        stdout=its_end,
    )
    os.close(its_end)
    said = os.read(terminal, 65_536).decode()
    os.close(terminal)
    return said.replace("\r\n", "\n")


@every_framework
def test_text_is_coloured_for_a_terminal_only(project: Path) -> None:
    text = {"LOG_FORMAT": "text"}
    coloured = said_to_a_terminal(project, text)
    assert "\x1b[31mERROR\x1b[0m root: it failed word='two words'\nTraceback (most" in coloured
    assert "\nValueError: invalid literal" in coloured
    assert "\x1b" in said_to_a_terminal(project, text | {"NO_COLOR": ""})
    assert "\x1b" not in said_to_a_terminal(project, text | {"NO_COLOR": "1"})
    assert "\x1b" not in said_to_a_terminal(project, {"LOG_FORMAT": "json"})


@every_framework
def test_a_json_line_has_its_fields_in_order(project: Path) -> None:
    line = json.loads(said_to_a_terminal(project, {"LOG_FORMAT": "json"}))
    names = ["level", "logger", "message", "request_id", "exc_info", "word", "time"]
    assert list(line) == names
    assert (line["level"], line["logger"], line["message"]) == ("ERROR", "root", "it failed")
    assert line["exc_info"].startswith("Traceback (most recent call last):\n")
    assert line["word"] == "two words"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00", line["time"])
