"""The client of calls to other services, in a process of a project: forks, the end, and names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.test_outbound import every_caller
from tests.support.combinations import Combination, each_framework, run_over
from tests.support.project_process import Ask, answering
from tests.support.services import PATIENCE_SECONDS, eventually
from tests.support.upstream import Upstream

SCRIPT = """
import json, os, socket, sys, threading
from contextlib import contextmanager

from app.main import create_app
from app.settings import Settings

Settings.model_config["env_file"] = None
PLACE = "/api/v1/weather?latitude=1&longitude=1"


@contextmanager
def client_of(url, seconds=60):
    settings = {"environment": "test", "log_level": "ERROR"}
    settings |= {"weather_url": url, "outbound_timeout_seconds": seconds}
    app = create_app(Settings(**settings))
    if hasattr(app, "test_client"):
        yield app.test_client()
        app.extensions["weather"].close()
    else:
        from fastapi.testclient import TestClient

        with TestClient(app) as client:
            yield client


def once(url):
    with client_of(url) as client:
        return client.get(PLACE).status_code


def fork(url):
    with client_of(url) as client:
        statuses = [client.get(PLACE).status_code]
        child = os.fork()
        if not child:
            os._exit(client.get(PLACE).status_code - 200)
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) + 200)
        statuses.append(client.get(PLACE).status_code)
        return statuses


def no_name(url):
    resolve, found = socket.getaddrinfo, threading.Event()
    socket.getaddrinfo = lambda *given, **more: found.wait() and resolve(*given, **more)
    with client_of(url, 0.2) as client:
        status = client.get(PLACE).status_code
        socket.getaddrinfo = resolve
        found.set()
        return status


for line in sys.stdin:
    case, url = json.loads(line)
    print(json.dumps(globals()[case](url)), flush=True)
"""


@pytest.fixture(scope="module")
def ask(combination: Combination, project: Path) -> Iterator[Ask]:
    """What the process of a project answers to a case and an address."""
    with answering(project, SCRIPT) as ask:
        yield ask


@every_caller
def test_nothing_is_open_at_the_end(ask: Ask) -> None:
    with Upstream() as alone:
        assert ask(["once", alone.url]) == 200
        assert len(alone.requests) == 1
        eventually(lambda: not alone.connections, PATIENCE_SECONDS, "a connection stays open")


@every_caller
def test_a_name_that_is_not_found_in_time_is_given_up(ask: Ask) -> None:
    assert ask(["no_name", "http://slow.example"]) == 504


# FastAPI's workers are no forks of a process that has an application.
@run_over(each_framework(database="none", outbound=True)[1:])
def test_after_a_fork_no_connection_is_shared(ask: Ask) -> None:
    with Upstream() as alone:
        assert ask(["fork", alone.url]) == [200, 200, 200]
        before, child, after = (asked.client for asked in alone.requests)
        assert before == after != child
