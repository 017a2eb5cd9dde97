"""Contract, "Predictions of a file": `poe predict` answers as the service does, or writes nothing."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.combinations import every_bare_ml
from tests.support.inference import FLOWERS, MIXED_NAMES, PREDICTIONS, echo, flower, made, mixed
from tests.support.project_process import answering
from tests.support.services import Service

# Runs in the project: to import it for each call would take longer than all else.
RUNNER = """
import contextlib, io, json, os, sys
from app.ml import predict

for line in sys.stdin:
    arguments, settings = json.loads(line)
    before = dict(os.environ)
    os.environ.update(settings)
    sys.argv = ["predict", *arguments]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            predict.main()
        except SystemExit as end:
            code = end.code
    os.environ.clear()
    os.environ.update(before)
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""


@dataclass(frozen=True)
class Ran:
    """How the command ended, and what it said."""

    code: int
    stdout: str
    stderr: str


Predict = Callable[..., Ran]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that has a feature of every type."""
    return mixed().write(tmp_path_factory.mktemp("mixed") / "model")


@pytest.fixture(scope="session")
def predict(project: Path) -> Iterator[Predict]:
    """Runs the command in the project; its settings are given by name."""
    with answering(project, RUNNER) as ask:

        def run(*arguments: object, **settings: str) -> Ran:
            return Ran(*ask([[str(word) for word in arguments], settings]))

        yield run


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    """Write rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@every_bare_ml
def test_each_row_gets_the_answer_of_the_service(
    service: Service, predict: Predict, tmp_path: Path
) -> None:
    flowers = [flower(kind) for kind in FLOWERS] * 50
    rows = [{"id": f"n°{number}, {'x' * number}\n", **row} for number, row in enumerate(flowers)]
    source, target = write(tmp_path / "in.csv", rows), tmp_path / "out.csv"
    ran = predict(source, target, MODEL_BATCH_SIZE="7")
    assert ran == Ran(0, f"{target}: 150 rows, predicted by iris/1\n", "")
    answer = service.client.post(PREDICTIONS, json={"instances": flowers}).json()
    expected = [
        {name: str(value) for name, value in row.items()}
        | {"label": prediction["label"]}
        | {f"probability_{name}": str(value) for name, value in prediction["probabilities"].items()}
        for row, prediction in zip(rows, answer["predictions"], strict=True)
    ]
    assert read(target) == expected


HEAD = ",".join(MIXED_NAMES.values())
GOOD = "0.5,0,false,blue,plain"
# What is in the file, and what is said of it after its name.
WRONG: dict[str, tuple[str | bytes, str]] = {
    "no number": (f"{HEAD}\n{GOOD}\nheavy,0,no,red,x", "3: weight (kg): Input should be a valid "),
    "no whole number": (f"{HEAD}\n0.5,1.5,no,red,x", "2: copy: Input should be a valid integer"),
    "no truth": (f"{HEAD}\n0.5,0,perhaps,red,x", "2: class: Input should be a valid boolean"),
    "out of range": (f"{HEAD}\n10.5,0,no,red,x", "2: weight (kg): Input should be less than or "),
    "not a number": (f"{HEAD}\nnan,0,no,red,x", "2: weight (kg): Input should be "),
    "no choice": (f"{HEAD}\n0.5,0,no,green,x", "2: _colour: Input should be 'red' or 'blue'"),
    "an empty cell": (f"{HEAD}\n0.5,,no,red,x", "2: copy: Field required"),
    "a row of several lines before": (
        f'{HEAD}\n{GOOD[:-5]}"a\nb"\n,0,no,red,x',
        "4: weight (kg): ",
    ),
    "a cell too few": (
        f"{HEAD}\n0.5,0,no,red",
        "2: the row has 4 cells, but the file has 5 columns",
    ),
    "an open quote": (f'{HEAD}\n{GOOD}\n0.5,0,no,red,"x', "3: unexpected end of data"),
    "no UTF-8": (f"{HEAD}\n{GOOD}\n0.5,0,no,red,".encode() + b"\xff", "3: not UTF-8"),
    "a column too few": ("weight (kg),copy\n0.5,0", "1: no column is called class"),
    "a column twice": (f"{HEAD},copy\n{GOOD},0", "1: two columns are called copy"),
    "a column of the prediction": (
        f"{HEAD},label\n{GOOD},old",
        "1: the prediction has a column label",
    ),
    "nothing": ("", " the file is empty"),
}


