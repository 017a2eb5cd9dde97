"""Contract, "WebSockets": who takes nothing is closed; who reads, however slowly, misses nothing."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from tests.contract import expect
from tests.support.combinations import every_bare_socket
from tests.support.services import Service
from tests.support.sockets import LOST, Socket, join, lines_of, new_room

pytestmark = every_bare_socket

# How long a client may take nothing of what waits for it, and then how long to read why.
STALL_SECONDS = 10
# What any answer may take on a busy machine.
PROMPT_SECONDS = 4
# More than two kernels hold of what is sent to a client with this buffer, at 16 KiB a message.
FLOOD = 640
READ_BYTES = 65_536
# More than may wait besides.
TOO_MUCH = 1600
STEADY = 45
LONGEST = "\U0001f680" * 4090


@contextmanager
def slow_reader(service: Service, room: str, name: str) -> Iterator[Socket]:
    with join(service, room, f"X-Request-ID: {name}-{room}") as entered:
        entered.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READ_BYTES)
        yield entered


@contextmanager
def readers(service: Service, room: str) -> Iterator[list[Socket]]:
    """Clients that read at once, and that may together say much in a moment."""
    with ExitStack() as stack:
        yield [stack.enter_context(join(service, room)) for _ in range(8)]


def flood(speakers: list[Socket], messages: int) -> None:
    """Say so much; each of them must hear all of it."""
    for number in range(messages // len(speakers)):
        for speaker in speakers:
            speaker.say(f"{LONGEST}{number}")
        for speaker in speakers:
            assert set(speaker.bodies(len(speakers))) == {f"{LONGEST}{number}"}


def talk(speakers: list[Socket], seconds: float) -> None:
    """Go on talking for so long; everybody hears everything."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        speakers[0].say("still here")
        for speaker in speakers:
            assert speaker.bodies(1) == ["still here"]


def test_who_takes_nothing_for_10_s_is_closed_and_the_others_miss_nothing(service: Service) -> None:
    room = new_room()
    with (
        slow_reader(service, room, "late") as late,
        slow_reader(service, room, "never"),
        readers(service, room) as speakers,
    ):
        flood(speakers, FLOOD)
        expect.ok(service.client.get("/livez"))
        talk(speakers, STALL_SECONDS + PROMPT_SECONDS)
        # It reads late, and yet learns why.
        assert late.end() == 1008
        assert [line["code"] for line in lines_of(service, f"late-{room}")] == [1008]
        # Its place and, on Flask, its thread are free, though it never reads.
        assert [line["code"] for line in lines_of(service, f"never-{room}")] == [1008]
        talk(speakers, 0.1)


def test_for_whom_too_much_waits_is_closed_at_once(service: Service) -> None:
    room = new_room()
    with slow_reader(service, room, "slow") as slow, readers(service, room) as speakers:
        flood(speakers, TOO_MUCH)
        talk(speakers, 0.1)
        # On a busy machine that took longer than the service waits for who is to read why.
        assert slow.end() in {1008, LOST}
        assert [line["code"] for line in lines_of(service, f"slow-{room}")] == [1008]
        talk(speakers, 0.1)


def test_who_reads_slowly_but_steadily_misses_nothing(service: Service) -> None:
    room = new_room()
    with (
        slow_reader(service, room, "slow") as slow,
        readers(service, room) as speakers,
        ThreadPoolExecutor(1) as pool,
    ):
        # It reads meanwhile: on a busy machine all of that takes longer than one may take nothing.
        flooded = pool.submit(flood, speakers, FLOOD)
        # 50 KB a second, for longer than anybody may take nothing; then all that still waits.
        for number in range(FLOOD):
            if number < STEADY:
                time.sleep(1.5 * STALL_SECONDS / STEADY)
            assert slow.bodies(1)[0].startswith(LONGEST)
        flooded.result()
        slow.hears_nothing()
