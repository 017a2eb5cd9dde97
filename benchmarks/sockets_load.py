"""The clients of `sockets.py`, in a process of their own: `sockets_load.py JOB`, a JSON object.

They speak WebSocket by hand and send with a mask of zeros, so that little of what is measured is
theirs.
"""

import asyncio
import gc
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import uvloop

HOST = "127.0.0.1"
# So many handshakes are under way at once.
OPENING = 50
# A worker that is full sends this close code; another may have room.
FULL = 1013
WARM_UP = 20
LIVEZ_SECONDS = 3
LIVEZ_PAUSE = 0.02
ROUND_TRIP_PAUSE = 0.05
# How long a message may take before it counts as lost.
LOST_AFTER = 3.0


class Closed(Exception):
    """The service closed a socket; it has the code."""


class Socket(asyncio.Protocol):
    """A client of the rooms, as bare and generated services have them."""

    path = "/ws/rooms/{room}"
    message = '{{"type":"message","body":"#{number}#"}}'

    def __init__(self, room: str) -> None:
        self.room = room
        self.ready = asyncio.get_running_loop().create_future()
        self.hear: Callable[[int, float], None] = lambda number, at: None
        self._open = False
        self._buffer = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(
            (
                f"GET {self.path.format(room=self.room)} HTTP/1.1\r\nHost: {HOST}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        at = perf_counter()
        buffer = self._buffer + data
        if not self._open:
            head, end, rest = buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = buffer
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self._fail(Closed(head.decode()))
                return
            self._open, buffer = True, rest
        while len(buffer) >= 2:
            size, begin = buffer[1], 2
            if size > 125:
                begin = 4 if size == 126 else 10
                size = int.from_bytes(buffer[2:begin])
            if len(buffer) < begin + size:
                break
            self._take(buffer[0], buffer[begin : begin + size], at)
            buffer = buffer[begin + size :]
        self._buffer = buffer

    def connection_lost(self, _error: Exception | None) -> None:
        self._fail(Closed("the connection was lost"))

    def is_open(self) -> bool:
        return self.ready.done() and not self._transport.is_closing()

    def say(self, number: int) -> None:
        """Send a message to the room."""
        self.send(self.message.format(number=number))

    def send(self, text: str) -> None:
        self._write(0x81, text.encode())

    def close(self) -> None:
        """Say goodbye; the service hangs up."""
        self._write(0x88, b"\x03\xe8")

    def take_text(self, text: bytes, at: float) -> None:
        """Understand a text."""
        if b'"welcome"' in text:
            self.ready.set_result(None)
        elif self.ready.done():
            self.hear(int(text.split(b"#", 2)[1]), at)

    def _take(self, first: int, payload: bytes, at: float) -> None:
        opcode = first & 0x0F
        if opcode == 0x1:
            self.take_text(payload, at)
        elif opcode == 0x8:
            self._write(0x88, payload[:2])
            self._fail(Closed(int.from_bytes(payload[:2])))
        elif opcode == 0x9:
            self._write(0x8A, payload)

    def _write(self, first: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
        self._transport.write(bytes([first]) + length + b"\x00\x00\x00\x00" + payload)

    def _fail(self, error: Exception) -> None:
        if not self.ready.done():
            self.ready.set_exception(error)
        self._transport.close()


class SocketIO(Socket):
    """A client that speaks Socket.IO, and Engine.IO below it."""

    path = "/socket.io/?EIO=4&transport=websocket"
    message = '42["message",{{"body":"#{number}#"}}]'

    def take_text(self, text: bytes, at: float) -> None:
        if text.startswith(b"42"):
            super().take_text(text, at)
        elif text.startswith(b"40"):
            self.send(f'42["join","{self.room}"]')
        elif text.startswith(b"0"):
            self.send("40")
        elif text.startswith(b"2"):
            self.send("3")


async def open_one(job: dict[str, Any], room: str, port: int) -> Socket:
    """A socket that was welcomed."""
    kind = SocketIO if job["socketio"] else Socket
    loop = asyncio.get_running_loop()
    while True:
        connection = loop.create_connection(lambda: kind(room), HOST, port)
        _, socket = await connection
        try:
            await socket.ready
        except Closed as error:
            if error.args != (FULL,):
                raise SystemExit(f"error: a socket was closed with {error}") from None
            await asyncio.sleep(0.02)
        else:
            return socket


async def open_many(job: dict[str, Any], rooms: list[str]) -> list[Socket]:
    """A socket in each of these rooms, in turns at each of the ports."""
    limit = asyncio.Semaphore(OPENING)

    async def limited(number: int, room: str) -> Socket:
        async with limit:
            return await open_one(job, room, job["ports"][number % len(job["ports"])])

    async with asyncio.timeout(120):
        return await asyncio.gather(*(limited(n, room) for n, room in enumerate(rooms)))


def end_unless_open(sockets: list[Socket]) -> None:
    lost = sum(not socket.is_open() for socket in sockets)
    if lost:
        raise SystemExit(f"error: {lost} of {len(sockets)} sockets did not stay open")


async def hold(job: dict[str, Any]) -> dict[str, Any]:
    """What idle sockets cost: memory of the process in KiB, /livez in ms."""
    for socket in await open_many(
        job, [f"warm-up-{n}" for n in range(min(WARM_UP, job["sockets"]))]
    ):
        socket.close()
    for _ in range(WARM_UP):
        await ask_livez(job["ports"][0])
    await asyncio.sleep(1)
    before = memory(job["process"])
    started = perf_counter()
    sockets = await open_many(job, [f"room-{n}" for n in range(job["sockets"])])
    opened = perf_counter() - started
    gc.freeze()
    await asyncio.sleep(0.5)
    after = memory(job["process"])
    times = []
    end = max(started + job["seconds"], perf_counter() + LIVEZ_SECONDS)
    while perf_counter() < end:
        times.append(await ask_livez(job["ports"][0]))
        await asyncio.sleep(LIVEZ_PAUSE)
    end_unless_open(sockets)
    return {"before": before, "after": after, "opened": opened, "livez": percentiles(times)}


def memory(process: int) -> int:
    """The resident memory of a process, in KiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


async def ask_livez(port: int) -> float:
    """Seconds that a request takes on a connection of its own."""
    started = perf_counter()
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET /livez HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    seconds = perf_counter() - started
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"error: /livez answered {answer!r}")
    return seconds


async def talk(job: dict[str, Any]) -> dict[str, Any]:
    """How long a message takes to the service and back, in ms."""
    sockets = await open_many(job, [f"room-{n}" for n in range(job["sockets"])])
    count = int(job["seconds"] / ROUND_TRIP_PAUSE)
    start = perf_counter()

    async def repeat(position: int, socket: Socket) -> list[float]:
        echoes: asyncio.Queue[tuple[int, float]] = asyncio.Queue()
        socket.hear = lambda number, at: echoes.put_nowait((number, at))
        # The sockets take turns.
        due = start + ROUND_TRIP_PAUSE * position / len(sockets)
        times = []
        for number in range(WARM_UP + count):
            await asyncio.sleep(max(0, due - perf_counter()))
            due += ROUND_TRIP_PAUSE
            sent = perf_counter()
            socket.say(number)
            echo, at = await asyncio.wait_for(echoes.get(), LOST_AFTER)
            if echo != number:
                raise SystemExit(f"error: message {number} came back as {echo}")
            times.append(at - sent)
        return times[WARM_UP:]

    times = await asyncio.gather(*(repeat(n, socket) for n, socket in enumerate(sockets)))
    end_unless_open(sockets)
    return {"times": percentiles([time for of in times for time in of])}


async def fan_out(job: dict[str, Any]) -> dict[str, Any]:
    """How long a message takes to everybody in a room, in ms, and whether it came once."""
    sockets = await open_many(job, [job["room"]] * job["sockets"])
    gc.freeze()
    heard: defaultdict[int, dict[int, float]] = defaultdict(dict)
    doubled = 0
    everybody = asyncio.Event()

    def listen(position: int) -> Callable[[int, float], None]:
        def hear(number: int, at: float) -> None:
            nonlocal doubled
            of = heard[number]
            doubled += position in of
            of[position] = at
            if len(of) == len(sockets):
                everybody.set()

        return hear

    for position, socket in enumerate(sockets):
        socket.hear = listen(position)

    async def say(number: int, seconds: float) -> float:
        """Send a message from a socket and wait until it is everywhere; when it was sent."""
        everybody.clear()
        sent = perf_counter()
        sockets[number * 37 % len(sockets)].say(number)
        with suppress(TimeoutError):
            await asyncio.wait_for(everybody.wait(), seconds)
        return sent

    # A worker that has just started does not yet hear the others.
    warm_up = 1_000_000
    while len(heard[warm_up]) < len(sockets):
        warm_up += 1
        if warm_up > 1_000_030:
            raise SystemExit(f"error: a message reached {len(heard[warm_up - 1])} sockets")
        await say(warm_up, 0.5)
    await asyncio.sleep(0.5)
    doubled = 0
    last, each = [], []
    for number in range(job["messages"]):
        sent = await say(number, LOST_AFTER)
        times = [at - sent for at in heard[number].values()]
        last.append(max(times, default=LOST_AFTER))
        each += times
        await asyncio.sleep(job["pause"])
    await asyncio.sleep(1)  # a second copy may come late
    end_unless_open(sockets)
    lost = sum(len(sockets) - len(heard[number]) for number in range(job["messages"]))
    return {
        "delivered": job["messages"] * len(sockets) - lost,
        "expected": job["messages"] * len(sockets),
        "doubled": doubled,
        "last": percentiles(last),
        "each": percentiles(each),
    }


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile, in ms."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return 1000 * cuts[49], 1000 * cuts[98]


JOBS: dict[str, Callable[[dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]] = {
    "hold": hold,
    "talk": talk,
    "fan out": fan_out,
}

if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    print(json.dumps(uvloop.run(JOBS[job["job"]](job))))