@every_bare_ml
@pytest.mark.parametrize(("content", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_row_is_named_and_nothing_is_written(
    predict: Predict, model: Path, tmp_path: Path, content: str | bytes, reason: str
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    target.write_text("before")
    ran = predict(source, target, MODEL_PATH=str(model), MODEL_BATCH_SIZE="1")
    assert ran.code == 2
    assert ran.stderr.startswith(f"{source}:{reason}")
    assert ran.stderr.count("\n") == 1
    assert target.read_text() == "before"
    assert sorted(tmp_path.iterdir()) == [source, target]


@every_bare_ml
def test_the_row_is_named_that_the_model_fails_for(predict: Predict, tmp_path: Path) -> None:
    folder = echo().write(tmp_path / "model")
    source = write(tmp_path / "in.csv", [{"position": 1, "square": 0.25}] * 3)
    source.write_text(f"{source.read_text()}1,-1\n")
    ran = predict(source, tmp_path / "out.csv", MODEL_PATH=str(folder))
    assert ran.code == 2
    assert ran.stderr.startswith(f"{source}:5: the model fails: the output probabilities ")
    assert not (tmp_path / "out.csv").exists()


# What a model does with the number `x`, its kind, and what is predicted for 0 and for a missing value.
KINDS: dict[str, tuple[str, dict[str, Any], list[dict[str, str]]]] = {
    "regressor": (
        "(float[N,1] x) => (float[N,1] value) { value = Identity (x) }",
        {"kind": "regressor"},
        [{"value": "0.0"}, {"value": "3.0"}],
    ),
    "several targets": (
        """(float[N,1] x) => (float[N,1] same, float[N] sum)
        {
            same = Identity (x)
            axis = Constant <value_ints = [1]> ()
            sum = ReduceSum <keepdims = 0> (x, axis)
        }""",
        {"kind": "regressor", "targets": ["same", "sum"]},
        [{"value_same": "0.0", "value_sum": "0.0"}, {"value_same": "3.0", "value_sum": "3.0"}],
    ),
    "multilabel": (
        """(float[N,1] x) => (float[N,2] probabilities)
        {
            given = Sign (x)
            never = Sub (given, given)
            probabilities = Concat <axis = 1> (given, never)
        }""",
        {"kind": "multilabel", "classes": ["given", "never"]},
        [
            {"labels": "[]", "probability_given": "0.0", "probability_never": "0.0"},
            {"labels": '["given"]', "probability_given": "1.0", "probability_never": "0.0"},
        ],
    ),
}


@every_bare_ml
@pytest.mark.parametrize(("graph", "described", "expected"), KINDS.values(), ids=KINDS)
def test_each_kind_has_its_columns(
    predict: Predict,
    tmp_path: Path,
    graph: str,
    described: dict[str, Any],
    expected: list[dict[str, str]],
) -> None:
    text = f'<ir_version: 10, opset_import: ["": 20]> numbers {graph}'
    feature = {"name": "x", "type": "number", "minimum": 0, "optional": True, "default": 3}
    model = made(text, [feature], ())
    metadata = {key: value for key, value in model.metadata.items() if key != "classes"}
    folder = replace(model, metadata=metadata | described).write(tmp_path / "model")
    source = write(tmp_path / "in.csv", [{"x": "0", "id": "a"}, {"x": "", "id": "b"}])
    ran = predict(source, tmp_path / "out.csv", "--columns", "id", MODEL_PATH=str(folder))
    assert ran.code == 0, ran.stderr
    found = read(tmp_path / "out.csv")
    assert found == [{"id": "a"} | expected[0], {"id": "b"} | expected[1]]


@every_bare_ml
def test_a_file_without_rows_gets_its_columns(
    predict: Predict, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_text(f"\ufeff{HEAD}\n", encoding="utf-8")
    ran = predict(tmp_path / "in.csv", tmp_path / "out.csv", MODEL_PATH=str(model))
    assert ran.code == 0, ran.stderr
    written = (tmp_path / "out.csv").read_text()
    assert written.startswith(f"{HEAD},label,probability_heavy,")
    assert written.count("\n") == 1
