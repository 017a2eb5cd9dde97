"""Measures generated predictions beside model servers and a naive handler: requests a second, times.

    uv run benchmarks/inference.py [ROUNDS] [--seconds N]

Needs Linux with two cores and wrk (Debian: apt-get install wrk).

All serve the same two ONNX models, each request with one instance: the small one of the generated
project, and a heavy one of about 5 ms (`inference_models.py`). Each system has one worker on the
first core, one thread for the model, batches of 64 at most and no access log but the generated
services', which have theirs; it is started anew for each measurement. The naive handler is FastAPI
in the generated project's environment; the others have environments of their own. The load comes
from the second core: 1, 16 and 64 clients for N (3) seconds each. In each of ROUNDS (5) rounds all
systems take turns, in alternating order; the tables have the medians, and the median of the rounds'
ratios to the generated FastAPI service. Before, the answers of each are compared with the model's
own; a model server that cannot be installed, or does not answer so, is named and left out.

mosec fills a batch or waits, so it is there twice: the second time with batches of 16 at most.

The last table is for GET /livez, a hundred times a second, of a service that is idle and of one
that 64 clients ask to run the heavy model.
"""

import json
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from commands import (
    LOAD_CORE,
    Service,
    arguments,
    install,
    need,
    new_project,
    run,
    service,
)
from scaffold.project.service import free_port

HERE = Path(__file__).parent
ROUNDS, SECONDS = 5, 3
WARM_UP_SECONDS = SETTLE_SECONDS = 1
CLIENTS = (1, 16, 64)
MODELS = ("small", "heavy")
OURS, FLASK, NAIVE = "generated FastAPI", "generated Flask", "naive FastAPI"
TRAINING = ("onnx>=1.23.2", "onnxruntime>=1.31.1")
VERSIONS = (
    *("bentoml", "fastapi", "flask", "gunicorn", "litserve", "mlserver", "mosec", "numpy"),
    *("onnxruntime", "pydantic", "starlette", "uvicorn", "uvloop"),
)

