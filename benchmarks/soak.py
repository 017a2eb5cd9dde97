"""Keeps both services under mixed load for half an hour, and shows what it did to them.

    uv run benchmarks/soak.py [MINUTES]

Needs Linux and a PostgreSQL server, by default the one at
postgresql://postgres@127.0.0.1:5432/postgres, else the one in TEST_POSTGRESQL_URL.

A Flask and a FastAPI service, with sign-in and WebSockets, run at the same time, each with one
worker. Good clients read and write items, sign in and talk in a room. Slow ones stall in the middle
of a head, of a body and of an answer. Hostile ones send garbage, heads and bodies that are too
large, and hang up. Meanwhile the database is stopped, locked and cut off, in turn, each time for
TROUBLE_SECONDS after CALM_SECONDS. After MINUTES (30) the table shows for each service the probes'
times, its memory and descriptors after the first tenth and at the end, and every answer to a good
request that is neither the right one nor, in a trouble, a 503 with Retry-After. Such an answer, or a
lost descriptor, ends it with 1.
"""

import argparse
import asyncio
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import psycopg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from commands import POSTGRESQL_SERVER, migrated_database, new_project, service
from scaffold.project.service import free_port

MINUTES = 30
CALM_SECONDS, TROUBLE_SECONDS = 40, 20
# So soon after a trouble everything is right again.
RECOVERY_SECONDS = 15
SAMPLE_SECONDS = 5
PROBE_SECONDS = 0.1
# So many connections to the database a worker opens as it needs them, and keeps.
POOL = 15
# Longer than any deadline of a service: what is not answered by then never will be.
PATIENCE_SECONDS = 60
GOOD_CLIENTS, SLOW_CLIENTS, HOSTILE_CLIENTS, SOCKETS = 8, 60, 4, 4
ANSWERS = ("--database", "postgresql", "--auth", "jwt", "--websockets")
PASSWORD = "a long enough password"  # noqa: S105 - of a service that lives for a benchmark
ITEM = json.dumps({"name": "soaked", "price": "1.00"}).encode()


class Relay:
    """Passes bytes between a service and its database, and can stop to."""

    def __init__(self) -> None:
        self.port = free_port()
        self._flows = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Take connections, and pass on what comes."""
        self.resume()
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)

    async def refuse(self) -> None:
        """Cut every connection, and take none."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def stall(self) -> None:
        """Keep every connection, and pass nothing on."""
        self._flows.clear()

    def resume(self) -> None:
        """Pass on what came meanwhile, and what comes."""
        self._flows.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = POSTGRESQL_SERVER.hostname, POSTGRESQL_SERVER.port
        server_reader, server_writer = await asyncio.open_connection(*address)
        ends = {writer, server_writer}
        self._writers |= ends
        passing = self._pass(reader, server_writer), self._pass(server_reader, writer)
        with suppress(asyncio.CancelledError):  # which asyncio would report as a failure
            await asyncio.gather(*passing)
        self._writers -= ends

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


@dataclass
class Soaked:
    """A service under load, and what was seen of it."""

    framework: str
    port: int
    process: int
    database: str
    relay: Relay
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    token: str = ""
    # Until then a 503 is right.
    excused_until: float = 0

    def judge(self, request: str, right: int, status: int, headers: bytes) -> None:
        """Count an answer to a good request, and keep one that is wrong."""
        self.answers[str(status)] += 1
        excused = status == 503 and b"retry-after:" in headers.lower()
        excused = excused and time.monotonic() < self.excused_until
        if status != right and not excused:
            self.wrong.append(f"{request}: {status}")


class Client:
    """A connection that is kept alive, with one request at a time."""

    def __init__(self, soaked: Soaked) -> None:
        self.soaked = soaked
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, right: int, body: bytes = b"") -> bytes:
        """Send a request, judge its answer, and return the body."""
        form = path.endswith("/token")
        head = [
            f"{method} {path} HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {self.soaked.token}",
            f"Content-Type: application/{'x-www-form-urlencoded' if form else 'json'}",
            f"Content-Length: {len(body)}",
        ]
        request = "\r\n".join([*head, "", ""]).encode() + body
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, headers, answer = await self._exchange(request)
        except (OSError, EOFError, TimeoutError) as error:
            await self.close()
            self.soaked.answers["none"] += 1
            self.soaked.wrong.append(f"{method} {path}: {error!r}")
            return b""
        self.soaked.judge(f"{method} {path}", right, status, headers)
        if b"connection: close" in headers.lower():
            await self.close()
        return answer

    async def _exchange(self, request: bytes) -> tuple[int, bytes, bytes]:
        if self._writer is None:
            address = ("127.0.0.1", self.soaked.port)
            self._reader, self._writer = await asyncio.open_connection(*address)
        self._writer.write(request)
        headers = await self._reader.readuntil(b"\r\n\r\n")
        length = headers.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        return int(headers[9:12]), headers, await self._reader.readexactly(int(length or 0))

    async def close(self) -> None:
        """Hang up; the next request makes another connection."""
        if self._writer:
            self._writer.close()
            self._writer = None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("minutes", metavar="MINUTES", nargs="?", type=float, default=MINUTES)
    seconds = parser.parse_args().minutes * 60
    with tempfile.TemporaryDirectory() as folder:
        services = asyncio.run(soak(Path(folder), seconds))
    report(services)
    lost = any(s.descriptors[-1] > s.descriptors[0] + POOL for s in services)
    sys.exit(lost or any(s.wrong for s in services))


