"""The model as it will be served: written to a folder of its own, and compared with the original."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from hashlib import sha256
from math import ceil, floor
from pathlib import Path
from shutil import copyfile
from typing import Any

import numpy as np

from app.ml.importing.columns import ROWS, Column, ImportingError
from app.ml.importing.graph import LABEL, PROBABILITIES, Graph, Rewriting
from app.ml.importing.onnx_file import find_label, find_probabilities, run
from app.ml.importing.original import Original, make_array
from app.ml.serving.datatypes import Columns
from app.ml.serving.examples import Example, TensorExample, write_examples
from app.ml.serving.metadata import METADATA_FILE, MODEL_FILE, Feature, Metadata
from app.ml.serving.schemas import write_class

RELATIVE, ABSOLUTE = 1e-3, 1e-4
# An integer of at most so many values is a code, which has no others.
CODES = 20
SERVE_IT = "or serve the object itself, as app/ml/predictor.py says how"


@dataclass(frozen=True)
class Names:
    """What the model is to be called, and how it decides."""

    name: str
    version: str
    targets: list[str] | None
    threshold: float | None
    logits: bool


def write(original: Original, names: Names, folder: Path) -> Metadata:
    """Write the first graph that answers as the original does, its description and the examples."""
    problems = []
    for path in original.graphs:
        graph = Graph(path)
        targets = _name_targets(original, names.targets)
        _write_graph(graph, original, names, targets, folder)
        if (problem := _compare(original, targets, folder)) is None:
            metadata = _describe(original, names, targets, graph, folder)
            metadata.examples = write_examples(folder, _make_examples(original, metadata))
            text = metadata.model_dump_json(indent=2, exclude_defaults=True)
            (folder / METADATA_FILE).write_text(f"{text}\n", encoding="utf-8")
            return metadata
        problems.append(problem)
    raise ImportingError(problems[0])


def _name_targets(original: Original, given: list[str] | None) -> list[str]:
    if original.kind != "regressor":
        return []
    count = original.answers["values"].shape[1]
    names = given or (
        ["value"] if count == 1 else [f"value_{number}" for number in range(1, count + 1)]
    )
    if len(names) != count:
        raise ImportingError(
            f"the model answers with {count} values, and --targets has {len(names)} names"
        )
    return names


def _write_graph(
    graph: Graph, original: Original, names: Names, targets: list[str], folder: Path
) -> None:
    for name in graph.data_files():
        if Path(name).name != name:
            raise ImportingError(
                f"the weights {name} are not beside {graph.path}: move them there, and export anew"
            )
        try:
            copyfile(graph.path.parent / name, folder / name)
        except OSError as error:
            raise ImportingError(
                f"{graph.path.parent / name}: {error.strerror}: put the weights there"
            ) from error
    if original.kind == "tensors":
        copyfile(graph.path, folder / MODEL_FILE)
        return
    rewriting = Rewriting(graph)
    rewriting.take_columns(original.columns)
    if original.kind == "regressor":
        rewriting.give_targets(graph.number_outputs(), targets)
    else:
        label = (
            find_label(graph)
            if original.kind == "classifier" and "label" in original.answers
            else None
        )
        if label is not None:
            rewriting.give_label(label)
        rewriting.give_probabilities(
            find_probabilities(graph),
            len(original.classes),
            logits=names.logits,
            exclusive=original.kind == "classifier",
        )
    content = rewriting.finish().SerializeToString(deterministic=True)
    (folder / MODEL_FILE).write_bytes(content)


def _compare(original: Original, targets: list[str], folder: Path) -> str | None:
    """Say how the graph that was written answers otherwise than the original."""
    inputs = original.inputs or _feed(folder, original.columns)
    try:
        found = run(folder / MODEL_FILE, inputs)
    except ImportingError as error:
        return f"{error}: change the model, {SERVE_IT}"
    expected = dict(original.answers)
    if original.kind == "regressor":
        expected = {
            target: expected["values"][:, [number]] for number, target in enumerate(targets)
        }
    labels = expected.pop("label", None) if original.kind == "classifier" else None
    wrong = np.zeros(original.rows, bool)
    shown: tuple[str, Any, Any] | None = None
    for name, values in expected.items():
        if name not in found:
            return f"the graph has no output {name}: its outputs are {', '.join(found)}"
        got = np.asarray(found[name])
        if got.size != values.size:
            return f"the output {name} has the shape {list(got.shape)}, and the model itself answers {list(values.shape)}"
        differs = _differ(values, got.reshape(values.shape)).reshape(original.rows, -1).any(axis=1)
        if differs.any() and shown is None:
            row = int(differs.argmax())
            shown = name, values[row], got.reshape(values.shape)[row]
        wrong |= differs
    if labels is not None and "label" in found:
        known = _known_labels(original, found["label"])
        highest = np.sort(expected["probabilities"], axis=1)
        tied = highest[:, -1] - highest[:, -2] <= ABSOLUTE
        differs = np.array(
            [
                known.get(got) != label
                for got, label in zip(found["label"].tolist(), labels.tolist(), strict=True)
            ]
        )
        differs &= ~tied
        if differs.any() and shown is None:
            row = int(differs.argmax())
            shown = "label", labels[row], found["label"][row]
        wrong |= differs
    if shown is None:
        return None
    count = int(wrong.sum())
    if original.has_missing()[wrong].all():
        return (
            f"{count} of {original.rows} rows are answered otherwise than by the model itself, all of them with missing "
            "values, for which the converter takes another branch: let a SimpleImputer fill them in before the "
            f"{original.library} model and train again, {SERVE_IT}"
        )
    name, one, other = shown
    return (
        f"{count} of {original.rows} rows are answered otherwise than by the model itself (row {int(wrong.argmax()) + 1}: "
        f"{name} is {_short(one)}, and {_short(other)} after the conversion): change the step that ONNX has "
        f"otherwise, {SERVE_IT}"
    )


def _short(value: Any) -> str:
    return str(
        np.round(value, 4).tolist()
        if isinstance(value, np.ndarray) and value.dtype.kind == "f"
        else value
    )[:100]


def _differ(expected: np.ndarray, found: np.ndarray) -> np.ndarray:
    if expected.dtype.kind == "f" and found.dtype.kind == "f":
        return np.array(~np.isclose(found, expected, RELATIVE, ABSOLUTE, equal_nan=True), bool)
    return np.array(expected.astype(object) != found.astype(object), bool)


def _feed(folder: Path, columns: Sequence[Column]) -> Columns:
    ports = {port.name: port for port in Graph(folder / MODEL_FILE).inputs}
    found = {}
    for column in columns:
        port = ports[column.name]
        values = make_array(column, port.dtype)
        found[column.name] = values if len(port.shape) == 1 else values.reshape(-1, 1)
    return found


def _known_labels(original: Original, found: np.ndarray) -> dict[Any, Any]:
    """The classes by what the graph calls them: the same, or numbers from 0 on."""
    return dict(
        zip(_find_labels(original, found) or original.classes, original.classes, strict=True)
    )


def _find_labels(original: Original, found: np.ndarray) -> list[Any] | None:
    """What the graph calls the classes, if that is something else."""
    classes = original.classes
    numbers = found.dtype.kind in "iu"
    if numbers and not all(
        isinstance(value, int) and not isinstance(value, bool) for value in classes
    ):
        return list(range(len(classes)))
    if found.dtype.kind == "b" and not all(isinstance(value, bool) for value in classes):
        return [False, True]
    if found.dtype.kind in "OU" and not all(isinstance(value, str) for value in classes):
        return [str(value) for value in classes]
    return None


def _describe(
    original: Original, names: Names, targets: list[str], graph: Graph, folder: Path
) -> Metadata:
    content = (folder / MODEL_FILE).read_bytes()
    facts: dict[str, Any] = {}
    if original.kind in ("classifier", "multilabel"):
        facts = {"classes": original.classes, "threshold": names.threshold}
    if original.kind == "classifier" and "label" in original.answers:
        facts["labels"] = _find_labels(original, _first_labels(original, folder))
    if original.kind == "regressor" and targets != ["value"]:
        facts["targets"] = targets
    if original.kind != "tensors":
        facts["features"] = [_describe_feature(column) for column in original.columns]
    return Metadata(
        name=names.name,
        version=names.version,
        sha256=sha256(content).hexdigest(),
        kind=original.kind,
        data={
            name: sha256((folder / name).read_bytes()).hexdigest() for name in graph.data_files()
        },
        **facts,
    )


def _first_labels(original: Original, folder: Path) -> np.ndarray:
    return np.asarray(run(folder / MODEL_FILE, _feed(folder, original.columns))[LABEL])


def _describe_feature(column: Column) -> Feature:
    known = [value for value in column.values if value is not None]
    facts: dict[str, Any] = {}
    if column.sampled and known and column.type in ("number", "integer"):
        facts = _find_range(known, column.type)
    if column.type == "string" and column.choices:
        facts = {"choices": column.choices, "other_choices": column.other_choices}
    if column.optional and column.type in ("integer", "boolean"):
        raise ImportingError(
            f"the column {column.name} of the samples has a missing {column.type}, which ONNX has no value for: "
            "fill it in, or write numbers"
        )
    return Feature(name=column.name, type=column.type, optional=column.optional, **facts)


def _find_range(known: Sequence[Any], type_: str) -> dict[str, float]:
    """Choose what is allowed: the samples, and half as much again on both sides for other rows."""
    low, high = min(known), max(known)
    if type_ == "integer" and len(set(known)) <= CODES:
        return {"minimum": low, "maximum": high}
    if low == high:
        return {}
    margin = (high - low) / 2
    # What is never negative in the samples stays so.
    least, most = low - margin if low < 0 else max(0, low - margin), high + margin
    if type_ == "integer":
        return {"minimum": floor(least), "maximum": ceil(most)}
    return {"minimum": _round(least, ROUND_FLOOR), "maximum": _round(most, ROUND_CEILING)}


def _round(value: float, outward: str) -> float:
    """Round to two digits, away from the values of the samples."""
    exact = Decimal(str(value))
    return float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), outward))


def _make_examples(original: Original, metadata: Metadata) -> list[Any]:
    """Rows, and what the original model answers to each."""
    rows = min(original.rows, ROWS)
    if original.kind == "tensors":
        return [
            TensorExample(
                inputs=_row_of(original.inputs, row), outputs=_row_of(original.answers, row)
            )
            for row in range(rows)
        ]
    predictions = _make_predictions(original, metadata)[:rows]
    instances = _make_instances(original.columns, rows)
    return [
        Example(instance=instance, prediction=prediction)
        for instance, prediction in zip(instances, predictions, strict=True)
    ]


def _row_of(tensors: Columns, row: int) -> dict[str, Any]:
    return {name: _shortest(values[[row]]).tolist() for name, values in tensors.items()}


def _shortest(values: np.ndarray) -> np.ndarray:
    """The same numbers with the fewest digits that tell them from others of their precision."""
    return values.astype(str).astype(float) if values.dtype.kind == "f" else values


def _make_instances(columns: Sequence[Column], rows: int) -> list[dict[str, Any]]:
    """The rows as a request has them; what is missing is left out."""
    return [
        {column.name: column.values[row] for column in columns if column.values[row] is not None}
        for row in range(rows)
    ]


def _make_predictions(original: Original, metadata: Metadata) -> list[dict[str, Any]]:
    """What clients are to get, by the answers of the original model."""
    answers = original.answers
    if original.kind == "regressor":
        targets = metadata.targets
        if len(targets) == 1:
            return [{"value": value} for (value,) in answers["values"].tolist()]
        return [
            {"values": dict(zip(targets, row, strict=True))} for row in answers["values"].tolist()
        ]
    classes = metadata.classes
    texts = [write_class(value) for value in classes]
    found = []
    labels = answers["label"].tolist() if "label" in answers else None
    for number, row in enumerate(answers[PROBABILITIES].tolist()):
        probabilities = dict(zip(texts, row, strict=True))
        if original.kind == "multilabel":
            threshold = 0.5 if metadata.threshold is None else metadata.threshold
            over = [name for name, value in zip(classes, row, strict=True) if value >= threshold]
            found.append({"labels": over, "probabilities": probabilities})
            continue
        label: Any = classes[int(np.argmax(row))] if labels is None else labels[number]
        if metadata.threshold is not None:
            label = classes[row[1] >= metadata.threshold]
        found.append({"label": label, "probabilities": probabilities})
    return found
