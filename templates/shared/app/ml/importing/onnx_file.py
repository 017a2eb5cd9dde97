"""A model in ONNX as it came: what it takes, what it answers, and which kind it seems to be."""

import math
import random
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto
from onnxruntime import InferenceSession, SessionOptions

from app.ml.importing.columns import (
    Column,
    FeatureType,
    ImportingError,
    guess_type,
    make_values,
    parse,
)
from app.ml.importing.graph import NUMBERS, Graph, Port, set_locale
from app.ml.importing.original import Options, Original, make_array
from app.ml.serving.datatypes import Columns
from app.ml.serving.metadata import Kind

# What the samples may say of an input, where its type allows more.
NARROWER = {"number": ("integer", "boolean"), "integer": ("boolean",)}
# Rows of tensors, and values in them: images are large.
MOST_TENSORS, MOST_VALUES = 8, 20_000
ANY_SIZES = (3, 32, 224)


def read(path: Path, options: Options) -> Original:
    """Read a graph, run it, and find out what it is."""
    graph = Graph(path)
    if lost := [name for name in graph.data_files() if not (path.parent / name).is_file()]:
        raise ImportingError(f"its weights are missing: put {lost[0]} beside {path}")
    if strange := [port.name for port in graph.inputs if not port.is_tensor]:
        raise ImportingError(
            f"the input {strange[0]} is no tensor: export the model with tensors as inputs"
        )
    names = _find_names(graph, options)
    kind = options.kind or _guess_kind(graph, options, names)
    if kind == "tensors":
        inputs, answers = _run_tensors(graph)
        return Original("ONNX", kind, [], [path], [], answers, inputs)
    if names is None:
        width = graph.inputs[0].width
        raise ImportingError(
            f"the input {graph.inputs[0].name} is one vector of {width or 'several'} values: name them with --columns "
            "a,b,… or --samples rows.csv, or serve it as it is with --kind tensors"
        )
    columns = _make_columns(graph, names, options)
    outputs = run(path, feed(graph, columns))
    if kind == "classifier":
        classes, answers = _read_classifier(graph, outputs, options)
    else:
        values = _join_outputs(graph, outputs, kind)
        answers = {"values": values}
        classes = []
        if options.kind is None and _are_probabilities(values):
            kind = "classifier"
        if kind != "regressor":
            answers = {"probabilities": _sigmoid(values) if options.logits else values}
            classes = [*(options.targets or range(values.shape[1]))]
    original = Original("ONNX", kind, classes, [path], columns, answers, {})
    _check_finite(original)
    return original


def run(path: Path, inputs: Columns) -> Columns:
    """Run a graph for rows; in pieces, if it takes a fixed number, of which the last is filled up."""
    session = make_session(path)
    names = [output.name for output in session.get_outputs()]
    shapes = [given.shape for given in session.get_inputs()]
    rows = len(next(iter(inputs.values())))
    size = next((shape[0] for shape in shapes if shape and isinstance(shape[0], int)), rows)
    pieces = []
    try:
        for start in range(0, rows, size):
            chosen = np.minimum(np.arange(start, start + size), rows - 1)
            pieces.append(session.run(names, {name: inputs[name][chosen] for name in inputs}))
    except Exception as error:
        # The errors of ONNX Runtime have no base of their own.
        raise ImportingError(f"{path} cannot compute the rows: {error}".splitlines()[0]) from error
    answers = {}
    for name, parts in zip(names, zip(*pieces, strict=True), strict=True):
        if isinstance(parts[0], list):
            # ZipMap gives a list of dictionaries.
            answers[name] = np.array([*chain(*parts)])[:rows]
        elif any(np.ndim(part) == 0 or len(part) != size for part in parts):
            raise ImportingError(
                f"the output {name} has the shape {list(np.shape(parts[0]))} for {size} rows: "
                "export the model with the row as the first dimension of each output"
            )
        else:
            answers[name] = np.concatenate(parts)[:rows]
    return answers


def make_session(path: Path) -> InferenceSession:
    """A session that prints nothing."""
    settings = SessionOptions()
    settings.log_severity_level = 4
    model: str | bytes = str(path)
    proto = onnx.load(path, load_external_data=False)
    if any(node.op_type == "StringNormalizer" for node in proto.graph.node):
        set_locale(proto)
        model = proto.SerializeToString()
    try:
        return InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    except Exception as error:
        advice = ""
        if any(node.op_type == "ZipMap" for node in proto.graph.node):
            # It takes numbers of 32 bits alone, and converters put it behind those of 64, too.
            advice = ": export it without ZipMap, as options={'zipmap': False} of skl2onnx does"
        reason = f"{path} cannot be loaded: {error}".splitlines()[0]
        raise ImportingError(reason + advice) from error


