"""Models of the tests' own, and requests of the Open Inference Protocol made by hand."""

import json
import os
import struct
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import httpx
import onnx

from tests.support import wire

PREDICTIONS = "/api/v1/predictions"
MODEL_FILE, METADATA_FILE, EXAMPLES_FILE = "model.onnx", "model.json", "examples.json"
HEADER_LENGTH = "Inference-Header-Content-Length"
# A typical flower of each kind.
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
FLOWERS = {
    "setosa": (5.0, 3.5, 1.5, 0.25),
    "versicolor": (6.0, 3.0, 4.25, 1.25),
    "virginica": (6.5, 3.0, 5.75, 2.25),
}
# How a request or an answer in binary packs the values of a datatype.
FORMATS = {"BOOL": "?", "INT64": "q", "FP32": "f", "FP64": "d"}

# Every type that a feature may have; what has the highest number is the class.
MIXED = """
<ir_version: 10, opset_import: ["": 20]>
mixed (float[N,1] weight, int64[N,1] count, bool[N,1] fragile, string[N,1] colour, string[N,1] note)
    => (int64[N] label, float[N,5] probabilities)
{
    counted = Cast <to = 1> (count)
    broken = Cast <to = 1> (fragile)
    red = Constant <value_strings = ["red"]> ()
    is_red = Equal (colour, red)
    reddened = Cast <to = 1> (is_red)
    urgent = Constant <value_strings = ["é🚀"]> ()
    is_urgent = Equal (note, urgent)
    hurried = Cast <to = 1> (is_urgent)
    scores = Concat <axis = 1> (weight, counted, broken, reddened, hurried)
    probabilities = Softmax <axis = 1> (scores)
    label = ArgMax <axis = 1, keepdims = 0> (scores)
}
"""
# Names that no Python attribute can have, or that mean something else to Pydantic.
MIXED_NAMES = {
    "weight": "weight (kg)",
    "count": "copy",
    "fragile": "class",
    "colour": "_colour",
    "note": "model_config",
}
# Says always the same: the first of its two classes.
CONSTANT = """
<ir_version: 10, opset_import: ["": 20]>
constant (float[N,1] x) => (int64[N] label, float[N,2] probabilities)
{
    row = Constant <value = float[1,2] {0.75, 0.25}> ()
    rows = Shape <end = 1> (x)
    two = Constant <value = int64[1] {2}> ()
    shape = Concat <axis = 0> (rows, two)
    probabilities = Expand (row, shape)
    label = ArgMax <axis = 1, keepdims = 0> (probabilities)
}
"""
# Works the longer the more `work` is in any of its rows, always too long to run in an event loop, and fails where `row`
# is not 0 or 1.
BUSY = """
<ir_version: 10, opset_import: ["": 20]>
busy (int64[N,1] work, int64[N,1] row) => (int64[N] label, float[N,2] probabilities)
{
    most = ReduceMax <keepdims = 0> (work)
    least = Constant <value_int = 100> ()
    trips = Add (most, least)
    go = Constant <value = bool {1}> ()
    sides = Constant <value_ints = [256, 256]> ()
    ones = ConstantOfShape <value = float[1] {1}> (sides)
    means = ConstantOfShape <value = float[1] {0.00390625}> (sides)
    worked = Loop (trips, go, ones) <body = turn
        (int64 number, bool before, float[256,256] old) => (bool after, float[256,256] new)
        {
            after = Identity (before)
            new = MatMul (old, means)
        }
    >
    one = ReduceMax <keepdims = 0> (worked)
    table = Constant <value = float[2,2] {0.75, 0.25, 0.25, 0.75}> ()
    axis = Constant <value_ints = [1]> ()
    rows = Squeeze (row, axis)
    picked = Gather (table, rows)
    probabilities = Mul (picked, one)
    label = ArgMax <axis = 1, keepdims = 0> (probabilities)
}
"""
# Answers with what it is asked, sound or not.
ECHO = """
<ir_version: 10, opset_import: ["": 20]>
echo (int64[N,1] position, float[N,1] square) => (int64[N] label, float[N,2] probabilities)
{
    axis = Constant <value_ints = [1]> ()
    label = Squeeze (position, axis)
    root = Sqrt (square)
    probabilities = Concat <axis = 1> (root, root)
}
"""


