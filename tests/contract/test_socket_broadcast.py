"""Contract, "WebSockets": what the service itself says, from any thread, task or process."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.contract.conftest import Start
from tests.contract.test_socket_workers import flat, subscribed
from tests.support import environment, projects
from tests.support.combinations import Combination, every_bare_socket, every_socket
from tests.support.databases import redis_server
from tests.support.services import PATIENCE_SECONDS, Service
from tests.support.sockets import Socket, join, new_room, spread

# Code of an owner, for both frameworks, and routes: what is said in each way, `{count}` times in one
# go.
SAY_ALL = """

from threading import Thread

from app.websockets.broadcast import say

built_in = init_app


def say_all(room: str, count: int, size: int) -> None:
    for number in range(count):
        say(room, f"{number} ".ljust(size, "."))
"""
ROUTES = {
    "fastapi": """
from fastapi import BackgroundTasks


def init_app(app, settings):
    built_in(app, settings)

    @app.post("/own/function/{room}", status_code=204)
    def function(room: str, count: int = 1, size: int = 1) -> None:
        say_all(room, count, size)

    @app.post("/own/coroutine/{room}", status_code=204)
    async def coroutine(room: str, count: int = 1, size: int = 1) -> None:
        say_all(room, count, size)

    @app.post("/own/thread/{room}", status_code=204)
    async def thread(room: str, count: int = 1, size: int = 1) -> None:
        Thread(target=say_all, args=(room, count, size)).start()

    @app.post("/own/task/{room}", status_code=204)
    async def task(room: str, tasks: BackgroundTasks, count: int = 1, size: int = 1) -> None:
        tasks.add_task(say_all, room, count, size)
""",
    "flask": """
from flask import request


def init_app(app, settings):
    built_in(app, settings)

    @app.post("/own/<way>/<room>")
    def own(way: str, room: str):
        count, size = (int(request.args.get(name, 1)) for name in ("count", "size"))
        if way == "function":
            say_all(room, count, size)
        else:
            Thread(target=say_all, args=(room, count, size)).start()
        return "", 204
""",
}
WAYS = ["function", "coroutine", "thread", "task"]
# What a job says: each time a process of its own, which imports nothing else of the service.
JOB = """
import sys
from app.websockets.broadcast import say

for number in range(int(sys.argv[2])):
    say(sys.argv[1], f"{number} ", user=7)
"""


@pytest.fixture(scope="session")
def own_routes(
    combination: Combination, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The project, with routes that say something."""
    own = projects.copy(project, tmp_path_factory.mktemp("own") / "project")
    with (own / "app/websockets/feature.py").open("a", encoding="utf-8") as feature:
        feature.write(SAY_ALL + ROUTES[combination.framework])
    return own


@pytest.fixture(scope="session")
def alone(start_shared: Start, own_routes: Path) -> Service:
    """One worker, without Redis."""
    return start_shared(project=own_routes, REDIS_URL="")


@pytest.fixture(scope="session")
def two(start_shared: Start, own_routes: Path) -> Service:
    """Two workers that share their rooms."""
    return start_shared(project=own_routes, WEB_CONCURRENCY="2", REDIS_URL=redis_server())


def ask(service: Service, way: str, room: str, **parameters: int) -> None:
    answer = service.client.post(f"/own/{way}/{room}", params=parameters)
    assert answer.status_code == 204, answer.text


def numbers(entered: Socket, count: int) -> list[int]:
    return [int(body.split()[0]) for body in entered.bodies(count)]


def job(
    service: Service, room: str, count: int, **variables: str
) -> subprocess.CompletedProcess[str]:
    """What a process of its own says that is started beside the service."""
    return subprocess.run(  # noqa: S603 - a script of this test
        [str(service.project / ".venv/bin/python"), "-c", JOB, room, str(count)],
        check=False,
        cwd=service.project,
        env=environment.for_tools() | service.settings | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


@every_socket
@pytest.mark.parametrize("way", WAYS)
def test_a_route_a_task_and_a_thread_reach_a_room_at_once(alone: Service, way: str) -> None:
    room = new_room()
    with join(alone, room) as entered, join(alone, new_room()) as elsewhere:
        ask(alone, way, room)
        message = entered.read()
        assert (message["type"], message["room"], message["user"]) == ("message", room, None)
        elsewhere.hears_nothing()


@every_bare_socket
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("count", "size"), [(300, 150), (2000, 150), (2000, 4096)])
def test_a_burst_reaches_who_reads(alone: Service, way: str, count: int, size: int) -> None:
    room = new_room()
    with join(alone, room) as one, join(alone, room) as two:
        ask(alone, way, room, count=count, size=size)
        for entered in (one, two):
            assert numbers(entered, count) == list(range(count))
            entered.hears_nothing()


@pytest.fixture
def held(two: Service) -> Iterator[dict[int, list[Socket]]]:
    """Sockets of both workers in one room, each of which hears the other."""
    with ExitStack() as stack:
        held = spread(two, new_room(), 2, stack)
        subscribed(held)
        yield held


@every_bare_socket
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("count", "size"), [(1, 1), (300, 150), (2000, 4096)])
def test_a_burst_reaches_every_worker(
    two: Service, held: dict[int, list[Socket]], way: str, count: int, size: int
) -> None:
    ask(two, way, flat(held)[0].room, count=count, size=size)
    for entered in flat(held):
        assert numbers(entered, count) == list(range(count))
        entered.hears_nothing()


@every_socket
def test_another_process_reaches_every_worker(two: Service, held: dict[int, list[Socket]]) -> None:
    count = 300
    done = job(two, flat(held)[0].room, count)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for entered in flat(held):
        messages = [entered.read() for _ in range(count)]
        assert [message["body"] for message in messages] == [f"{n} " for n in range(count)]
        assert {message["user"] for message in messages} == {7}
        entered.hears_nothing()


@every_bare_socket
def test_a_worker_whose_only_client_is_http_reaches_the_others(two: Service) -> None:
    # Every request may be answered by the worker that has no socket.
    with join(two, new_room()) as entered:
        for number in range(20):
            ask(two, "function", entered.room)
            assert len(entered.bodies(1)) == 1, number


@every_bare_socket
def test_without_redis_another_process_is_told_what_it_needs(alone: Service) -> None:
    done = job(alone, new_room(), 1)
    assert done.returncode != 0
    last = done.stderr.splitlines()[-1]
    assert last == (
        "RuntimeError: This process has no sockets: set REDIS_URL, to reach those that do."
    )


@every_bare_socket
def test_a_job_learns_that_redis_is_away(alone: Service) -> None:
    done = job(alone, new_room(), 1, REDIS_URL="redis://:hunter2@127.0.0.1:9/0")
    assert done.returncode != 0
    assert "ConnectionError" in done.stderr
    assert "hunter2" not in done.stderr
