"""Measures what a call to another service costs, with the client of a generated service and with others.

    uv run benchmarks/outbound.py [ROUNDS]

Needs Linux with two cores. The other service takes 100 ms, and runs on the second core; the client on
the first. 8, 64 and 256 callers ask at once, each as soon as it has its answer: tasks of asyncio with
the client of FastAPI's template, plain httpx2 and aiohttp, threads with that of Flask's template, plain
httpx2 and requests; the others with their defaults. In each of ROUNDS (5) rounds all take turns, in
alternating order; the table has the medians of calls per second and of processor time per call.
"""

import json
import os
import statistics
from collections import defaultdict
from pathlib import Path

from commands import SERVER_CORE, arguments, need, run
from scaffold.compare.cpu_pinning import choose_cpus, pinned_to
from scaffold.compare.installed_service import installed_services
from scaffold.compare.measure import slow_service
from scaffold.console import Console
from scaffold.git.environment import isolate_environment
from scaffold.project import uv
from scaffold.template.open_template import open_template
from scaffold.template.request import TemplateRequest

HERE = Path(__file__).parent
ROUNDS = 5
SECONDS = 3
CALLERS = (8, 64, 256)
# By the framework whose project has them.
CLIENTS = {
    "ours": "fastapi",
    "httpx2": "fastapi",
    "aiohttp": "fastapi",
    "ours-threads": "flask",
    "httpx2-threads": "flask",
    "requests": "flask",
}
OTHERS = {"fastapi": "aiohttp", "flask": "requests"}

Found = dict[tuple[str, int], list[dict[str, float]]]


def main() -> None:
    rounds = arguments(__doc__, ROUNDS).rounds
    need("taskset")
    found: Found = defaultdict(list)
    isolate_environment(prompts=False)
    request = TemplateRequest(
        template=str(HERE.parent), flags={"database": "none", "outbound": True}
    )
    console, cores = Console(), choose_cpus()
    with (
        open_template(request, console) as source,
        installed_services(source, request.flags, {}, console) as made,
        pinned_to(cores.load),
        slow_service(made["fastapi"], source.workspace) as settings,
    ):
        for framework, other in OTHERS.items():
            uv.add_to_environment(made[framework].folder, other)
        for number in range(rounds):
            for client in sorted(CLIENTS, reverse=bool(number % 2)):
                copy = made[CLIENTS[client]]
                for callers in CALLERS:
                    words = (client, settings["SLOW_SERVICE_URL"], str(callers), str(SECONDS))
                    script = str(HERE / "outbound_calls.py")
                    pinned = ("taskset", "--cpu-list", SERVER_CORE, str(copy.python), script)
                    there = os.environ | {"PYTHONPATH": str(copy.folder)}
                    said = run(*pinned, *words, cwd=copy.folder, environment=there)
                    found[client, callers].append(json.loads(said))
    report(found)


def report(found: Found) -> None:
    print(f"\n{'client':16} callers   calls/s   ms of processor time   failed")
    for callers in CALLERS:
        for client in CLIENTS:
            samples = found[client, callers]
            rate = statistics.median(s["calls"] / s["seconds"] for s in samples)
            cost = statistics.median(1000 * s["processor"] / max(1, s["calls"]) for s in samples)
            failed = sum(s["failed"] for s in samples)
            print(f"{client:16} {callers:7} {rate:9.0f} {cost:22.2f} {failed:8.0f}")


if __name__ == "__main__":
    main()
