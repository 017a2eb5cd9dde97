"""One client asks a slow service, many times at once, in the environment of a generated project.

    python outbound_calls.py CLIENT URL CALLERS SECONDS

CLIENT is one of CLIENTS. Prints one line of JSON: calls that succeeded, seconds, and seconds of
processor time. Run by outbound.py.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from typing import Any

WARM_UP_SECONDS = 1.5


def ours(url: str) -> Any:
    from app.outbound.client import create_client
    from app.outbound.settings import OutboundSettings

    return create_client(url, OutboundSettings())


def plain(url: str) -> Any:
    import httpx2

    return httpx2.AsyncClient(base_url=url, trust_env=False)


def plain_threads(url: str) -> Any:
    import httpx2

    return httpx2.Client(base_url=url, trust_env=False)


def aiohttp_session(url: str) -> Any:
    import aiohttp

    return aiohttp.ClientSession(base_url=url)


@contextmanager
def requests_session(url: str) -> Any:
    import requests

    with requests.Session() as session:
        session.trust_env = False

        class Client:
            @staticmethod
            def get(path: str) -> Any:
                answer = session.get(url + path)
                answer.raise_for_status()
                return answer.json()

        yield Client


async def get_httpx2(client: Any) -> None:
    (await client.get("/")).raise_for_status().json()


async def get_aiohttp(client: Any) -> None:
    async with client.get("/", raise_for_status=True) as answer:
        await answer.json()


Opened = AbstractAsyncContextManager[Any] | AbstractContextManager[Any]
ASYNC: dict[str, tuple[Callable[[str], Any], Callable[[Any], Awaitable[None]]]] = {
    "ours": (ours, get_httpx2),
    "httpx2": (plain, get_httpx2),
    "aiohttp": (aiohttp_session, get_aiohttp),
}
THREADS: dict[str, tuple[Callable[[str], Any], Callable[[Any], object]]] = {
    "ours-threads": (ours, lambda client: client.get("/").raise_for_status().json()),
    "httpx2-threads": (plain_threads, lambda client: client.get("/").raise_for_status().json()),
    "requests": (requests_session, lambda client: client.get("/")),
}


class Count:
    """What was done since the warm-up."""

    def __init__(self, seconds: float) -> None:
        self.begin = time.monotonic() + WARM_UP_SECONDS
        self.end = self.begin + seconds
        self.calls = 0
        self.failed = 0
        self.used = 0.0

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        now = time.monotonic()
        if not self.used and now >= self.begin:
            self.begin, self.used = now, time.process_time()
            self.calls = self.failed = 0
        return now >= self.end

    def report(self) -> str:
        seconds = time.monotonic() - self.begin
        used = time.process_time() - self.used
        found = {"calls": self.calls, "failed": self.failed, "seconds": seconds, "processor": used}
        return json.dumps(found)


async def run_tasks(name: str, url: str, callers: int, seconds: float) -> str:
    opened, get = ASYNC[name]
    async with opened(url) as client:
        count = Count(seconds)  # what opening imports is not counted

        async def call() -> None:
            while not count.over:
                try:
                    await get(client)
                    count.calls += 1
                except Exception:  # noqa: BLE001 - of any library; counted
                    count.failed += 1

        await asyncio.gather(*(call() for _ in range(callers)))
        return count.report()


def run_threads(name: str, url: str, callers: int, seconds: float) -> str:
    opened, get = THREADS[name]
    lock = threading.Lock()
    with opened(url) as client, ThreadPoolExecutor(callers) as pool:
        count = Count(seconds)

        def call() -> None:
            while not count.over:
                try:
                    get(client)
                    done = True
                except Exception:  # noqa: BLE001 - of any library; counted
                    done = False
                with lock:
                    count.calls += done
                    count.failed += not done

        for running in [pool.submit(call) for _ in range(callers)]:
            running.result()
        return count.report()


def main() -> None:
    name, url, callers, seconds = sys.argv[1:]
    if name in ASYNC:
        print(asyncio.run(run_tasks(name, url, int(callers), float(seconds))))
    else:
        print(run_threads(name, url, int(callers), float(seconds)))


if __name__ == "__main__":
    main()
