"""Contract, "WebSockets" on several workers: Redis makes them one room."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from tests.contract import expect
from tests.contract.conftest import ReadSettings, Start
from tests.support.combinations import FRAMEWORKS, every_bare_socket, every_socket
from tests.support.databases import redis_server
from tests.support.projects import Projects
from tests.support.relay import Relay
from tests.support.services import (
    PATIENCE_SECONDS,
    Service,
    eventually,
)
from tests.support.sockets import (
    LOST,
    Socket,
    join,
    new_room,
    spread,
)

WORKERS = 3
# What the loss of Redis may cost anybody at most, on a busy machine.
LOSS_SECONDS = 4
BACK_SECONDS = PATIENCE_SECONDS
SENT_AT = "2026-01-01T00:00:00Z"


def flat(held: dict[int, list[Socket]]) -> list[Socket]:
    return [entered for sockets in held.values() for entered in sockets]


def heard(entered: Socket, marks: list[str]) -> list[str]:
    """What a socket hears until everybody's last message is there."""
    bodies: list[str] = []
    while not set(marks) <= set(bodies):
        bodies += entered.bodies(1)
    return bodies


@every_socket
def test_everybody_gets_every_message_once_and_each_sender_in_order(
    several_workers: Service,
) -> None:
    with ExitStack() as stack:
        held = spread(several_workers, new_room(), WORKERS, stack)
        sockets = flat(held)
        subscribed(held)
        count = 30
        for number in range(count):
            for index, entered in enumerate(sockets):
                entered.say(f"{index} {number}")
        everything = [[f"{index} {number}" for number in range(count)] for index in range(6)]
        for entered in sockets:
            bodies = entered.bodies(len(sockets) * count)
            for index, said in enumerate(everything):
                assert [body for body in bodies if body.startswith(f"{index} ")] == said
        # What came twice would stand here.
        for entered in sockets:
            entered.hears_nothing()


@every_socket
def test_rooms_on_several_workers_do_not_mix(several_workers: Service) -> None:
    with ExitStack() as stack:
        here, there = (spread(several_workers, new_room(), WORKERS, stack) for _ in range(2))
        for held, body in ((here, "here"), (there, "there")):
            subscribed(held)
            flat(held)[0].say(body)
        for held, body in ((here, "here"), (there, "there")):
            for entered in flat(held):
                assert entered.bodies(1) == [body]
                entered.hears_nothing()


def subscribed(held: dict[int, list[Socket]]) -> None:
    """Return once what is said on one worker is heard on all others, and all have heard all."""
    for worker, (speaker, *_) in held.items():
        others = [entered for other, ones in held.items() if other != worker for entered in ones]
        reach(speaker, others, f"probe of {worker}")
        speaker.say(f"end of {worker}")
        for entered in flat(held):
            heard(entered, [f"end of {worker}"])


def reach(speaker: Socket, others: list[Socket], probe: str) -> None:
    """Speak until each of them has heard it."""
    deaf = list(others)

    def reached() -> bool:
        speaker.say(probe)
        deaf[:] = [entered for entered in deaf if probe not in whispers(entered)]
        return not deaf

    eventually(reached, BACK_SECONDS, "what one worker says, the others do not hear")


def whispers(entered: Socket) -> list[str]:
    """What a socket has heard so far."""
    entered.tell({"type": "ping"})
    bodies = []
    while (frame := entered.read())["type"] != "pong":
        bodies.append(frame["body"])
    return bodies


def degraded(service: Service) -> bool:
    answer = service.client.get("/readyz")
    content = expect.ok(answer)
    if content["checks"]["redis"] == "ok":
        return False
    assert content["status"] == "degraded"
    assert content["checks"]["redis"] == "unavailable"
    return True