async def soak(folder: Path, seconds: float) -> list[Soaked]:
    """Start the services, load them for so long, and return what was seen."""
    async with AsyncExitStack() as stack:
        services = [
            await stack.enter_async_context(started(framework, folder))
            for framework in ("flask", "fastapi")
        ]
        for soaked in services:
            await sign_up(soaked)
            await sample(soaked)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                for soaked in services:
                    for client in clients(soaked):
                        group.create_task(client)
                group.create_task(trouble(services))
        # What stalled is closed after its deadline, and the pools are as they were.
        await asyncio.sleep(CALM_SECONDS)
        for soaked in services:
            await sample(soaked)
    return services


@asynccontextmanager
async def started(framework: str, folder: Path) -> AsyncIterator[Soaked]:
    """A service that reaches its database through a relay."""
    project = new_project(framework, folder, *ANSWERS)
    relay = Relay()
    await relay.open()
    with ExitStack() as stack:
        direct = stack.enter_context(migrated_database(project))
        user = POSTGRESQL_SERVER.netloc.rpartition("@")[0]
        relayed = urlsplit(direct)._replace(netloc=f"{user}@127.0.0.1:{relay.port}").geturl()
        port = free_port()
        command = [str(project / ".venv/bin/python"), "-m", "app"]
        running = service(command, project, port, DATABASE_URL=relayed)
        # The start waits for answers, and the relay passes them on meanwhile.
        process = await asyncio.to_thread(stack.enter_context, running)
        yield Soaked(framework, port, process.process, direct, relay)


async def sign_up(soaked: Soaked) -> None:
    client = Client(soaked)
    account = {"email": "soak@example.org", "password": PASSWORD}
    await client.ask("POST", "/api/v1/auth/register", 201, json.dumps(account).encode())
    await sign_in(client)
    await client.close()


async def sign_in(client: Client) -> None:
    form = f"username=soak%40example.org&password={PASSWORD.replace(' ', '+')}"
    answer = await client.ask("POST", "/api/v1/auth/token", 200, form.encode())
    if answer.startswith(b'{"access_token"'):
        client.soaked.token = json.loads(answer)["access_token"]


def clients(soaked: Soaked) -> Iterator[Awaitable[None]]:
    """Every client of a service; each goes on for ever."""
    yield probe(soaked)
    yield watch(soaked)
    yield renew(soaked)
    for seed in range(GOOD_CLIENTS):
        yield good(soaked, Random(seed))  # noqa: S311 - no secret
    for _, stalled in zip(range(SLOW_CLIENTS), cycle(STALLED), strict=False):
        yield slow(soaked, stalled)
    for _, attack in zip(range(HOSTILE_CLIENTS), cycle(ATTACKS), strict=False):
        yield hostile(soaked, attack)
    for number in range(SOCKETS):
        yield talk(soaked, reads=number > 0)


async def probe(soaked: Soaked) -> None:
    """Ask for /livez on new connections, as Kubernetes does, and keep the times."""
    while True:
        began = time.perf_counter()
        client = Client(soaked)
        await client.ask("GET", "/livez", 200)
        soaked.probes.append(time.perf_counter() - began)
        await client.close()
        await asyncio.sleep(PROBE_SECONDS)


async def watch(soaked: Soaked) -> None:
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        await sample(soaked)


async def sample(soaked: Soaked) -> None:
    """Note the memory and the descriptors of the service with all its processes."""
    memory = descriptors = 0
    for process in family(soaked.process):
        with suppress(OSError):
            pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
            memory += pages * os.sysconf("SC_PAGE_SIZE")
            descriptors += len(os.listdir(f"/proc/{process}/fd"))
    soaked.memory.append(memory)
    soaked.descriptors.append(descriptors)


def family(process: int) -> Iterator[int]:
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from family(int(child))


async def renew(soaked: Soaked) -> None:
    """Sign in again and again: it costs a hash, and tokens end."""
    client = Client(soaked)
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        await sign_in(client)


async def good(soaked: Soaked, random: Random) -> None:
    """Write and read items."""
    client = Client(soaked)
    while True:
        if created := await client.ask("POST", "/api/v1/items", 201, ITEM):
            with suppress(KeyError):
                path = f"/api/v1/items/{json.loads(created)['id']}"
                await client.ask("GET", path, 200)
        await client.ask("GET", "/api/v1/items?limit=5", 200)
        if random.random() < 0.1:
            await client.close()
        await asyncio.sleep(random.random())


