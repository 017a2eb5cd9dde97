"""What one's own models take with the generated services and with other tools, and their answers.

    uv run benchmarks/own_models.py

`own_models_train.py` trains a model of each kind. Each tool serves it as its documentation says; what
a user writes for that is in `own_models_TOOL/`, and what is typed is in `TOOLS`. For each kind and
tool the table has the lines that a user writes, the commands that a user types before the service is
started, and how many of 200 requests of one row are answered as the original model answers. The lines
are those of code and settings, without blank lines, comments and docstrings. A tool that cannot be
installed is named and left out. Below the table are the reasons where answers differ.
"""

import ast
import json
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import ndiff
from http.client import HTTPConnection, HTTPException
from math import isclose
from pathlib import Path
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from commands import install, need, new_project, run, service
from scaffold.project.service import free_port

HERE = Path(__file__).parent
MODEL_PACKAGES = ("lightgbm", "onnxruntime", "pandas", "scikit-learn", "xgboost-cpu")
TRAINING = (*MODEL_PACKAGES, "onnx")
RELATIVE, ABSOLUTE = 1e-3, 1e-4
# How much of a reason is printed: its end, where a traceback says what is wrong.
REASON = 400
# The port in the files of the users.
PORT = "8000"
# Of each kind of case: which of a tool's files serve it.
CASES = {
    "table": ("table with gaps and unknown words", "table"),
    "regressor": ("regressor", "regressor"),
    "lightgbm": ("LightGBM, with gaps", "classifier"),
    "xgboost": ("XGBoost, with gaps", "classifier"),
    "two-targets": ("regressor of two targets", "regressor"),
    "int-labels": ("labels 10, 20, 30", "classifier"),
    "text-labels": ("labels in any order", "classifier"),
    "bool-labels": ("labels true and false", "classifier"),
    "text": ("text (TF-IDF)", "text"),
    "embedding": ("embedding of tokens", "tensors"),
    "image": ("image", "tensors"),
    "fixed-batch": ("batch of a fixed size", "tensors"),
    "tensor-types": ("each type of tensor", "tensors"),
    "external-weights": ("weights beside the graph", "tensors"),
    "two-models": ("two models in one service", "two_models"),
    "own-steps": ("pickle with steps around it", "own_steps"),
}

Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A row of a case, and what the clients of any tool know of it."""

    kind: str
    row: Row
    # Which of two models.
    model: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """What a user writes and types before a kind of model can be served."""

    # Files beside this one, and what they are called in the user's folder.
    files: dict[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """What serves models."""

    name: str
    requirements: tuple[str, ...]
    recipes: dict[str, Recipe]
    start: str
    ready: str
    # The path and the body of a request, and the model's answer in the answer to it.
    ask: Callable[[Question], tuple[str, Any]]
    read: Callable[[Question, Any], Any]
    settings: dict[str, str] = field(default_factory=dict)


def ask_list(prefix: str, key: str | None) -> Callable[[Question], tuple[str, Any]]:
    """Ask for the one row in a list; `key` names the list."""

    def ask(question: Question) -> tuple[str, Any]:
        two = question.kind == "two_models"
        path = f"{prefix}{question.model}" if two else "/predict"
        if question.kind == "tensors":
            return path, {"inputs": question.row} if key else question.row
        rows = [question.row["text"] if question.kind == "text" else question.row]
        return path, {key: rows} if key else rows

    return ask


def read_list(question: Question, answer: Any) -> Any:
    return answer if question.kind == "tensors" else answer[0]


def ask_tensors(question: Question) -> tuple[str, Any]:
    """Ask by the Open Inference Protocol, as MLServer's codecs have it."""
    path = f"/v2/models/{question.model}/infer"
    if question.kind == "tensors":
        types = question.facts["types"]
        return path, {"inputs": [write_tensor(*it, types[it[0]]) for it in question.row.items()]}
    types = {bool: "bool", int: "int64", float: "float64", str: "object"}
    inputs = []
    for name, value in question.row.items():
        # A word may be missing; all other columns that have gaps are numbers.
        dtype = (
            "float64" if value is None and name != "embarked" else types.get(type(value), "object")
        )
        inputs.append(write_tensor(name, [value], dtype))
    wanted = (
        ["predict"]
        if question.kind in ("regressor", "two_models")
        else ["predict", "predict_proba"]
    )
    outputs = [{"name": name} for name in wanted]
    content_type = "str" if question.kind == "text" else "pd"
    return path, {
        "inputs": inputs,
        "outputs": outputs,
        "parameters": {"content_type": content_type},
    }