@contextmanager
def in_time() -> Iterator[None]:
    """Nothing hangs."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < LOSS_SECONDS


def heard_here(ones: list[Socket], body: str) -> None:
    """The sockets of one worker hear what the first of them says."""
    ones[0].say(body)
    for entered in ones:
        heard(entered, [body])


@every_bare_socket
@pytest.mark.parametrize("loss", ["refuse", "stall"])
def test_without_redis_each_worker_goes_on_and_finds_it_again(start: Start, loss: str) -> None:
    address = urlsplit(redis_server())
    with Relay(address.hostname or "", address.port or 6379) as relay, ExitStack() as stack:
        url = f"redis://127.0.0.1:{relay.port}/0"
        service = start(REDIS_URL=url, WEB_CONCURRENCY="2")
        held = spread(service, new_room(), 2, stack)
        subscribed(held)

        getattr(relay, loss)()
        eventually(lambda: degraded(service), LOSS_SECONDS, "/readyz says nothing")
        for number in range(20):
            for worker, ones in held.items():
                with in_time():
                    heard_here(ones, f"alone on {worker}: {number}")
        with in_time():
            expect.ok(service.client.get("/livez"))
        with in_time(), join(service, new_room()) as late:
            late.hears_nothing()

        relay.refuse()
        relay.restore()
        eventually(lambda: not degraded(service), BACK_SECONDS, "/readyz does not recover")
        subscribed(held)
        for entered in flat(held):
            entered.hears_nothing()
        # Whoever reads the log learns of it, and is not flooded: each worker says it once, and seldom
        # once more, as Redis stalls, refuses and comes back within a moment.
        lines = [line for line in service.log() if line["logger"] == "app.websockets.subscription"]
        warnings = [line for line in lines if line["level"] == "WARNING"]
        assert len(held) <= len(warnings) <= 2 * len(held), warnings
    assert "Traceback" not in service.stdout + service.stderr


@every_bare_socket
def test_the_first_message_after_an_outage_is_not_lost(start: Start) -> None:
    address = urlsplit(redis_server())
    with Relay(address.hostname or "", address.port or 6379) as relay, ExitStack() as stack:
        service = start(REDIS_URL=f"redis://127.0.0.1:{relay.port}/0", WEB_CONCURRENCY="2")
        held = spread(service, new_room(), 2, stack)
        subscribed(held)
        # Nobody says anything meanwhile, so the workers may not even notice before they speak.
        relay.refuse()
        relay.restore()
        title = expect.ok(service.client.get("/openapi.json"))["info"]["title"]
        listening(title, flat(held))
        for worker, (speaker, *_) in held.items():
            speaker.say(f"first of {worker}")
            for entered in flat(held):
                heard(entered, [f"first of {worker}"])


def listening(title: str, sockets: list[Socket]) -> None:
    """Speak as one more worker of the service until each of them has heard it."""
    room, probe = sockets[0].room, f"probe of {new_room()}"
    frame = {"type": "message", "room": room, "user": None, "body": probe, "sent_at": SENT_AT}
    envelope = {"origin": new_room(), "room": room, "frame": json.dumps(frame)}
    deaf = list(sockets)
    with redis.Redis.from_url(redis_server()) as store:

        def reached() -> bool:
            store.publish(f"rooms:{title}", json.dumps(envelope))
            deaf[:] = [entered for entered in deaf if probe not in whispers(entered)]
            return not deaf

        eventually(reached, BACK_SECONDS, "a worker does not listen to Redis")


@every_bare_socket
def test_redis_may_come_later_than_the_service(start: Start) -> None:
    address = urlsplit(redis_server())
    with Relay(address.hostname or "", address.port or 6379) as relay, ExitStack() as stack:
        relay.refuse()
        service = start(REDIS_URL=f"redis://127.0.0.1:{relay.port}/0", WEB_CONCURRENCY="2")
        assert degraded(service)
        held = spread(service, new_room(), 2, stack)
        for worker, ones in held.items():
            heard_here(ones, f"alone on {worker}")
        relay.restore()
        subscribed(held)
        eventually(lambda: not degraded(service), BACK_SECONDS, "/readyz does not recover")


@every_bare_socket
def test_a_service_starts_without_its_redis_and_keeps_the_password_of_it(start: Start) -> None:
    service = start(REDIS_URL="redis://:hunter2@127.0.0.1:9/0")
    assert degraded(service)
    with join(service, new_room()) as entered:
        heard_here([entered], "hello")
    assert degraded(service)
    assert "hunter2" not in service.stdout + service.stderr


@every_bare_socket
def test_a_killed_worker_takes_its_own_sockets_along_and_no_others(start: Start) -> None:
    service = start(WEB_CONCURRENCY=str(WORKERS), REDIS_URL=redis_server())
    room = new_room()
    with ExitStack() as stack:
        held = spread(service, room, WORKERS, stack)
        subscribed(held)
        before = service.processes()
        victim, lost = held.popitem()
        os.kill(victim, signal.SIGKILL)
        for entered in lost:
            assert entered.end() == LOST
        for worker, ones in held.items():
            ones[0].say(f"worker {worker} lives")
        for entered in flat(held):
            heard(entered, [f"worker {worker} lives" for worker in held])
        with join(service, room) as late:
            late.hears_nothing()
        expect.ok(service.client.get("/livez"))
        eventually(
            lambda: service.processes() == before, PATIENCE_SECONDS, "no worker takes its place"
        )
        again = spread(service, room, WORKERS, stack)
        assert victim not in again
        subscribed(again)


@every_bare_socket
def test_without_redis_there_is_one_worker(start: Start) -> None:
    one = start(REDIS_URL="", WEB_CONCURRENCY="1")
    unset = start(REDIS_URL="", WEB_CONCURRENCY="")
    assert unset.processes() == one.processes()
    readyz = expect.ok(unset.client.get("/readyz"))
    assert readyz["status"] == "ok"
    assert "redis" not in readyz["checks"]
    with join(unset, new_room()) as entered:
        entered.say("hello")
        assert entered.bodies(1) == ["hello"]


@every_bare_socket
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WEB_CONCURRENCY", "2"),
        ("WEB_CONCURRENCY", "64"),
        ("WEBSOCKET_MAX_CONNECTIONS", "0"),
        ("WEBSOCKET_MAX_CONNECTIONS", "-1"),
        ("WEBSOCKET_MAX_CONNECTIONS", "many"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(
    read_settings: ReadSettings, variable: str, value: str
) -> None:
    (said,) = read_settings({"REDIS_URL": "", variable: value}).refusal.splitlines()
    assert said.startswith(f"{variable}: ")
    # More workers are fine once they can share their rooms.
    assert ("REDIS_URL" in said) == (variable == "WEB_CONCURRENCY")


@pytest.mark.xdist_group("interchange-websockets")
def test_both_frameworks_are_one_room(projects: Projects, tmp_path: Path) -> None:
    room = new_room()
    with ExitStack() as stack:
        held = {}
        for number, framework in enumerate(FRAMEWORKS):
            project = projects.project(framework, "none", websockets=True)
            settings = {"REDIS_URL": redis_server()}
            service = stack.enter_context(Service(project, tmp_path / framework, settings))
            held[number] = [stack.enter_context(join(service, room)) for _ in range(2)]
        subscribed(held)
        said = [str(number) for number in range(20)]
        for speaker, _ in held.values():
            for body in said:
                speaker.say(body)
            texts = [[entered.text() for _ in said] for entered in flat(held)]
            # To the byte.
            assert texts.count(texts[0]) == len(texts)
            assert [re.findall(r'"body":"(\d+)"', text) for text in texts[0]] == [[b] for b in said]