@dataclass(frozen=True)
class Model:
    """A model and its description, as they lie in a folder."""

    onnx: bytes
    metadata: dict[str, Any]
    # Rows with what the model answers.
    examples: bytes = b""

    def but(self, **changes: object) -> Self:
        """The same model, described in another way."""
        return replace(self, metadata=self.metadata | changes)

    def write(self, folder: Path) -> Path:
        """Write all files in place, as `poe train` does; the folder."""
        folder.mkdir(exist_ok=True)
        if self.examples:
            (folder / EXAMPLES_FILE).write_bytes(self.examples)
        (folder / MODEL_FILE).write_bytes(self.onnx)
        (folder / METADATA_FILE).write_text(json.dumps(self.metadata))
        return folder

    def rename(self, folder: Path) -> None:
        """Put each file in its place at one stroke."""
        self.write(folder / "new")
        for name in (EXAMPLES_FILE, MODEL_FILE, METADATA_FILE):
            if (folder / "new" / name).exists():
                (folder / "new" / name).replace(folder / name)

    def link(self, link: Path) -> None:
        """Let the link lead to a new folder, as Kubernetes does: all files change at one stroke."""
        folder = self.write(link.with_name(f"{link.name}-{sha256(os.urandom(8)).hexdigest()}"))
        lead(link, folder)


def lead(link: Path, folder: Path) -> None:
    """Let the link lead to the folder from now on."""
    new = link.with_name(f"{link.name}-new")
    new.symlink_to(folder)
    new.replace(link)


def shipped(project: Path) -> Model:
    """The model that a project comes with."""
    folder = project / "model"
    metadata = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
    examples = (folder / EXAMPLES_FILE).read_bytes()
    return Model((folder / MODEL_FILE).read_bytes(), metadata, examples)


def made(
    text: str,
    features: list[dict[str, Any]],
    classes: tuple[str, ...],
    *,
    version: str = "1",
    names: dict[str, str] | None = None,
    examples: list[tuple[dict[str, Any], str]] | None = None,
) -> Model:
    """A model from its text; `names` says what its inputs are called instead.

    The examples are instances and their labels.
    """
    proto = onnx.parser.parse_model(text)
    # So that no two versions are the same bytes.
    proto.producer_version = version
    names = names or {}
    for given in proto.graph.input:
        given.name = names.get(given.name, given.name)
    for node in proto.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
    onnx.checker.check_model(proto)
    content = proto.SerializeToString(deterministic=True)
    rows = [
        {"instance": instance, "prediction": {"label": label}} for instance, label in examples or []
    ]
    written = json.dumps(rows).encode() if rows else b""
    known = {"examples": sha256(written).hexdigest()} if rows else {}
    return Model(
        content,
        {
            **known,
            "name": proto.graph.name,
            "version": version,
            "sha256": sha256(content).hexdigest(),
            "features": features,
            "classes": list(classes),
            "metrics": {"accuracy": 1.0},
        },
        written,
    )


def mixed() -> Model:
    """A model with a feature of every type."""
    weight, count, fragile, colour, note = MIXED_NAMES.values()
    features: list[dict[str, Any]] = [
        {"name": weight, "type": "number", "minimum": 0, "maximum": 10},
        {"name": count, "type": "integer", "minimum": -5, "maximum": 5},
        {"name": fragile, "type": "boolean"},
        {"name": colour, "type": "string", "choices": ["red", "blue"]},
        {"name": note, "type": "string"},
    ]
    classes = ("heavy", "many", "fragile", "red", "urgent")
    calm = {weight: 0.5, count: 0, fragile: False, colour: "blue", note: ""}
    examples = [
        (calm | changes, label)
        for changes, label in (
            ({weight: 10}, "heavy"),
            ({count: 5}, "many"),
            ({fragile: True}, "fragile"),
            ({colour: "red"}, "red"),
            ({note: "é🚀"}, "urgent"),
        )
    ]
    return made(MIXED, features, classes, names=MIXED_NAMES, examples=examples)


