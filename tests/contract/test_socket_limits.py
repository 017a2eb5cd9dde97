"""Contract, "WebSockets": hasty, slow, hostile and many clients, and what they cost the others."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from tests.contract import expect
from tests.contract.conftest import Start
from tests.support import sockets, wire
from tests.support.combinations import every_socket
from tests.support.services import PATIENCE_SECONDS, Service, eventually, promptly
from tests.support.sockets import (
    TEXT,
    UPGRADE,
    Socket,
    accepted,
    begin,
    encode,
    join,
    knock,
    new_room,
    nothing_fails,
    path_of,
)

pytestmark = every_socket

# What any answer may take on a busy machine.
PROMPT_SECONDS = 4
FRAMES_PER_SECOND = 50
BURST = 100
# After which a whole burst is allowed again.
REST_SECONDS = BURST / FRAMES_PER_SECOND
PING = encode(b'{"type":"ping"}')
PLACES = 4


@pytest.fixture(scope="session")
def small(start_shared: Start) -> Service:
    """A service that holds a few sockets."""
    return start_shared(WEBSOCKET_MAX_CONNECTIONS=str(PLACES))


def answers_http(service: Service) -> None:
    """HTTP is served, and at once."""
    expect.ok(promptly(lambda: service.client.get("/livez"), PROMPT_SECONDS))
    nothing = promptly(lambda: service.client.get("/nothing"), PROMPT_SECONDS)
    expect.problem(nothing, 404, instance="/nothing")


def has_room(service: Service) -> bool:
    """Whether one more socket is let in."""
    with knock(service, new_room(), *service.credentials) as entered:
        return entered.receive().opcode == TEXT


@contextmanager
def crowd(service: Service, number: int, room: str) -> Iterator[list[Socket]]:
    """So many sockets, as soon as those of earlier tests are gone."""
    with ExitStack() as stack:
        held: list[Socket] = []

        def enter() -> bool:
            entering = stack.enter_context(knock(service, room, *service.credentials))
            if entering.receive().opcode == TEXT:
                held.append(entering)
            return len(held) == number

        eventually(enter, PATIENCE_SECONDS, "places are not free")
        yield held


def hear(held: list[Socket], body: str) -> None:
    """What the first of them says, all of them hear."""
    held[0].say(body)
    for entered in held:
        assert entered.bodies(1) == [body]


def test_a_full_service_closes_with_1013_and_answers_http(small: Service) -> None:
    room = new_room()
    with crowd(small, PLACES, room) as held:
        for _ in range(20):
            with knock(small, room, *small.credentials) as entered:
                assert entered.end() == 1013
        answers_http(small)
        hear(held, "we are here")


@pytest.mark.parametrize("leave", [Socket.close, Socket.hang_up])
def test_a_place_is_free_again_once_a_socket_is_gone(
    small: Service, leave: Callable[[Socket], object]
) -> None:
    room = new_room()
    with crowd(small, PLACES, room) as held:
        assert not has_room(small)
        leave(held.pop())
        with crowd(small, 1, room) as more:
            hear(held + more, "we are complete")


def test_who_is_not_signed_in_yet_takes_a_place_too(small: Service) -> None:
    # Without auth, whoever knocks is in.
    def takes_the_last_place() -> bool:
        with knock(small, new_room()) as entered:
            # Its answer shows whether this one was let in: a socket of an earlier test may still be
            # there, and it has only a few seconds to sign in.
            entered.send(b"", sockets.PING)
            return entered.receive().opcode != sockets.CLOSE and not has_room(small)

    with crowd(small, PLACES - 1, new_room()):
        eventually(takes_the_last_place, PATIENCE_SECONDS, "the place is free")


def test_a_hasty_client_is_slowed_down_and_loses_nothing(service: Service) -> None:
    pings = BURST + 2 * FRAMES_PER_SECOND
    with ExitStack() as stack:

        def calm_is_heard() -> tuple[Socket, float]:
            room = new_room()
            hasty, calm = (stack.enter_context(join(service, room)) for _ in range(2))
            started = time.monotonic()
            hasty.connection.sendall(PING * pings)
            calm.say("me too")
            assert calm.bodies(1) == ["me too"]
            return hasty, started

        hasty, started = promptly(calm_is_heard, 1.5)
        received = [hasty.read()["type"] for _ in range(pings + 1)]
        took = time.monotonic() - started
        assert sorted(received) == ["message", *["pong"] * pings]
        # What others say does not wait for its own turn.
        assert received.index("message") < BURST + FRAMES_PER_SECOND
        assert took > (pings - BURST) / FRAMES_PER_SECOND - 0.1
        assert took < pings / FRAMES_PER_SECOND + PROMPT_SECONDS


def test_who_was_quiet_for_a_while_may_hurry(service: Service) -> None:
    with join(service, new_room()) as entered:

        def rests_and_hurries() -> None:
            time.sleep(REST_SECONDS)
            entered.connection.sendall(PING * BURST)
            assert {entered.read()["type"] for _ in range(BURST)} == {"pong"}

        promptly(rests_and_hurries, REST_SECONDS + 1.5)


def test_what_comes_too_fast_waits_with_the_client(service: Service) -> None:
    large = encode(b'{"type":"ping"}'.ljust(60_000))
    sent, until = 0, time.monotonic() + 2
    with join(service, new_room()) as hasty:
        with suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                hasty.connection.settimeout(left)
                sent += hasty.connection.send(large)
        # The burst, what two seconds allow, and the buffers of the kernel.
        assert sent < 40_000_000
        answers_http(service)


def test_garbage_leaves_http_answering(service: Service) -> None:
    room = new_room()
    with nothing_fails(service), join(service, room) as calm:
        until = time.monotonic() + 3
        rounds = 0
        while time.monotonic() < until:
            rounds += 1
            with service.connection() as connection:
                begin(connection, room, *service.credentials)
                entered = accepted(connection)
                send_all(entered.connection, os.urandom(70_000))
                entered.hang_up()
            with service.connection() as connection:
                send_all(connection, os.urandom(2000))
            with service.connection() as connection:
                head = wire.head("GET", path_of(room), "Host: x", "Upgrade: websocket")
                send_all(connection, head[:-2] + os.urandom(500))
            if rounds % 10 == 0:
                answers_http(service)
                calm.say(str(rounds))
                assert calm.bodies(1) == [str(rounds)]
        answers_http(service)


def send_all(connection: socket.socket, data: bytes) -> None:
    """Send what the service takes of it."""
    with suppress(ConnectionError):
        connection.sendall(data)


def test_300_half_open_connections_leave_http_answering(service: Service) -> None:
    room = new_room()
    with ExitStack() as stack:
        calm = stack.enter_context(join(service, room))
        for number in range(300):
            connection = stack.enter_context(service.connection())
            # A third each: silent, in the middle of the handshake, not signed in.
            if number % 3 == 1:
                connection.sendall(wire.head("GET", path_of(room), "Host: x", *UPGRADE)[:-2])
            elif number % 3 == 2:
                begin(connection, room)
        answers_http(service)
        calm.say("hello")
        assert calm.bodies(1) == ["hello"]
        with join(service, room) as late:
            late.hears_nothing()
        answers_http(service)
