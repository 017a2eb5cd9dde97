"""Asks a service /livez a hundred times a second: `inference_probe.py URL SECONDS`, prints ms."""

import asyncio
import json
import sys
from time import perf_counter
from urllib.parse import urlsplit

PAUSE = 0.01


async def main() -> None:
    url, seconds = urlsplit(sys.argv[1]), float(sys.argv[2])
    start = perf_counter()
    # Asked when it is due, though an earlier answer may not have come.
    dues = [start + number * PAUSE for number in range(int(seconds / PAUSE))]
    times = await asyncio.gather(*(ask(str(url.hostname), url.port, due) for due in dues))
    print(json.dumps(times))


async def ask(host: str, port: int | None, due: float) -> float:
    """Milliseconds until the answer, on a connection of its own as an orchestrator opens."""
    await asyncio.sleep(due - perf_counter())
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(f"GET /livez HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    milliseconds = (perf_counter() - due) * 1000
    writer.close()
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise SystemExit(f"error: /livez answered {answer!r}")
    return milliseconds


if __name__ == "__main__":
    asyncio.run(main())