def constant(version: str) -> Model:
    """A model whose answers name its version."""
    classes = (f"first of {version}", f"second of {version}")
    features = [{"name": "x", "type": "number"}]
    return made(CONSTANT, features, classes, version=version, examples=[({"x": 1}, classes[0])])


def busy() -> Model:
    """A model that takes its time."""
    features: list[dict[str, Any]] = [
        {"name": "work", "type": "integer", "minimum": 0},
        {"name": "row", "type": "integer"},
    ]
    examples = [({"work": 0, "row": row}, label) for row, label in enumerate(("first", "second"))]
    return made(BUSY, features, ("first", "second"), examples=examples)


def echo() -> Model:
    """A model that can answer with no class and no number."""
    features: list[dict[str, Any]] = [
        {"name": "position", "type": "integer"},
        {"name": "square", "type": "number"},
    ]
    examples = [({"position": 1, "square": 0.25}, "second")]
    return made(ECHO, features, ("first", "second"), examples=examples)


def flower(kind: str = "setosa", **changes: object) -> dict[str, object]:
    """An instance for the shipped model."""
    return dict(zip(FEATURES, FLOWERS[kind], strict=True)) | changes


def tensor(
    name: str, datatype: str, data: list[Any] | None, shape: list[int], **parameters: object
) -> dict[str, Any]:
    """An input, with its data unless they stand behind the JSON."""
    content: dict[str, Any] = {"name": name, "shape": shape, "datatype": datatype}
    if parameters:
        content["parameters"] = parameters
    return content if data is None else content | {"data": data}


def inputs(*kinds: str) -> list[dict[str, Any]]:
    """The tensors of flowers, in JSON."""
    columns = zip(*(FLOWERS[kind] for kind in kinds), strict=True)
    return [
        tensor(name, "FP32", list(column), [len(kinds), 1])
        for name, column in zip(FEATURES, columns, strict=True)
    ]


def pack(datatype: str, values: list[Any]) -> bytes:
    """Values as they stand behind the JSON."""
    if datatype == "BYTES":
        return b"".join(struct.pack("<I", len(value)) + value for value in values)
    return struct.pack(f"<{len(values)}{FORMATS[datatype]}", *values)


def in_binary(tensors: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bytes]:
    """The tensors without their data, and the data."""
    parts = [pack(given["datatype"], given["data"]) for given in tensors]
    emptied = [
        tensor(given["name"], given["datatype"], None, given["shape"], binary_data_size=len(part))
        for given, part in zip(tensors, parts, strict=True)
    ]
    return emptied, b"".join(parts)


def framed(request: object, data: bytes = b"") -> tuple[bytes, dict[str, str]]:
    """A body of JSON and data, and the header that says where the one ends."""
    head = json.dumps(request).encode()
    return head + data, {HEADER_LENGTH: str(len(head))}


def outputs(answer: httpx.Response | wire.Answer) -> dict[str, dict[str, Any]]:
    """The outputs by their names, each with its data, wherever in the answer they stand."""
    length = int(answer.headers.get(HEADER_LENGTH, len(answer.content)))
    content, rest = json.loads(answer.content[:length]), answer.content[length:]
    found = {}
    for output in content["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is not None:
            assert "data" not in output
            part, rest = rest[:size], rest[size:]
            output["data"] = [
                value for (value,) in struct.iter_unpack(f"<{FORMATS[output['datatype']]}", part)
            ]
        found[output["name"]] = output
    assert rest == b""
    return found
