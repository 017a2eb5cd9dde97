"""The service that a generated service asks for the weather; it misbehaves where a test asks for that."""

import asyncio
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Self
from urllib.parse import parse_qs, urlsplit

FORECAST = {"current": {"temperature_2m": 7.5, "wind_speed_10m": 12, "time": 1_700_000_000}}
WEATHER = {"temperature": 7.5, "wind_speed": 12.0, "measured_at": "2023-11-14T22:13:20Z"}
# No other test asks for a place there.
LONGITUDE = "123.456"
DRIP_SECONDS = 0.05
LARGE_BYTES = 64 * 2**20
# What a client begins with that wants to talk in TLS.
TLS = b"\x16"

GOOD = json.dumps(FORECAST).encode()
# What is answered at once, by the name of the behaviour; then the connection goes on where it can.
WHOLE = {
    "good": (b"200 OK", b"", GOOD),
    "error": (b"500 Internal Server Error", b"", b"{}"),
    "away": (b"503 Service Unavailable", b"", b"{}"),
    "busy": (b"429 Too Many Requests", b"Retry-After: 60\r\n", b"{}"),
    "nowhere": (b"404 Not Found", b"", b"{}"),
    "redirect": (b"302 Found", b"Location: /elsewhere\r\n", GOOD),
    "page": (b"200 OK", b"", b"<html></html>"),
    "nonsense": (b"200 OK", b"", b'{"current": {"temperature_2m": "warm"}}'),
    "compressed": (b"200 OK", b"Content-Encoding: gzip\r\n", GOOD),
}
# The other behaviours, each with what it answers until it ends the connection.
BROKEN = {
    "old": [b"HTTP/1.0 200 OK\r\n\r\n", GOOD],
    "no HTTP": [b"SSH-2.0-OpenSSH\r\n\r\n"],
    "nothing": [],
    "half": [b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"{"],
}
ENDLESS = ("drips its head", "drips its body", "hangs", "large", "says it is large", "resets")
FIRST_FAILS = {"away once": "away", "nothing once": "nothing"}
BEHAVIOURS = [*WHOLE, *BROKEN, *ENDLESS, *FIRST_FAILS, "held"]


def place(behaviour: str) -> dict[str, str]:
    """The place that is asked for where the service shall behave so."""
    return {"latitude": str(BEHAVIOURS.index(behaviour)), "longitude": LONGITUDE}


class Asked:
    """A request that came."""

    def __init__(self, head: bytes, client: int) -> None:
        self.client = client  # the port at its end of the connection
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        self.request_id = self.headers.get("x-request-id", "")

    @property
    def behaviour(self) -> str:
        """What the place asks for."""
        query = parse_qs(urlsplit(self.target).query)
        if query.get("longitude") != [LONGITUDE]:
            return "good"
        return BEHAVIOURS[int(float(query["latitude"][0]))]


class Upstream:
    """A server of asyncio in a thread of its own."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.connections = 0
        self.sent_bytes = 0
        self._came: Counter[str] = Counter()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, request_id: str) -> list[Asked]:
        """What came for one request to the service."""
        return [asked for asked in self.requests if asked.request_id == request_id]

    def hold(self) -> None:
        """Answer nobody who asks for the place `held`."""
        self._loop.call_soon_threadsafe(self._released.clear)

    def release(self) -> None:
        """Answer all of them."""
        self._loop.call_soon_threadsafe(self._released.set)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end, self._released = asyncio.Event(), asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, backlog=1000)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while not writer.is_closing():
                    first = await reader.readexactly(1)
                    if first == TLS:
                        writer.write(b"What is TLS?")
                        return
                    head = first + await reader.readuntil(b"\r\n\r\n")
                    asked = Asked(head, writer.get_extra_info("peername")[1])
                    self.requests.append(asked)
                    await self._answer(asked, reader, writer)
        finally:
            self.connections -= 1
            writer.close()

    async def _answer(
        self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        behaviour = asked.behaviour
        self._came[asked.request_id] += 1
        if behaviour in FIRST_FAILS:
            first = self._came[asked.request_id] == 1
            behaviour = FIRST_FAILS[behaviour] if first else "good"
        if behaviour == "held":
            await self._released.wait()
            behaviour = "good"
        if behaviour in WHOLE:
            status, header, body = WHOLE[behaviour]
            length = f"Content-Length: {len(body)}\r\n\r\n".encode()
            writer.write(b"HTTP/1.1 " + status + b"\r\n" + header + length + body)
            await writer.drain()
            return
        if behaviour == "hangs":
            await reader.read(1)  # until the client is gone
        elif behaviour == "resets":
            # Closed with nothing to linger for, a connection ends with RST.
            connection: socket.socket = writer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            async for piece in self._pieces(behaviour):
                writer.write(piece)
                await writer.drain()
                self.sent_bytes += len(piece)
        writer.close()

    async def _pieces(self, behaviour: str) -> AsyncIterator[bytes]:
        if behaviour in BROKEN:
            for piece in BROKEN[behaviour]:
                yield piece
            return
        yield b"HTTP/1.1 200 OK\r\n"
        if behaviour == "drips its head":
            while True:
                yield b"X-Drop: 1\r\n"
                await asyncio.sleep(DRIP_SECONDS)
        if behaviour == "drips its body":
            yield b"Content-Length: 1000000\r\n\r\n"
            while True:
                yield b" "
                await asyncio.sleep(DRIP_SECONDS)
        if behaviour == "says it is large":
            yield b"Content-Length: %d\r\n" % LARGE_BYTES
        yield b"Connection: close\r\n\r\n"
        for _ in range(LARGE_BYTES // 2**16):
            yield b" " * 2**16