def write_tensor(name: str, rows: list[Any], dtype: str) -> Row:
    shape, data = [], rows
    inner: Any = rows
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0]
    for _ in shape[1:]:
        data = [value for row in data for value in row]
    datatype = {"object": "BYTES", "bool": "BOOL"}.get(dtype, dtype.upper().replace("FLOAT", "FP"))
    tensor = {"name": name, "shape": shape, "datatype": datatype, "data": data}
    return tensor | ({"parameters": {"content_type": "str"}} if dtype == "object" else {})


def read_tensors(question: Question, answer: Any) -> Any:
    outputs = {output["name"]: output for output in answer["outputs"]}
    if question.kind == "tensors":
        return {name: fold(output["data"], output["shape"]) for name, output in outputs.items()}
    found = outputs["predict"]["data"]
    if "predict_proba" in outputs:
        return {"label": found[0], "probabilities": outputs["predict_proba"]["data"]}
    return found if len(found) > 1 else found[0]


def fold(data: list[Any], shape: list[int]) -> list[Any]:
    for size in reversed(shape[1:]):
        data = [data[start : start + size] for start in range(0, len(data), size)]
    return data


def ask_mlflow(question: Question) -> tuple[str, Any]:
    if question.kind == "tensors":
        return "/invocations", {"inputs": question.row}
    if question.kind == "text":
        return "/invocations", {"inputs": [question.row["text"]]}
    columns, row = list(question.row), list(question.row.values())
    return "/invocations", {"dataframe_split": {"columns": columns, "data": [row]}}


def read_mlflow(question: Question, answer: Any) -> Any:
    found = answer["predictions"]
    if question.kind == "tensors":
        return found
    found = found[0]
    classifier = question.kind in ("table", "classifier", "text")
    # It answers with one of both.
    return {"probabilities": found} if classifier else found


def ask_ours(question: Question) -> tuple[str, Any]:
    path = "/api/v1/predictions"
    if question.kind == "two_models":
        path = f"/api/v1/models/{question.model}/predictions"
    if question.kind == "tensors":
        return path, {"inputs": question.row}
    return path, {"instances": [question.row]}


def read_ours(question: Question, answer: Any) -> Any:
    if question.kind == "tensors":
        return answer["outputs"]
    found = answer["predictions"][0]
    if "label" in found:
        return {"label": found["label"], "probabilities": list(found["probabilities"].values())}
    return list(found["values"].values()) if "values" in found else found["value"]


def code(tool: str, *names: str) -> dict[str, Recipe]:
    """A file in Python for each kind."""
    return {name: Recipe({f"own_models_{tool}/{name}.py": "service.py"}) for name in names}


GENERATED = {"generated FastAPI": "fastapi", "generated Flask": "flask"}
EVERY = ("table", "classifier", "regressor", "text", "tensors", "two_models", "own_steps")
IMPORT = "uv run poe import-model"
OURS = {
    **{
        kind: Recipe(commands=(f"{IMPORT} model.joblib --samples samples.csv",))
        for kind in ("table", "classifier", "regressor", "text")
    },
    "tensors": Recipe(commands=(f"{IMPORT} model.onnx",)),
    "two_models": Recipe(
        commands=tuple(
            f"{IMPORT} {name}.joblib --samples {name}.csv --to {name}/1"
            for name in ("first", "second")
        )
    ),
    "own_steps": Recipe(
        {
            "own_models_ours/predictor.py": "app/ml/predictor.py",
            "own_models_ours/describe.py": "describe.py",
        },
        ("uv add joblib pandas scikit-learn", "uv run python describe.py"),
    ),
}
MLFLOW = ("classifier", "regressor", "text", "tensors", "own_steps")
MLSERVER = {"own_models_mlserver/sklearn.json": "model-settings.json"}
TOOLS = [
    *(
        Tool(name, (), OURS, "python -m app", "/readyz", ask_ours, read_ours, {"PORT": PORT})
        for name in GENERATED
    ),
    Tool(
        "BentoML",
        ("bentoml>=1.4.40",),
        code("bentoml", *EVERY),
        f"bentoml serve --host 127.0.0.1 --port {PORT} service:Predictions",
        "/readyz",
        ask_list("/predict_", "instances"),
        read_list,
        {"BENTOML_DO_NOT_TRACK": "True"},
    ),
    Tool(
        "LitServe",
        ("litserve>=0.2.19",),
        code("litserve", *EVERY),
        "python service.py",
        "/health",
        ask_list("/", None),
        read_list,
    ),
    Tool(
        "MLServer",
        # Its workers do not start with a newer uvloop.
        ("mlserver>=1.7.1", "mlserver-sklearn>=1.7.1", "uvloop<0.22"),
        {
            **dict.fromkeys(("table", "classifier", "regressor", "text"), Recipe(MLSERVER)),
            **{
                kind: Recipe(
                    {
                        f"own_models_mlserver/{kind}.json": "model-settings.json",
                        f"own_models_mlserver/{kind}.py": f"{kind}.py",
                    }
                )
                for kind in ("tensors", "own_steps")
            },
            "two_models": Recipe(
                {
                    f"own_models_mlserver/{name}.json": f"{name}/model-settings.json"
                    for name in ("first", "second")
                }
            ),
        },
        "mlserver start .",
        "/v2/models/{model}/ready",
        ask_tensors,
        read_tensors,
        {
            "MLSERVER_HTTP_PORT": PORT,
            "MLSERVER_GRPC_PORT": "{grpc}",
            "MLSERVER_METRICS_PORT": "{metrics}",
        },
    ),
    Tool(
        "MLflow",
        ("mlflow>=3.17.2", "onnx"),
        {
            kind: Recipe({f"own_models_mlflow/{name}.py": "save.py"}, ("python save.py",))
            for kind, name in {**{kind: kind for kind in MLFLOW}, "table": "classifier"}.items()
        },
        f"mlflow models serve --model-uri mlflow --env-manager local --port {PORT}",
        "/ping",
        ask_mlflow,
        read_mlflow,
    ),
]


