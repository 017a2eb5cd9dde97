"""A tiny model of each kind, with rows and what the model answers to them, worked out in Python."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain
from math import exp, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
import onnx
from onnx.external_data_helper import convert_model_to_external_data

from tests.support.inference import METADATA_FILE, MODEL_FILE

EXAMPLES_FILE, WEIGHTS_FILE = "examples.json", "model.onnx.data"
HEAD = '<ir_version: 10, opset_import: ["": 20]>'
Row = dict[str, Any]

# How likely each class is, by a number for each.
CLASSIFIER = """
classifier ({inputs}) => ({label}float[N,{count}] probabilities)
{{
    scores = Concat <axis = 1> ({columns})
    probabilities = Softmax <axis = 1> (scores)
    {nodes}
}}
"""
LABEL = """
    {named}
    position = ArgMax <axis = 1, keepdims = 0> (scores)
    label = Gather (named, position)
"""
# What a model calls its classes.
NAMED = {
    "string": "named = Constant <value_strings = {names}> ()",
    "int64": "named = Constant <value_ints = {names}> ()",
    "bool": "ints = Constant <value_ints = {names}> () named = Cast <to = 9> (ints)",
}
TABLE = """
table (float[N,1] age, string[N,1] port, int64[N,1] rooms, bool[N,1] alone) => (float[N,2] probabilities)
{
    gap = IsNaN (age)
    usual = Constant <value = float[1,1] {30}> ()
    aged = Where (gap, usual, age)
    south = Constant <value_strings = ["S"]> ()
    is_south = Equal (port, south)
    from_south = Cast <to = 1> (is_south)
    roomy = Cast <to = 1> (rooms)
    lonely = Cast <to = 1> (alone)
    ten = Constant <value = float[1,1] {10}> ()
    decades = Div (aged, ten)
    richer = Add (from_south, roomy)
    older = Add (decades, lonely)
    score = Sub (richer, older)
    yes = Sigmoid (score)
    one = Constant <value = float[1,1] {1}> ()
    no = Sub (one, yes)
    probabilities = Concat <axis = 1> (no, yes)
}
"""
REGRESSOR = """
regressor (float[N,1] x, float[N,1] y) => (float[N,1] value)
{
    product = Mul (x, y)
    value = Sub (product, x)
}
"""
TARGETS = """
targets (double[N,1] x, double[N,1] y) => (double[N] sum, double[N,1] product)
{
    product = Mul (x, y)
    both = Add (x, y)
    axis = Constant <value_ints = [1]> ()
    sum = Squeeze (both, axis)
}
"""
MULTILABEL = """
multilabel (float[N,1] x, float[N,1] y, float[N,1] z) => (float[N,3] probabilities)
{
    scores = Concat <axis = 1> (x, y, z)
    probabilities = Sigmoid (scores)
}
"""
# Counts two words.
TEXT = """
text (string[N,1] text) => (string[N] label, float[N,2] probabilities)
{
    words, counts = StringSplit (text)
    axis = Constant <value_ints = [1]> ()
    rows = Squeeze (words, axis)
    found = TfIdfVectorizer <max_gram_length = 1, min_gram_length = 1, max_skip_count = 0, mode = "TF",
        ngram_counts = [0], ngram_indexes = [0, 1], pool_strings = ["agenda", "free"]> (rows)
    probabilities = Softmax <axis = 1> (found)
    named = Constant <value_strings = ["ham", "spam"]> ()
    position = ArgMax <axis = 1, keepdims = 0> (found)
    label = Gather (named, position)
}
"""
EMBEDDING = """
embedding (int64[N,T] ids) => (float[N,2] embedding)
{
    words = Constant <value = float[3,2] {3, 4, 0, 1, 1, 0}> ()
    vectors = Gather (words, ids)
    axis = Constant <value_ints = [1]> ()
    sums = ReduceSum <keepdims = 0> (vectors, axis)
    norm = ReduceL2 (sums, axis)
    embedding = Div (sums, norm)
}
"""
IMAGE = """
image (float[N,3,2,2] pixels) => (float[N,3] brightness)
{
    pooled = GlobalAveragePool (pixels)
    brightness = Flatten (pooled)
}
"""
FIXED = """
fixed (float[2,2] x) => (float[2,2] doubled, float[2,1] sum)
{
    doubled = Add (x, x)
    axis = Constant <value_ints = [1]> ()
    sum = ReduceSum (x, axis)
}
"""
EXTERNAL = """
external (float[N,2] x) => (float[N,3] y)
<float[2,3] weights>
{
    y = MatMul (x, weights)
}
"""
WEIGHTS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
# Values of each type, two in each row: what ONNX and the protocol call the type.
TYPES: dict[str, tuple[str, list[Any]]] = {
    "bool": ("BOOL", [[True, False], [False, False]]),
    "int8": ("INT8", [[-128, 127], [0, 1]]),
    "int16": ("INT16", [[-(2**15), 2**15 - 1], [0, 1]]),
    "int32": ("INT32", [[-(2**31), 2**31 - 1], [0, 1]]),
    "int64": ("INT64", [[-(2**63), 2**63 - 1], [0, 1]]),
    "uint8": ("UINT8", [[0, 255], [0, 1]]),
    "uint16": ("UINT16", [[0, 2**16 - 1], [0, 1]]),
    "uint32": ("UINT32", [[0, 2**32 - 1], [0, 1]]),
    "uint64": ("UINT64", [[0, 2**64 - 1], [0, 1]]),
    "float16": ("FP16", [[-1.5, 65504.0], [0.0, 1.0]]),
    "float": ("FP32", [[-1.5, 3e38], [0.0, 1.0]]),
    "double": ("FP64", [[-1.5, 1e308], [0.0, 0.1]]),
    "string": ("BYTES", [["é🚀", ""], ["a b", "\n"]]),
}


@dataclass(frozen=True)
class Kind:
    """A model, the files beside it, and its answers."""

    onnx: bytes
    metadata: Row
    # Instances and predictions; of tensors, inputs and outputs of one row each.
    rows: list[tuple[Row, Row]]
    # The examples in place of these rows.
    others: bytes | None = None
    data: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        name: str = self.metadata["name"]
        return name

    @property
    def keys(self) -> tuple[str, str]:
        """What a row and its answer are called."""
        tensors = self.metadata["kind"] == "tensors"
        return ("inputs", "outputs") if tensors else ("instance", "prediction")

    @property
    def examples(self) -> bytes:
        """The content of `examples.json`."""
        if self.others is not None:
            return self.others
        given, answer = self.keys
        return json.dumps([{given: row[0], answer: row[1]} for row in self.rows]).encode()

    def but(self, **changes: object) -> Self:
        """The same model, described in another way; without what is None."""
        metadata = self.metadata | changes
        return replace(
            self, metadata={key: value for key, value in metadata.items() if value is not None}
        )

    def feature(self, number: int, **changes: object) -> Self:
        """The same model, with one feature described in another way."""
        features = [dict(feature) for feature in self.metadata["features"]]
        changed = features[number] | changes
        features[number] = {key: value for key, value in changed.items() if value is not None}
        return self.but(features=features)

    def tensor(self, key: str, number: int, **changes: object) -> Self:
        """The same model, with one input or output described in another way."""
        tensors = [dict(tensor) for tensor in self.metadata[key]]
        tensors[number] |= changes
        return self.but(**{key: tensors})

    def answering(self, number: int, **changes: object) -> Self:
        """The same model, with one example that says something else."""
        rows = list(self.rows)
        given, answer = rows[number]
        rows[number] = (given, answer | changes)
        return self.with_examples(replace(self, rows=rows).examples)

    def with_examples(self, content: bytes) -> Self:
        return replace(self, others=content)

    def without_examples(self) -> Self:
        """As a model of before is: nothing says what the original answered."""
        return self.with_examples(b"")

    def with_onnx(self, other: bytes) -> Self:
        """The same description and examples, with another model."""
        return replace(self, onnx=other)

    def write(self, folder: Path) -> Path:
        """Write all files, the description last; what it says of itself is kept."""
        folder.mkdir(parents=True)
        files = {MODEL_FILE: self.onnx, **self.data}
        described: Row = {"sha256": digest(self.onnx)}
        if self.data:
            described["data"] = {name: digest(content) for name, content in self.data.items()}
        if self.examples:
            files[EXAMPLES_FILE] = self.examples
            described["examples"] = digest(self.examples)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        (folder / METADATA_FILE).write_text(json.dumps(described | self.metadata))
        return folder


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def compiled(text: str) -> bytes:
    """A model from its text, without the line that is the same for all."""
    proto = onnx.parser.parse_model(HEAD + text)
    onnx.checker.check_model(proto)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


def numbers(names: str) -> list[Row]:
    return [{"name": name, "type": "number"} for name in names]


def described(name: str, kind: str, **facts: object) -> Row:
    return {"name": name, "version": "1", "kind": kind, **facts}


def softmax(*scores: float) -> list[float]:
    powers = [exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def sigmoid(score: float) -> float:
    return 1 / (1 + exp(-score))


def classifier_graph(columns: str, label: str | None = None, names: object = None) -> bytes:
    """A classifier of some numbers, with a label of this type, or with none."""
    nodes = LABEL.format(named=NAMED[label].format(names=json.dumps(names))) if label else ""
    return compiled(
        CLASSIFIER.format(
            inputs=", ".join(f"float[N,1] {column}" for column in columns),
            label=f"{label}[N] label, " if label else "",
            count=len(columns),
            columns=", ".join(columns),
            nodes=nodes,
        )
    )


def classifier(
    name: str,
    classes: Sequence[str | int | bool],
    label: str | None = None,
    names: object = None,
    **facts: object,
) -> Kind:
    """A classifier of numbers: the largest is the class."""
    columns = "xyz"[: len(classes)]
    scores = [[2.0, 0.5, -1.0], [-0.5, 1.5, 0.0], [0.0, -1.0, 3.0], [0.25, 0.5, -8.0]]
    threshold = facts.get("threshold")
    rows: list[tuple[Row, Row]] = []
    for row in scores:
        values = row[: len(columns)]
        likely = softmax(*values)
        number = likely.index(max(likely))
        if isinstance(threshold, float):
            number = int(likely[1] >= threshold)
        keys = [json.dumps(known).strip('"') for known in classes]
        probabilities = dict(zip(keys, likely, strict=True))
        given = dict(zip(columns, values, strict=True))
        rows.append((given, {"label": classes[number], "probabilities": probabilities}))
    graph = classifier_graph(columns, label, names)
    features = numbers(columns)
    metadata = described(name, "classifier", features=features, classes=list(classes), **facts)
    return Kind(graph, metadata, rows)


def text_labels() -> Kind:
    """Classes in no order at all."""
    return classifier("text-labels", ["z", "a", "m"], "string", ["z", "a", "m"])


def int_labels() -> Kind:
    return classifier("int-labels", [30, 10, 20], "int64", [30, 10, 20])


def positions() -> Kind:
    """A model of before: it says the position of a class."""
    return classifier("positions", ["one", "two", "three"], "int64", [0, 1, 2])


def bool_labels() -> Kind:
    return classifier("bool-labels", [True, False], "bool", [1, 0])


def renamed() -> Kind:
    """A model that calls its classes something else than clients do."""
    return classifier("renamed", ["bad", "good"], "int64", [-1, 1], labels=[-1, 1])


def threshold() -> Kind:
    """A model without a label, whose second class needs less than half."""
    return classifier("threshold", ["no", "yes"], threshold=0.2)


def table() -> Kind:
    """Features of each type, with gaps and with words that the model does not know."""
    free = {"other_choices": True, "optional": True}
    features: list[Row] = [
        {"name": "age", "type": "number", "minimum": 0, "maximum": 100, "optional": True},
        {"name": "port", "type": "string", "choices": ["S", "C"], **free},
        {"name": "rooms", "type": "integer", "optional": True, "default": 5},
        {"name": "alone", "type": "boolean", "personal": True},
    ]
    instances: list[Row] = [
        {"age": 20, "port": "S", "rooms": 4, "alone": False},
        {"age": None, "port": "C", "rooms": 2, "alone": True},
        {"alone": False},
        {"age": 99.5, "port": "Ω", "rooms": None, "alone": True},
    ]
    rows = []
    for given in instances:
        age, south = given.get("age"), given.get("port") == "S"
        rooms = given.get("rooms")
        aged = (30 if age is None else age) / 10 + given["alone"]
        yes = sigmoid(south + (5 if rooms is None else rooms) - aged)
        label = "yes" if yes > 0.5 else "no"
        rows.append((given, {"label": label, "probabilities": {"no": 1 - yes, "yes": yes}}))
    metadata = described("table", "classifier", features=features, classes=["no", "yes"])
    return Kind(compiled(TABLE), metadata, rows)


def regressor() -> Kind:
    rows: list[tuple[Row, Row]] = [
        ({"x": x, "y": y}, {"value": x * y - x}) for x, y in [(2.0, 8.0), (-3.0, 1.0), (0.5, 1e6)]
    ]
    return Kind(
        compiled(REGRESSOR), described("regressor", "regressor", features=numbers("xy")), rows
    )


def targets() -> Kind:
    """Two numbers for each instance, one of them with a dimension more."""
    rows: list[tuple[Row, Row]] = [
        ({"x": x, "y": y}, {"values": {"sum": x + y, "product": x * y}})
        for x, y in [(2.0, 8.0), (-3.0, 1.0), (0.1, 1e12)]
    ]
    facts: Row = {"features": numbers("xy"), "targets": ["sum", "product"]}
    return Kind(compiled(TARGETS), described("targets", "regressor", **facts), rows)


def multilabel() -> Kind:
    classes = ["red", "round", "ripe"]
    rows: list[tuple[Row, Row]] = []
    for scores in [(3.0, -3.0, 0.0), (-1.0, -2.0, -3.0), (1.0, 2.0, 3.0)]:
        likely = dict(zip(classes, map(sigmoid, scores), strict=True))
        labels = [known for known in classes if likely[known] >= 0.7]
        given = dict(zip("xyz", scores, strict=True))
        rows.append((given, {"labels": labels, "probabilities": likely}))
    facts: Row = {"features": numbers("xyz"), "classes": classes, "threshold": 0.7}
    return Kind(compiled(MULTILABEL), described("multilabel", "multilabel", **facts), rows)


def text() -> Kind:
    rows: list[tuple[Row, Row]] = []
    for written in ["free lunch", "the agenda of the agenda", "Grüße free free agenda"]:
        counts = [written.split().count(word) for word in ("agenda", "free")]
        likely = dict(zip(["ham", "spam"], softmax(*counts), strict=True))
        label = max(likely, key=lambda known: likely[known])
        rows.append(({"text": written}, {"label": label, "probabilities": likely}))
    features = [{"name": "text", "type": "string"}]
    metadata = described("text", "classifier", features=features, classes=["ham", "spam"])
    return Kind(compiled(TEXT), metadata, rows)


def tensors(name: str, graph: str, rows: list[tuple[Row, Row]], **described_: list[Any]) -> Kind:
    """A model of tensors; `described_` has each with its datatype and the shape of a row."""
    given = rows[0][0]
    infos = {
        key: [
            {"name": tensor, "datatype": datatype, "shape": [-1, *shape]}
            for tensor, (datatype, *shape) in described_.items()
            if (tensor in given) == (key == "inputs")
        ]
        for key in ("inputs", "outputs")
    }
    return Kind(compiled(graph), described(name, "tensors", **infos), rows)


def embedding() -> Kind:
    words = [[3.0, 4.0], [0.0, 1.0], [1.0, 0.0]]
    rows = []
    # As long as it likes.
    for ids in [[0], [1, 2], [2, 2, 2, 0]]:
        sums = [sum(words[number][axis] for number in ids) for axis in (0, 1)]
        norm = sqrt(sum(value**2 for value in sums))
        rows.append(({"ids": [ids]}, {"embedding": [[value / norm for value in sums]]}))
    return tensors("embedding", EMBEDDING, rows, ids=["INT64", -1], embedding=["FP32", 2])


def image() -> Kind:
    rows: list[tuple[Row, Row]] = []
    for shade in (0.0, 0.5):
        pixels = [[[shade, 1.0], [0.0, channel]] for channel in (0.25, 0.5, 0.75)]
        brightness = [sum(chain(*channel)) / 4 for channel in pixels]
        rows.append(({"pixels": [pixels]}, {"brightness": [brightness]}))
    return tensors("image", IMAGE, rows, pixels=["FP32", 3, 2, 2], brightness=["FP32", 3])


def fixed() -> Kind:
    """A model that takes two rows at a time, no more and no less."""
    rows: list[tuple[Row, Row]] = [
        ({"x": [[x, y]]}, {"doubled": [[2 * x, 2 * y]], "sum": [[x + y]]})
        for x, y in [(1.0, 2.0), (3.0, -4.0), (0.0, 0.5)]
    ]
    shapes: dict[str, list[Any]] = {"x": ["FP32", 2], "doubled": ["FP32", 2], "sum": ["FP32", 1]}
    return tensors("fixed", FIXED, rows, **shapes)


def every_type() -> Kind:
    """A model that answers with what it is asked, in every type."""
    inputs = ", ".join(f"{known}[N,2] {known}_in" for known in TYPES)
    outputs = ", ".join(f"{known}[N,2] {known}_out" for known in TYPES)
    nodes = "\n".join(f"{known}_out = Identity ({known}_in)" for known in TYPES)
    rows: list[tuple[Row, Row]] = [
        (
            {f"{known}_in": [values[number]] for known, (_, values) in TYPES.items()},
            {f"{known}_out": [values[number]] for known, (_, values) in TYPES.items()},
        )
        for number in (0, 1)
    ]
    infos: dict[str, list[Any]] = {
        f"{known}_{end}": [datatype, 2]
        for known, (datatype, _) in TYPES.items()
        for end in ("in", "out")
    }
    return tensors("every-type", f"types ({inputs}) => ({outputs})\n{{\n{nodes}\n}}", rows, **infos)


def external() -> Kind:
    """A model whose weights lie beside it."""
    proto = onnx.parser.parse_model(HEAD + EXTERNAL)
    weights = np.array(WEIGHTS, np.float32)
    proto.graph.initializer.append(onnx.numpy_helper.from_array(weights, "weights"))
    del proto.graph.value_info[:]
    convert_model_to_external_data(proto, location=WEIGHTS_FILE, size_threshold=0)
    with TemporaryDirectory() as folder:
        onnx.save(proto, Path(folder, MODEL_FILE))
        content = Path(folder, MODEL_FILE).read_bytes()
        beside = Path(folder, WEIGHTS_FILE).read_bytes()
    rows: list[tuple[Row, Row]] = []
    for x in ([1.0, 0.5], [-2.0, 0.25]):
        columns = zip(*WEIGHTS, strict=True)
        y = [sum(a * b for a, b in zip(x, column, strict=True)) for column in columns]
        rows.append(({"x": [x]}, {"y": [y]}))
    infos = {
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}],
        "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, 3]}],
    }
    data = {WEIGHTS_FILE: beside}
    return Kind(content, described("external", "tensors", **infos), rows, data=data)


MAKERS: list[Callable[[], Kind]] = [
    *(text_labels, int_labels, positions, bool_labels, renamed, threshold, table, text),
    *(regressor, targets, multilabel, embedding, image, fixed, every_type, external),
]
KINDS = {kind.name: kind for kind in (make() for make in MAKERS)}