def feed(graph: Graph, columns: list[Column]) -> Columns:
    """What the graph takes, from columns in the order of its inputs."""
    rest, found = list(columns), {}
    for port in graph.inputs:
        width = port.width or len(rest)
        mine, rest = rest[:width], rest[width:]
        values = np.stack([make_array(column, port.dtype) for column in mine], axis=1)
        found[port.name] = values[:, 0] if len(port.shape) == 1 else values
    return found


def _find_names(graph: Graph, options: Options) -> list[str] | None:
    """The names of the columns in the order of the inputs; None if nothing says them."""
    if any(len(port.shape) not in (1, 2) for port in graph.inputs):
        return None
    widths = [port.width for port in graph.inputs]
    own = [port.name for port in graph.inputs] if set(widths) == {1} else None
    names = options.columns or own or (list(options.samples) if options.samples else None)
    if names is None:
        return None
    known = sum(width or 0 for width in widths)
    if (None not in widths and len(names) != known) or len(names) < len(widths):
        option = "--columns" if options.columns else "the file of --samples"
        raise ImportingError(
            f"the model takes {known} values a row and {option} has {len(names)} columns: --columns names them"
        )
    if missing := [name for name in names if options.samples and name not in options.samples]:
        raise ImportingError(f"the file of --samples has no column {missing[0]}")
    return names


def _guess_kind(graph: Graph, options: Options, names: list[str] | None) -> Kind:
    vectors = all(len(port.shape) in (1, 2) for port in graph.inputs)
    labels = [
        port
        for port in graph.outputs
        if port.is_tensor and port.type not in NUMBERS and _is_column(port)
    ]
    scores = [
        port
        for port in graph.outputs
        if graph.zipmap(port.name) is not None or port.type in NUMBERS
    ]
    if vectors and labels and scores:
        return "classifier"
    if not vectors or names is None:
        return "tensors"
    if options.logits:
        return "classifier"
    return (
        "regressor"
        if all(port.type in NUMBERS and len(port.shape) <= 2 for port in graph.outputs)
        else "tensors"
    )


def _is_column(port: Port) -> bool:
    return len(port.shape) == 1 or (len(port.shape) == 2 and port.shape[1] in (1, None))


def find_label(graph: Graph) -> Port | None:
    """The output that says the class."""
    labels = [
        port
        for port in graph.outputs
        if port.is_tensor and port.type not in NUMBERS and _is_column(port)
    ]
    return labels[0] if labels else None


def find_probabilities(graph: Graph) -> Port:
    """The output that says how likely the classes are."""
    found = [port for port in graph.outputs if port.type in NUMBERS or not port.is_tensor]
    named = [port for port in found if "prob" in port.name.lower()]
    if len(named or found) != 1:
        names = ", ".join(port.name for port in graph.outputs)
        raise ImportingError(
            f"which of the outputs {names} holds the probabilities is not clear: export that one only"
        )
    return (named or found)[0]


def _join_outputs(graph: Graph, outputs: Columns, kind: str) -> np.ndarray:
    """All numbers that the graph answers with, in columns."""
    found = [outputs[port.name] for port in graph.number_outputs()]
    if not found:
        raise ImportingError(f"no output holds numbers, so this is no {kind}: try --kind tensors")
    return np.concatenate([values.reshape(len(values), -1) for values in found], axis=1)


def _check_finite(original: Original) -> None:
    """Leave out rows that were made up and have no answer; those of the samples need one."""
    finite = np.ones(original.rows, bool)
    for values in original.answers.values():
        if values.dtype.kind == "f":
            finite &= np.isfinite(values).all(axis=1)
    if finite.all():
        return
    if original.columns[0].sampled or not finite.any():
        row = int(finite.argmin()) + 1
        raise ImportingError(
            f"the model answers row {row} with NaN or infinity: "
            "take rows for --samples that it has an answer for"
        )
    original.keep(finite)


def _read_classifier(graph: Graph, outputs: Columns, options: Options) -> tuple[list[Any], Columns]:
    label, port = find_label(graph), find_probabilities(graph)
    zipmap, found = graph.zipmap(port.name), outputs[port.name]
    if zipmap is not None:
        # The keys of a dictionary are sorted; the columns of the graph may not be.
        names = next(graph.classes_of(zipmap))
        probabilities = np.array([[row[name] for name in names] for row in found])
    else:
        probabilities = found.reshape(len(found), -1)
    if options.logits:
        probabilities = (
            _sigmoid(probabilities) if probabilities.shape[1] == 1 else _softmax(probabilities)
        )
    if probabilities.shape[1] == 1:
        probabilities = np.concatenate([1 - probabilities, probabilities], axis=1)
    if not _are_probabilities(probabilities):
        raise ImportingError(
            f"the output {port.name} holds no probabilities, which would be between 0 and 1 and add up to 1: "
            "if these are logits, --logits makes probabilities of them; otherwise try --kind regressor or --kind tensors"
        )
    answers = {"probabilities": probabilities}
    if label is None or options.logits:
        return list(range(probabilities.shape[1])), answers
    answers["label"] = outputs[label.name].ravel()
    return _choose_classes(graph, answers), answers


