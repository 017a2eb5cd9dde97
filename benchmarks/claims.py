"""Measures what articles claim of FastAPI and Flask and `scaffold compare` does not show.

    uv run benchmarks/claims.py [ROUNDS]

Needs Linux with two cores and h2load (Debian: apt-get install nghttp2-client).

Waiting: both generated services, without a database, ask another one that takes 100 ms, for 8, 64
and 256 clients; Flask with the 8 threads of the template, and with 64. One worker on the first core,
the load on the second. In each of ROUNDS (5) rounds the three take turns, in alternating order; the
table has the medians. The last column is how many workers it takes to answer what one FastAPI worker
answers.

Validation: the order of `scaffold compare` checked by Pydantic and by hand, in lines of code and in
microseconds.
"""

import statistics
import sys
from collections import defaultdict
from pathlib import Path
from timeit import timeit

from order_by_hand import read_order

from commands import arguments, need
from scaffold.compare import code_lines, load
from scaffold.compare.cpu_pinning import CpuPinning, choose_cpus, pinned_to
from scaffold.compare.installed_service import PROBE_ROUTES, InstalledService, installed_services
from scaffold.compare.load import Load
from scaffold.compare.measure import slow_service
from scaffold.compare.running_service import started_service
from scaffold.compare.workloads import ORDER
from scaffold.console import Console
from scaffold.git.environment import isolate_environment
from scaffold.template.open_template import open_template
from scaffold.template.request import TemplateRequest

HERE = Path(__file__).parent
ROUNDS = 5
CLIENTS = (8, 64, 256)
FASTAPI, FLASK, MORE_THREADS = "FastAPI", "Flask, 8 threads", "Flask, 64 threads"
CHECKS = 2_000

Rates = dict[tuple[str, int], list[float]]


def main() -> None:
    rounds = arguments(__doc__, ROUNDS).rounds
    need("h2load")
    report_waiting(measure_waiting(rounds))
    report_validation()


def measure_waiting(rounds: int) -> Rates:
    """Requests per second by system and number of clients."""
    rates: Rates = defaultdict(list)
    isolate_environment(prompts=False)
    request = TemplateRequest(template=str(HERE.parent), flags={"database": "none"})
    console, cores = Console(), choose_cpus()
    with (
        open_template(request, console) as source,
        installed_services(source, request.flags, {}, console) as made,
        pinned_to(cores.load),
        slow_service(made["fastapi"], source.workspace) as settings,
    ):
        systems = {
            FASTAPI: (made["fastapi"], settings),
            FLASK: (made["flask"], settings),
            MORE_THREADS: (made["flask"], settings | {"WEB_THREADS": "64"}),
        }
        log = source.workspace / "log"
        for number in range(rounds):
            for name in sorted(systems, reverse=bool(number % 2)):
                ask(*systems[name], name, cores, log, rates)
    return rates


def ask(
    copy: InstalledService,
    settings: dict[str, str],
    name: str,
    cores: CpuPinning,
    log: Path,
    rates: Rates,
) -> None:
    with started_service(copy, cores, settings) as running:
        for clients in CLIENTS:
            # Until each client had its turn at a service that answers eighty of them a second.
            pace = Load(clients, warm_up_seconds=0.5 + clients / 80, seconds=3)
            url = f"{running.url}/measured/outbound"
            rates[name, clients].append(load.request(url, pace, [], None, log).rate)


def report_waiting(rates: Rates) -> None:
    print(f"\n{'a call that takes 100 ms':24} clients    req/s    workers for what FastAPI answers")
    for (name, clients), found in sorted(rates.items(), key=lambda item: (item[0][1], item[0][0])):
        rate = statistics.median(found)
        workers = statistics.median(rates[FASTAPI, clients]) / rate
        print(f"{name:24} {clients:7} {rate:8.0f} {workers:10.1f}")


def report_validation() -> None:
    sys.path.insert(0, str(PROBE_ROUTES))
    from order import Order  # type: ignore[import-not-found]

    if read_order(ORDER) != Order.model_validate(ORDER).model_dump():
        raise SystemExit("error: the two ways to check an order differ")
    ways = {
        "Pydantic": (PROBE_ROUTES / "order.py", Order.model_validate),
        "by hand": (HERE / "order_by_hand.py", read_order),
    }
    print("\nan order, checked    lines of code    µs")
    for name, (source, check) in ways.items():
        seconds = timeit(lambda check=check: check(ORDER), number=CHECKS) / CHECKS  # type: ignore[misc]
        lines = code_lines.count(source.read_text(encoding="utf-8"))
        print(f"{name:20} {lines:13} {seconds * 1e6:5.0f}")


if __name__ == "__main__":
    main()