POST = b"POST /api/v1/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
# Each is sent, and the client waits.
STALLED = (
    b"",
    b"GET /livez HTTP/1.1\r\nHost: loc",
    POST + b"Content-Length: 50\r\n\r\n{",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    # Asks for more than the kernel takes, and reads nothing of it.
    b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200,
)
# Each is sent, and the client hangs up, with and without a look at the answer.
ATTACKS = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\x00",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 1_000_000,
    POST + b"Content-Length: 9999999\r\n\r\n" + b"a" * 2_000_000,
    POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
)


async def slow(soaked: Soaked, stalled: bytes) -> None:
    """Stall until the service gives up."""
    while True:
        with suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", soaked.port, limit=1024)
            try:
                writer.write(stalled)
                # The answers of the last kind stay in the kernel: nothing reads.
                pause = PATIENCE_SECONDS if len(stalled) > 1000 else 0
                await asyncio.sleep(pause)
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await reader.read()
            finally:
                writer.transport.abort()
        await asyncio.sleep(1)


async def hostile(soaked: Soaked, attack: bytes) -> None:
    """Send what no client should, and hang up."""
    for reads in cycle((True, False)):
        with suppress(OSError, TimeoutError):
            reader, writer = await asyncio.open_connection("127.0.0.1", soaked.port)
            try:
                writer.write(attack)
                if reads:
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await reader.read()
            finally:
                writer.transport.abort()
        await asyncio.sleep(0.5)


async def talk(soaked: Soaked, reads: bool) -> None:
    """Say something in a room every second, and read what the others say, or nothing of it."""
    url = f"ws://127.0.0.1:{soaked.port}/ws/rooms/soak"
    while True:
        with suppress(OSError, TimeoutError, WebSocketException):
            headers = {"Authorization": f"Bearer {soaked.token}"}
            async with connect(url, additional_headers=headers, max_queue=2) as socket:
                while True:
                    message = {"type": "message", "body": "a" * 1000}
                    await socket.send(json.dumps(message))
                    if reads:
                        await socket.recv()
                    await asyncio.sleep(1)
        await asyncio.sleep(1)


async def trouble(services: list[Soaked]) -> None:
    """Stop, lock and cut off the database of all services, in turn."""
    kinds: tuple[Callable[[Soaked], Awaitable[None]], ...] = (stop, lock, cut_off)
    for kind in cycle(kinds):
        await asyncio.sleep(CALM_SECONDS)
        for soaked in services:
            soaked.excused_until = math.inf
        await asyncio.gather(*map(kind, services))
        for soaked in services:
            soaked.excused_until = time.monotonic() + RECOVERY_SECONDS


async def stop(soaked: Soaked) -> None:
    await soaked.relay.refuse()
    await asyncio.sleep(TROUBLE_SECONDS)
    await soaked.relay.open()


async def lock(soaked: Soaked) -> None:
    async with await psycopg.AsyncConnection.connect(soaked.database) as connection:
        await connection.execute("LOCK TABLE items IN ACCESS EXCLUSIVE MODE")
        await asyncio.sleep(TROUBLE_SECONDS)


async def cut_off(soaked: Soaked) -> None:
    soaked.relay.stall()
    await asyncio.sleep(TROUBLE_SECONDS)
    soaked.relay.resume()


def report(services: list[Soaked]) -> None:
    for soaked in services:
        if len(soaked.probes) < 2:
            raise SystemExit(f"error: {soaked.framework} answered no probe: {soaked.wrong[:3]}")
        probes = statistics.quantiles((1000 * seconds for seconds in soaked.probes), n=100)
        # The first tenth warms up; the last sample is taken when all clients are gone.
        early, late = (soaked.memory[i] / 1e6 for i in (len(soaked.memory) // 10, -2))
        start, busy, end = soaked.descriptors[0], max(soaked.descriptors), soaked.descriptors[-1]
        print(f"\n{soaked.framework}")
        print(f"  /livez    p50 {probes[49]:.1f} ms   p99 {probes[98]:.1f} ms   ", end="")
        print(f"slowest {1000 * max(soaked.probes):.0f} ms   of {len(soaked.probes)}")
        print(f"  memory    {early:.0f} MB after a tenth   {late:.0f} MB at the end")
        print(
            f"  files     {start} at the start   {busy} at most   {end} when all clients are gone"
        )
        print(f"  answers   {dict(sorted(soaked.answers.items()))}")
        print(f"  wrong     {len(soaked.wrong)}")
        for line, times in Counter(soaked.wrong).most_common(10):
            print(f"            {times} x {line}")


if __name__ == "__main__":
    main()