Instance = dict[str, float]
Prediction = dict[str, Any]
# One of each class.
INSTANCES: list[Instance] = [
    {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
    {"sepal_length": 6.0, "sepal_width": 2.9, "petal_length": 4.5, "petal_width": 1.5},
    {"sepal_length": 6.7, "sepal_width": 3.0, "petal_length": 5.5, "petal_width": 2.1},
]


@dataclass(frozen=True)
class Dialect:
    """How a system is asked for one instance, and what it answers."""

    ask: Callable[[Instance], Any]
    read: Callable[[Any], Prediction]


@dataclass(frozen=True)
class System:
    """What is measured."""

    command: str
    ready: str
    path: str
    dialect: Dialect
    # Without any it runs in the environment of the project.
    requirements: tuple[str, ...] = ()
    # How often the generated FastAPI service has to be as fast, and with how many clients.
    aim: float = 0
    aim_clients: tuple[int, ...] = CLIENTS


@dataclass(frozen=True)
class Figures:
    rate: float
    p50: float
    p99: float


def ask_tensors(instance: Instance) -> Any:
    tensor = {"shape": [1, 1], "datatype": "FP32"}
    return {"inputs": [{"name": name, **tensor, "data": [x]} for name, x in instance.items()]}


def read_tensors(answer: Any) -> Prediction:
    data = {output["name"]: output["data"] for output in answer["outputs"]}
    classes = ("setosa", "versicolor", "virginica")
    probabilities = dict(zip(classes, data["probabilities"], strict=True))
    return {"label": classes[data["label"][0]], "probabilities": probabilities}


PREDICTIONS = Dialect(lambda it: {"instances": [it]}, lambda answer: answer["predictions"][0])
BENTOML = Dialect(lambda it: {"instances": [it]}, lambda answer: answer[0])
PLAIN = Dialect(lambda it: it, lambda answer: answer)
TENSORS = Dialect(ask_tensors, read_tensors)

OUR_PATHS = ("/readyz", "/api/v1/predictions", PREDICTIONS)
MOSEC = "python {here}/bare_inference_mosec.py {size} --address 127.0.0.1 --port {port}"
MOSEC_PATHS = ("/", "/inference", PLAIN, ("mosec>=0.9.8", "onnxruntime>=1.31.1"))
SYSTEMS = {
    OURS: System("python -m app", *OUR_PATHS),
    FLASK: System("python -m app", *OUR_PATHS),
    NAIVE: System(
        "uvicorn --app-dir {here} --port {port} --no-access-log bare_inference_naive:app",
        *("/livez", "/api/v1/predictions", PREDICTIONS),
        aim=1.2,
        aim_clients=(16, 64),
    ),
    "LitServe": System(
        "python {here}/bare_inference_litserve.py",
        *("/health", "/predict", PLAIN),
        ("litserve>=0.2.19", "onnxruntime>=1.31.1"),
        aim=2,
    ),
    "BentoML": System(
        "bentoml serve --host 127.0.0.1 --port {port} --working-dir {here} "
        "bare_inference_bentoml:Predictions",
        *("/readyz", "/predict", BENTOML),
        # Uvicorn's extra, as the generated service has it.
        ("bentoml>=1.4.39", "onnxruntime>=1.31.1", "uvicorn[standard]>=0.54.0"),
        aim=2,
    ),
    "MLServer": System(
        "python {here}/bare_inference_mlserver.py",
        *("/v2/models/model/ready", "/v2/models/model/infer", TENSORS),
        ("mlserver>=1.7.1", "onnxruntime>=1.31.1"),
        aim=2,
    ),
    "mosec": System(MOSEC.replace("{size}", "64"), *MOSEC_PATHS, aim=1, aim_clients=(1, 16)),
    "mosec, batch 16": System(MOSEC.replace("{size}", "16"), *MOSEC_PATHS),
}
FLASK_AIM = 0.5  # of the generated FastAPI service
HEALTH = (OURS, FLASK)

Cell = tuple[str, int, str]
Results = dict[Cell, list[Figures]]


@dataclass(frozen=True)
class Bench:
    """Where everything is installed, and what each model answers to each of the instances."""

    folder: Path
    programs: dict[str, Path]
    answers: dict[str, list[Prediction]]

    @contextmanager
    def start(self, name: str, model: str) -> Iterator[Service]:
        """A system that serves a model."""
        system, port = SYSTEMS[name], free_port()
        program, *rest = system.command.format(here=HERE, port=port).split()
        command = [str(self.programs[name] / program), *rest]
        home = self.folder / "home"
        settings = {
            "MODEL_PATH": str(self.folder / model),
            "HOME": str(home),
            "BENTOML_DO_NOT_TRACK": "True",
        }
        # A generated service is a package in its folder.
        cwd = self.programs[name].parents[1] if "-m app" in system.command else home
        with service(command, cwd, port, system.ready, **settings) as started:
            yield started

    def check(self, name: str, model: str, url: str) -> None:
        """End where a system does not answer as the model does."""
        system = SYSTEMS[name]
        for instance, expected in zip(INSTANCES, self.answers[model], strict=True):
            body = json.dumps(system.dialect.ask(instance)).encode()
            request = Request(url + system.path, body, {"Content-Type": "application/json"})  # noqa: S310
            with urlopen(request, timeout=30) as answer:  # noqa: S310 - an address of this machine
                found = system.dialect.read(json.load(answer))
            same = [
                isclose(found["probabilities"][label], probability, abs_tol=1e-4)
                for label, probability in expected["probabilities"].items()
            ]
            if found["label"] != expected["label"] or not all(same):
                raise SystemExit(f"error: {name}, {model} model: {found} is not {expected}")


def main() -> None:
    options = arguments(__doc__, ROUNDS, seconds=SECONDS)
    need("taskset", "wrk")
    with tempfile.TemporaryDirectory() as folder:
        bench = prepare(Path(folder))
        try_out(bench)
        report_versions(bench, options.rounds)
        results: Results = defaultdict(list)
        idle: dict[str, list[list[float]]] = defaultdict(list)
        busy: dict[str, list[list[float]]] = defaultdict(list)
        for number in range(options.rounds):
            names = list(bench.programs)[:: -1 if number % 2 else 1]
            for model in MODELS:
                for name in names:
                    measure(bench, name, model, options.seconds, results)
            for name in HEALTH:
                times = ask_livez(bench, name, options.seconds)
                idle[name].append(times[0])
                busy[name].append(times[1])
    for model in MODELS:
        for clients in CLIENTS:
            report(results, model, clients)
    report_short(results)
    report_livez(idle, busy)


def prepare(folder: Path) -> Bench:
    """Generate the projects, install the systems with the same Python and make the models."""
    answers = ("--database", "none", "--ml")
    projects = {
        name: new_project(framework, folder, *answers)
        for name, framework in ((OURS, "fastapi"), (FLASK, "flask"))
    }
    python = projects[OURS] / ".venv/bin/python"
    programs = {name: project / ".venv/bin" for name, project in projects.items()}
    programs[NAIVE] = programs[OURS]
    installed: dict[tuple[str, ...], Path] = {}
    for name, system in SYSTEMS.items():
        wanted = system.requirements
        if wanted and wanted not in installed:
            try:
                installed[wanted] = install(folder / name.replace(" ", "-"), python, *wanted)
            except SystemExit as error:
                print(f"{name} is left out, it cannot be installed: {error}")
                continue
        if wanted:
            programs[name] = installed[wanted]
    (folder / "home").mkdir()
    (folder / "small").symlink_to(projects[OURS] / "model")
    trainer = install(folder / "training", python, *TRAINING) / "python"
    script = (str(HERE / "inference_models.py"), str(folder / "small"), str(folder / "heavy"))
    found = json.loads(run(str(trainer), *script, json.dumps(INSTANCES)))
    return Bench(folder, programs, dict(zip(MODELS, found, strict=True)))


def try_out(bench: Bench) -> None:
    """Compare all answers with the models' own, and leave out the model servers that fail."""
    for name in list(bench.programs):
        try:
            for model in MODELS:
                with bench.start(name, model) as started:
                    bench.check(name, model, started.url)
        except (SystemExit, OSError) as error:
            if not SYSTEMS[name].requirements:
                raise
            print(f"{name} is left out: {error}")
            del bench.programs[name]


def measure(bench: Bench, name: str, model: str, seconds: int, results: Results) -> None:
    """Add the figures of a system with each number of clients."""
    with bench.start(name, model) as started:
        load(name, started.url, 16, WARM_UP_SECONDS)
        for clients in CLIENTS:
            results[model, clients, name].append(load(name, started.url, clients, seconds))


def load(name: str, url: str, clients: int, seconds: int) -> Figures:
    """Load a system from the second core."""
    output = run(*wrk(name, url, clients, seconds))
    rate, p50, p99, failed = output.rpartition("figures ")[2].split()
    if int(failed):
        raise SystemExit(f"error: {failed} requests of {name} failed:\n{output}")
    return Figures(float(rate), float(p50), float(p99))


def wrk(name: str, url: str, clients: int, seconds: int) -> list[str]:
    system = SYSTEMS[name]
    return [
        *("taskset", "--cpu-list", LOAD_CORE, "wrk", "--threads=1", f"--connections={clients}"),
        *(f"--duration={seconds}s", "--timeout=30s", "--latency"),
        *("--script", str(HERE / "inference.lua"), url + system.path),
        *("--", json.dumps(system.dialect.ask(INSTANCES[1]))),
    ]


def ask_livez(bench: Bench, name: str, seconds: int) -> tuple[list[float], list[float]]:
    """The times of /livez, in ms: of an idle service, and of one that runs the heavy model."""
    with bench.start(name, "heavy") as started:
        probe = ["taskset", "--cpu-list", LOAD_CORE, str(bench.programs[OURS] / "python")]
        probe += [str(HERE / "inference_probe.py"), started.url, str(seconds)]
        load(name, started.url, 16, WARM_UP_SECONDS)
        time.sleep(SETTLE_SECONDS)
        idle = json.loads(run(*probe))
        # Longer than is needed, whatever the probe takes.
        command = wrk(name, started.url, max(CLIENTS), seconds + 60)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as clients:  # noqa: S603
            time.sleep(SETTLE_SECONDS)
            busy = json.loads(run(*probe))
            clients.terminate()
    return idle, busy


def report_versions(bench: Bench, rounds: int) -> None:
    for name, programs in bench.programs.items():
        frozen = run("uv", "pip", "freeze", "--quiet", "--python", str(programs / "python"))
        versions = [line for line in frozen.split() if line.partition("==")[0] in VERSIONS]
        print(f"{name}: {', '.join(versions)}")
    python = run(str(bench.programs[OURS] / "python"), "--version").strip()
    print(f"{python}, {rounds} rounds", flush=True)


def report(results: Results, model: str, clients: int) -> None:
    title = f"{model}, {clients} client{'s' if clients > 1 else ''}"
    print(f"\n{title:18}    req/s    p50 ms    p99 ms   {OURS} : it")
    for name in SYSTEMS:
        figures = results.get((model, clients, name))
        if not figures:
            print(f"{name:18} {'-':>8} {'-':>9} {'-':>9} {'-':>21}")
            continue
        rate, p50, p99 = (
            statistics.median(getattr(of, key) for of in figures) for key in ("rate", "p50", "p99")
        )
        print(
            f"{name:18} {rate:8.0f} {p50:9.2f} {p99:9.2f} "
            f"{ratio(results, model, clients, name):21.2f}"
        )


def report_short(results: Results) -> None:
    """Say where the generated services are behind, or short of what they aim at."""
    print(f"\n{'behind or short':18}    cell                  ratio       aim")
    for model, clients, name in results:
        found, system = ratio(results, model, clients, name), SYSTEMS[name]
        aim = system.aim if clients in system.aim_clients else 0
        if name == FLASK:
            found, aim = 1 / found, FLASK_AIM
        if found < max(aim, 0 if name in (FLASK, NAIVE) else 1):
            aimed = f"{aim:9.2f}" if aim else f"{'-':>9}"
            print(f"{name:18}    {f'{model}, {clients}':17} {found:9.2f} {aimed}")


def report_livez(idle: dict[str, list[list[float]]], busy: dict[str, list[list[float]]]) -> None:
    print(f"\n{'GET /livez':18} idle: p99 ms   heavy, 64 clients: p99 ms   max ms   it : idle")
    for name in HEALTH:
        p99s = [(p99(free), p99(full)) for free, full in zip(idle[name], busy[name], strict=True)]
        print(
            f"{name:18} {statistics.median(free for free, _ in p99s):12.2f} "
            f"{statistics.median(full for _, full in p99s):26.2f} "
            f"{statistics.median(map(max, busy[name])):8.2f} "
            f"{statistics.median(full / free for free, full in p99s):11.1f}"
        )


def ratio(results: Results, model: str, clients: int, name: str) -> float:
    """How many times as fast the generated FastAPI service is: the median of the rounds."""
    pairs = zip(results[model, clients, OURS], results[model, clients, name], strict=True)
    return statistics.median(ours.rate / it.rate for ours, it in pairs)


def p99(times: list[float]) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[98]


if __name__ == "__main__":
    main()
