"""Measures sign-in: what a wrong password tells by its time, and what it costs to know who asks.

    uv run benchmarks/sign_in.py [ROUNDS]

Needs what serve.py needs, and is set up like it. In each of ROUNDS (100) rounds a wrong password is
sent for a known address, for an unknown one and for a text that is no address, one after the other
in turning order, each from a client of its own, so that no limit is met. Then the same item is read
from a service without sign-in and from one with it, in turns. The tables have the medians, and the
median of the rounds' ratios.
"""

import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from serve import (
    DRIVERS,
    POSTGRESQL,
    Figures,
    load,
    median_p99,
    median_rate,
)

from commands import arguments, migrated_database, need, new_project, service
from scaffold.project.service import free_port

ROUNDS = 100
ROUNDS_OF_READING = 9
# A user who fails more often in a minute is refused without any work.
FAILURES_OF_A_USER = 8
PASSWORD = "correct horse battery staple"  # noqa: S105 - of users that live as long as this runs
AUTH, ITEMS = "/api/v1/auth", "/api/v1/items"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"

_numbers = count(1)


def main() -> None:
    rounds = arguments(__doc__, ROUNDS).rounds
    need("taskset", "wrk")
    with tempfile.TemporaryDirectory() as folder:
        for framework in DRIVERS:
            compare(framework, Path(folder), rounds)


def compare(framework: str, folder: Path, rounds: int) -> None:
    """Start a service without sign-in and one with it, measure, and print the tables."""
    with ExitStack() as stack:
        urls = {
            auth: stack.enter_context(running(framework, folder / auth, auth))
            for auth in ("none", "jwt")
        }
        report_failures(framework, time_failures(urls["jwt"], rounds))
        report_reads(framework, measure_reads(urls))


@contextmanager
def running(framework: str, folder: Path, auth: str) -> Iterator[str]:
    """The address of a generated service."""
    project = new_project(framework, folder, *POSTGRESQL, "--auth", auth)
    command = [str(project / ".venv/bin/python"), "-m", "app"]
    settings = {"TRUSTED_PROXIES": "127.0.0.0/8"}
    with (
        migrated_database(project, DRIVERS[framework]) as database,
        service(command, project, free_port(), DATABASE_URL=database, **settings) as started,
    ):
        yield started.url


def post(url: str, path: str, body: str, content_type: str, **headers: str) -> tuple[int, Any]:
    """Send a request from a client that sent none before; the status and the content."""
    number = next(_numbers)
    client = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    headers = {"Content-Type": content_type, "X-Forwarded-For": client, **headers}
    with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def register(url: str) -> str:
    """The address of a new user."""
    email = f"{secrets.token_hex(8)}@example.org"
    body = json.dumps({"email": email, "password": PASSWORD})
    status, content = post(url, f"{AUTH}/register", body, JSON)
    if status != 201:
        raise SystemExit(f"error: nobody can register: {content}")
    return email


def sign_in(url: str, username: str, password: str) -> tuple[int, Any]:
    form = urlencode({"username": username, "password": password})
    return post(url, f"{AUTH}/token", form, FORM)


def time_failures(url: str, rounds: int) -> dict[str, list[float]]:
    """Seconds of each kind of failure in each round; a few go first to warm up."""
    times: dict[str, list[float]] = {"known address": [], "unknown address": [], "no address": []}
    known = ""
    for number in range(-FAILURES_OF_A_USER, rounds):
        if number % FAILURES_OF_A_USER == 0:
            known = register(url)
        usernames = {
            "known address": known,
            "unknown address": f"{secrets.token_hex(8)}@example.org",
            "no address": secrets.token_hex(14),
        }
        kinds = list(times)
        first = number % len(kinds)
        for kind in kinds[first:] + kinds[:first]:
            started = time.perf_counter()
            status, content = sign_in(url, usernames[kind], "wrong horse battery staple")
            seconds = time.perf_counter() - started
            if status != 401:
                raise SystemExit(f"error: a wrong password was answered with {content}")
            if number >= 0:
                times[kind].append(seconds)
    return times


def measure_reads(urls: dict[str, str]) -> dict[str, list[Figures]]:
    """The figures of reading one item; one more round goes first to warm up."""
    email = register(urls["jwt"])
    _, tokens = sign_in(urls["jwt"], email, PASSWORD)
    authorization = {"none": {}, "jwt": {"Authorization": f"Bearer {tokens['access_token']}"}}
    headers = {a: [f"{k}: {v}" for k, v in h.items()] for a, h in authorization.items()}
    paths = {}
    for auth, url in urls.items():
        body = json.dumps({"name": "Tea", "price": "3.50"})
        _, item = post(url, ITEMS, body, JSON, **authorization[auth])
        paths[auth] = f"{ITEMS}/{item['id']}"
        load(url, "GET", paths[auth], *headers[auth])
    figures: dict[str, list[Figures]] = {auth: [] for auth in urls}
    for number in range(ROUNDS_OF_READING):
        for auth in sorted(urls, reverse=bool(number % 2)):
            figures[auth].append(load(urls[auth], "GET", paths[auth], *headers[auth]))
    return figures


def report_failures(framework: str, times: dict[str, list[float]]) -> None:
    known = times["known address"]
    print(f"\n{framework}, {len(known)} wrong passwords   median     quartiles        known : it")
    for kind, seconds in times.items():
        low, median, high = (1000 * second for second in statistics.quantiles(seconds, n=4))
        ratio = statistics.median(a / b for a, b in zip(known, seconds, strict=True))
        print(f"{kind:24} {median:10.2f} ms  {low:.2f} to {high:.2f} ms {ratio:10.3f}")


def report_reads(framework: str, figures: dict[str, list[Figures]]) -> None:
    open_, signed_in = figures["none"], figures["jwt"]
    ratio = statistics.median(s.rate / o.rate for o, s in zip(open_, signed_in, strict=True))
    print(f"\n{framework}, GET an item       req/s    p99 ms")
    for name, of in (("without sign-in", open_), ("with a token", signed_in)):
        print(f"{name:24} {median_rate(of):8.0f} {median_p99(of):9.2f}")
    print(f"{'with : without':24} {ratio:8.2f}")


if __name__ == "__main__":
    main()