def _choose_classes(graph: Graph, answers: Columns) -> list[Any]:
    """The class labels of the graph whose order agrees with its answers."""
    labels, probabilities = answers["label"].tolist(), answers["probabilities"]
    best, highest = probabilities.argmax(axis=1), np.sort(probabilities, axis=1)
    clear = highest[:, -1] - highest[:, -2] > 1e-4
    width = probabilities.shape[1]
    for classes in [*graph.find_classes(), list(range(width))]:
        if len(classes) == width and all(
            classes[position] == label
            for position, label, told in zip(best, labels, clear, strict=True)
            if told
        ):
            return classes
    raise ImportingError(
        "the label is not the most probable class by any order of the class labels in the graph: export the model again "
        "with its label and probabilities as the converter gives them, or try --kind tensors"
    )


def _make_columns(graph: Graph, names: list[str], options: Options) -> list[Column]:
    generator = random.Random(0)
    texts, _ = graph.find_texts()
    thresholds = graph.find_thresholds()
    ports = [port for port in graph.inputs for _ in range(port.width or len(names))]
    columns = []
    for number, (name, port) in enumerate(zip(names, ports, strict=False)):
        type_ = _type_of(port)
        if options.samples is None:
            known = (
                texts
                if type_ == "string"
                else thresholds.get(number)
                if type_ == "number"
                else None
            )
            values = make_values(type_, known, optional=False, generator=generator)
            columns.append(Column(name, type_, values))
            continue
        sample = options.samples[name]
        guess = guess_type(sample)
        if guess in NARROWER.get(type_, ()):
            type_ = guess
        column = Column(name, type_, parse(name, sample, type_))
        if type_ == "string" and (
            found := graph.find_categories({value for value in column.values if value})
        ):
            column.choices, column.other_choices = [text for text in found[0] if text], found[1]
        column.learn()
        columns.append(column)
    return columns


def _choose_rows(columns: Columns, chosen: np.ndarray) -> Columns:
    return {name: values[chosen] for name, values in columns.items()}


def _type_of(port: Port) -> FeatureType:
    if port.type in NUMBERS:
        return "number"
    if port.type == TensorProto.STRING:
        return "string"
    return "boolean" if port.type == TensorProto.BOOL else "integer"


def _run_tensors(graph: Graph) -> tuple[Columns, Columns]:
    """Rows for a model that takes tensors, and its answers; sizes that it leaves open are tried."""
    reason: ImportingError | None = None
    for size in ANY_SIZES:
        inputs = _make_tensors(graph, size)
        try:
            outputs = run(graph.path, inputs)
        except ImportingError as error:
            reason = reason or error
            continue
        # Rows that were made up may have no answer, such as a text of which a mask hides all.
        sound = np.ones(len(next(iter(inputs.values()))), bool)
        for values in outputs.values():
            if values.dtype.kind == "f":
                sound &= np.isfinite(values).reshape(len(values), -1).all(axis=1)
        if sound.any():
            inputs, outputs = _choose_rows(inputs, sound), _choose_rows(outputs, sound)
        return inputs, outputs
    raise ImportingError(f"{reason}: give its inputs fixed sizes when exporting it")


def _make_tensors(graph: Graph, any_size: int) -> Columns:
    generator = np.random.default_rng(0)
    batch = next((port.shape[0] for port in graph.inputs if port.shape and port.shape[0]), 1)
    shapes = [tuple(size or any_size for size in port.shape[1:]) for port in graph.inputs]
    most = max(1, MOST_VALUES // sum(math.prod(shape) for shape in shapes))
    rows = batch * max(1, min(MOST_TENSORS, most) // batch)
    texts, _ = graph.find_texts()
    found: Columns = {}
    for port, shape in zip(graph.inputs, shapes, strict=True):
        if port.type in NUMBERS:
            # Few digits, so that the examples are short.
            values = generator.standard_normal((rows, *shape)).round(2)
            found[port.name] = values.astype(port.dtype)
        elif port.type == TensorProto.STRING:
            found[port.name] = generator.choice(texts or ["a", "b"], (rows, *shape)).astype(object)
        else:
            found[port.name] = generator.integers(0, 2, (rows, *shape)).astype(port.dtype)
    return found


def _are_probabilities(values: np.ndarray) -> bool:
    return (
        values.shape[1] > 1
        and bool(((values > -1e-4) & (values < 1 + 1e-4)).all())
        and bool(np.allclose(values.sum(axis=1), 1, atol=1e-3))
    )


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(-np.logaddexp(0, -values)))


def _softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