@dataclass(frozen=True)
class Result:
    """What a kind of model takes with a tool."""

    lines: int
    commands: int
    equal: int
    # Why answers differ, or why there are none.
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.lines}+{self.commands} {self.equal:4d}"


@dataclass(frozen=True)
class Bench:
    """Where the models and the programs are."""

    folder: Path
    tools: list[Tool]
    # Of each tool, where its programs lie.
    programs: dict[str, Path]

    def place(self, tool: Tool, case: str) -> Path:
        """A user's new folder with what a data scientist has, and what the user writes."""
        place = self.folder / tool.name.replace(" ", "-") / case
        if tool.name in GENERATED:
            copy_project(self.programs[tool.name].parents[1], place)
        shutil.copytree(self.folder / "models" / case, place, dirs_exist_ok=True)
        for source, target in recipe(tool, case).files.items():
            (place / target).parent.mkdir(exist_ok=True)
            shutil.copy(HERE / source, place / target)
        return place


def main() -> None:
    need("taskset")
    with tempfile.TemporaryDirectory() as folder:
        bench = prepare(Path(folder))
        results: dict[str, dict[str, Result]] = defaultdict(dict)
        for case in CASES:
            for tool in bench.tools:
                if CASES[case][1] in tool.recipes:
                    results[case][tool.name] = serve(bench, tool, case)
    report(bench, results)


def prepare(folder: Path) -> Bench:
    """Generate the projects, train the models, and install the tools with the packages of these."""
    answers = ("--database", "none", "--ml")
    projects = {
        name: new_project(framework, folder, *answers) for name, framework in GENERATED.items()
    }
    programs = {name: project / ".venv/bin" for name, project in projects.items()}
    python = programs["generated FastAPI"] / "python"
    trainer = install(folder / "training", python, *TRAINING) / "python"
    run(str(trainer), str(HERE / "own_models_train.py"), str(folder / "models"))
    frozen = run("uv", "pip", "freeze", "--quiet", "--python", str(trainer)).split()
    # A pickle is read with the versions that wrote it.
    packages = [pin for pin in frozen if pin.partition("==")[0] in TRAINING]
    print(", ".join(packages))
    (folder / "home").mkdir()
    tools = []
    for tool in TOOLS:
        if tool.name not in GENERATED:
            environment = folder / f"{tool.name}-environment"
            try:
                programs[tool.name] = install(environment, python, *tool.requirements, *packages)
            except SystemExit as error:
                print(f"{tool.name} is left out, it cannot be installed: {error}")
                continue
        tools.append(tool)
    return Bench(folder, tools, programs)


def copy_project(project: Path, place: Path) -> None:
    """A copy of a generated project without its model, with the same environment."""
    shutil.copytree(project, place, ignore=shutil.ignore_patterns(".venv", "model"))
    (place / ".venv").symlink_to(project / ".venv")


def recipe(tool: Tool, case: str) -> Recipe:
    return tool.recipes[CASES[case][1]]


def serve(bench: Bench, tool: Tool, case: str) -> Result:
    """Serve a case as a user does, and compare all answers with the original model's."""
    lines = sum(count_lines(bench, tool, *pair) for pair in recipe(tool, case).files.items())
    commands = recipe(tool, case).commands
    place = bench.place(tool, case)
    equal, reasons = 0, []
    ports = {name: str(free_port()) for name in ("http", "grpc", "metrics")}
    environment = environment_of(bench, tool, ports)
    outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    home = {"HOME": str(bench.folder / "home")}
    try:
        for command in commands:
            run(*command.split(), cwd=place, environment=outside | environment)
        for file in place.glob("*.py"):
            file.write_text(file.read_text().replace(PORT, ports["http"]))
        program, *rest = tool.start.replace(PORT, ports["http"]).split()
        start = [str(bench.programs[tool.name] / program), *rest]
        ready = tool.ready.format(model="second" if case == "two-models" else "model")
        with ExitStack() as stack:
            port = int(ports["http"])
            running = stack.enter_context(service(start, place, port, ready, **home | environment))
            connection = HTTPConnection(urlsplit(running.url).netloc, timeout=30)
            stack.callback(connection.close)
            for question, expected in questions(bench, case):
                reason = compare(connection, tool, question, expected)
                equal += not reason
                reasons += [reason] * bool(reason)
    except SystemExit as error:
        reasons.append(str(error))
    print(f"{case}, {tool.name}: {equal}", flush=True)
    return Result(lines, len(commands), equal, reasons[0] if reasons else "")


def environment_of(bench: Bench, tool: Tool, ports: dict[str, str]) -> dict[str, str]:
    """The variables of a user who works in the tool's environment."""
    settings = {
        name: ports["http"] if value == PORT else value.format(**ports)
        for name, value in tool.settings.items()
    }
    path = f"{bench.programs[tool.name]}:{os.environ['PATH']}"
    return {"PATH": path, **settings}


def questions(bench: Bench, case: str) -> Iterator[tuple[Question, Any]]:
    """The rows that clients ask about, each with what the original model answers."""
    folder, kind = bench.folder / "models" / case, CASES[case][1]
    names = {"first": "first-rows", "second": "second-rows"}
    for model, name in names.items() if kind == "two_models" else [("model", "rows")]:
        facts = json.loads((folder / f"{name}.json").read_text())
        rows = facts["rows"][:: 2 if kind == "two_models" else 1]
        for row in rows:
            yield Question(kind, row["ask"], model, facts), row["answer"]


def compare(connection: HTTPConnection, tool: Tool, question: Question, expected: Any) -> str:
    """Why the answer is not the original model's; nothing where it is."""
    path, body = tool.ask(question)
    headers = {"Content-Type": "application/json"}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, HTTPException) as error:
        # The next request opens it again.
        connection.close()
        return repr(error)
    if answer.status != 200:
        return f"{answer.status} {content.decode(errors='replace')}"
    try:
        found = tool.read(question, json.loads(content))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        return f"{error!r} in {content.decode(errors='replace')}"
    return "" if same(expected, found) else f"{found} is not {expected}"


def same(expected: Any, found: Any) -> bool:
    """Whether two answers are equal, with numbers as near as those of another runtime may be."""
    if isinstance(expected, dict) and isinstance(found, dict):
        # One tool answers with the probabilities alone.
        pairs = ((expected.get(name), value) for name, value in found.items())
        return bool(found) and all(same(*pair) for pair in pairs)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, float) and isinstance(found, float | int):
        return isclose(expected, found, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return type(expected) is type(found) and bool(expected == found)


def count_lines(bench: Bench, tool: Tool, source: str, target: str) -> int:
    """How many lines of a file a user writes; of a file that is there, those that are changed."""
    lines = read_lines(HERE / source)
    there = bench.programs[tool.name].parents[1] / target
    if tool.name in GENERATED and there.exists():
        before = read_lines(there)
        return sum(line.startswith("+ ") for line in ndiff(before, lines))
    return len(lines)


def read_lines(path: Path) -> list[str]:
    """The lines of a file without blank ones, comments and docstrings."""
    lines = path.read_text().splitlines()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(path.read_text())):
            if is_docstring(node):
                lines[node.lineno - 1 : node.end_lineno] = [""] * (
                    node.end_lineno - node.lineno + 1
                )
    return [line for line in lines if line.strip() and not line.strip().startswith("#")]


def is_docstring(node: ast.AST) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def report(bench: Bench, results: dict[str, dict[str, Result]]) -> None:
    print(f"\n{'lines+commands, of 200 equal':34}", *(f"{tool.name:>17}" for tool in bench.tools))
    for case, found in results.items():
        cells = [str(found.get(tool.name, "-")) for tool in bench.tools]
        print(f"{CASES[case][0]:34}", *(f"{cell:>17}" for cell in cells))
    for case, found in results.items():
        for name, result in found.items():
            if result.reason:
                print(f"\n{CASES[case][0]}, {name}: {result.reason[-REASON:]}")


if __name__ == "__main__":
    main()
