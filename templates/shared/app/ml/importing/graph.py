"""The graph of a model in ONNX, rewritten to inputs and outputs as the service takes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import (
    AttributeProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    helper,
    numpy_helper,
)

from app.ml.importing.columns import Column, ImportingError

PREFIX = "model/"
LOCALE = "C.UTF-8"
LABEL, PROBABILITIES = "label", "probabilities"
NUMBERS = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16}
CLASS_LABELS = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")
# How far behind an output its class labels may stand.
STEPS_BACK = 12


@dataclass(frozen=True)
class Port:
    """An input or output of a graph; a dimension that any size fits is None."""

    name: str
    type: int
    shape: tuple[int | None, ...]
    is_tensor: bool = True

    @property
    def width(self) -> int | None:
        """How many values of a row it holds; None if that is not said, or is no vector."""
        return 1 if len(self.shape) == 1 else self.shape[1] if len(self.shape) == 2 else None

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's type of the values."""
        found: np.dtype[Any] = np.dtype(helper.tensor_dtype_to_np_dtype(self.type))
        return found


class Graph:
    """A graph as it came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.proto = onnx.load(path, load_external_data=False)
        except OSError as error:
            raise ImportingError(f"{path}: {error.strerror}") from error
        except Exception as error:
            # The errors of protobuf have no base of their own.
            raise ImportingError(f"{path} is no model in ONNX: {error}") from error
        if not self.proto.graph.output:
            raise ImportingError(f"{path} is no model in ONNX: it has no outputs")
        graph = self.proto.graph
        constants = {constant.name for constant in graph.initializer}
        self.inputs = [_port(value) for value in graph.input if value.name not in constants]
        self.outputs = [_port(value) for value in graph.output]
        self.producers = {name: node for node in graph.node for name in node.output}
        self.constants = {constant.name: constant for constant in graph.initializer}

    def number_outputs(self) -> list[Port]:
        """The outputs that hold one or several numbers for each row."""
        return [port for port in self.outputs if port.type in NUMBERS and len(port.shape) <= 2]

    def zipmap(self, name: str) -> NodeProto | None:
        """The node that makes dictionaries of probabilities, if an output has one."""
        node = self.producers.get(name)
        return node if node is not None and node.op_type == "ZipMap" else None

    def data_files(self) -> list[str]:
        """The files beside the graph that hold its weights."""
        found = {
            entry.value
            for tensor in _tensors(self.proto.graph)
            if tensor.data_location == TensorProto.EXTERNAL
            for entry in tensor.external_data
            if entry.key == "location"
        }
        return sorted(found)

    def find_classes(self) -> Iterator[list[Any]]:
        """Class labels that stand in the graph, those nearest to its outputs first."""
        names, seen = [port.name for port in self.outputs], set()
        for _ in range(STEPS_BACK):
            nodes = [self.producers[name] for name in names if name in self.producers]
            for node in nodes:
                yield from self.classes_of(node)
            names = [name for node in nodes for name in node.input if name not in seen]
            seen.update(names)

    def find_texts(self) -> tuple[list[str], bool]:
        """Texts that the graph knows, to make rows of; and whether it ignores others."""
        found, ignores = set[str](), False
        for node in self.proto.graph.node:
            for attribute in node.attribute:
                if attribute.name in ("cats_strings", "keys_strings", "pool_strings"):
                    found.update(text.decode() for text in attribute.strings)
                ignores |= attribute.name == "zeros" and attribute.i == 1
        return sorted(found), ignores

    def find_categories(self, known: set[str]) -> tuple[list[str], bool] | None:
        """The categories of the encoder that knows all of these texts, and whether it ignores others."""
        for node in self.proto.graph.node:
            attributes = {attribute.name: attribute for attribute in node.attribute}
            if node.op_type == "OneHotEncoder" and "cats_strings" in attributes:
                categories = [text.decode() for text in attributes["cats_strings"].strings]
                if known <= {*categories, ""}:
                    return categories, "zeros" not in attributes or attributes["zeros"].i == 1
        return None

    def find_thresholds(self) -> dict[int, list[float]]:
        """The values at which trees decide, by the position of the column."""
        found: dict[int, list[float]] = {}
        for node in self.proto.graph.node:
            attributes = {attribute.name: attribute for attribute in node.attribute}
            if not node.op_type.startswith("TreeEnsemble") or "nodes_featureids" not in attributes:
                continue
            values = _values_of(attributes, "nodes_values")
            modes = attributes["nodes_modes"].strings
            for column, value, mode in zip(
                attributes["nodes_featureids"].ints, values, modes, strict=False
            ):
                if mode != b"LEAF":
                    found.setdefault(column, []).append(float(value))
        return found

    def classes_of(self, node: NodeProto) -> Iterator[list[Any]]:
        """The class labels that stand in a node."""
        for attribute in node.attribute:
            if attribute.name in CLASS_LABELS or (
                node.op_type == "LabelEncoder"
                and attribute.name in ("values_strings", "values_int64s")
            ):
                if attribute.type == AttributeProto.STRINGS and attribute.strings:
                    yield [text.decode() for text in attribute.strings]
                elif attribute.ints:
                    yield list(attribute.ints)
        if node.op_type == "ArrayFeatureExtractor" and node.input[0] in self.constants:
            values = numpy_helper.to_array(self.constants[node.input[0]]).ravel()
            yield [
                value.decode() if isinstance(value, bytes) else value for value in values.tolist()
            ]


class Rewriting:
    """A graph in the making: nodes before and after those of the model."""

    def __init__(self, graph: Graph) -> None:
        self.proto: ModelProto = onnx.compose.add_prefix(graph.proto, PREFIX)
        self.graph = graph
        self.before: list[NodeProto] = []
        self.after: list[NodeProto] = []
        self.inputs: list[ValueInfoProto] = []
        self.outputs: list[ValueInfoProto] = []

    def take_columns(self, columns: Sequence[Column]) -> None:
        """Give each column an input of its own, and put together what the model takes as a vector."""
        rest = list(columns)
        for port in self.graph.inputs:
            width = port.width or len(rest)
            parts, rest = [self._take(column, port) for column in rest[:width]], rest[width:]
            if len(parts) == 1:
                self._add(self.before, "Identity", parts, PREFIX + port.name)
            else:
                self._add(self.before, "Concat", parts, PREFIX + port.name, axis=1)

    def give_label(self, port: Port) -> None:
        """Name the label, one for each row."""
        if port.type not in (TensorProto.STRING, TensorProto.INT64, TensorProto.BOOL):
            name = self._after("Cast", [PREFIX + port.name], to=TensorProto.INT64)
            port = Port(name.removeprefix(PREFIX), TensorProto.INT64, port.shape)
        self._give(LABEL, self._reshape(PREFIX + port.name, [-1]), port.type, [None])

    def give_probabilities(
        self, port: Port, classes: int, *, logits: bool, exclusive: bool
    ) -> None:
        """Name the probabilities: one for each class, from logits or of one class where the model has these."""
        zipmap = self.graph.zipmap(port.name)
        name = PREFIX + (zipmap.input[0] if zipmap is not None else port.name)
        type_ = port.type if zipmap is None else TensorProto.FLOAT
        if not port.is_tensor and zipmap is None:
            name, type_ = self._positive_of_sequence(name, classes), TensorProto.FLOAT
        elif len(port.shape) == 3:
            positive = self._after("Gather", [name, self._integers([1])], axis=2)
            name = self._after("Transpose", [self._reshape(positive, [classes, -1])], perm=[1, 0])
        single = port.width == 1 and zipmap is None and exclusive
        name = self._reshape(name, [-1, 1 if single else classes])
        if logits:
            several = exclusive and not single
            name = (
                self._after("Softmax", [name], axis=1)
                if several
                else self._after("Sigmoid", [name])
            )
        if single:
            one = self._constant(np.array([1], helper.tensor_dtype_to_np_dtype(type_)))
            name = self._after("Concat", [self._after("Sub", [one, name]), name], axis=1)
        self._give(PROBABILITIES, name, type_, [None, classes])

    def give_targets(self, ports: Sequence[Port], targets: Sequence[str]) -> None:
        """Give each target an output of its own."""
        rest = list(targets)
        for port in ports:
            width = port.width if len(ports) > 1 and port.width else len(rest)
            mine, rest = rest[:width], rest[width:]
            values = self._reshape(PREFIX + port.name, [-1, len(mine)])
            for position, target in enumerate(mine):
                one = values
                if len(mine) > 1:
                    one = self._after("Gather", [values, self._integers([position])], axis=1)
                self._give(target, one, port.type, [None, 1])

    def finish(self) -> ModelProto:
        """The whole graph."""
        graph = self.proto.graph
        nodes = [node for node in graph.node if node.op_type != "ZipMap"]
        del graph.node[:], graph.input[:], graph.output[:]
        graph.node.extend([*self.before, *nodes, *self.after])
        graph.input.extend(self.inputs)
        graph.output.extend(self.outputs)
        set_locale(self.proto)
        # Shapes of the former inputs and outputs would contradict the new ones.
        del graph.value_info[:]
        if all(opset.domain for opset in self.proto.opset_import):
            self.proto.opset_import.append(helper.make_opsetid("", 15))
        self.proto.opset_import.sort(key=lambda opset: opset.domain)
        return self.proto

    def _take(self, column: Column, port: Port) -> str:
        types = {
            "integer": TensorProto.INT64,
            "boolean": TensorProto.BOOL,
            "string": TensorProto.STRING,
        }
        number = port.type if port.type in NUMBERS else TensorProto.FLOAT
        type_ = types.get(column.type, number)
        if column.type == "integer" and port.type not in NUMBERS | {
            TensorProto.BOOL,
            TensorProto.STRING,
        }:
            type_ = port.type
        rows = port.shape[0] or "rows"
        shape = [rows] if len(port.shape) == 1 else [rows, 1]
        self.inputs.append(helper.make_tensor_value_info(column.name, type_, shape))
        if type_ == port.type:
            return column.name
        if TensorProto.STRING in (type_, port.type):
            raise ImportingError(
                f"the model takes {'texts' if port.type == TensorProto.STRING else 'numbers'} for {column.name}, "
                "and the samples hold something else"
            )
        name = f"{PREFIX}cast/{column.name}"
        self._add(self.before, "Cast", [column.name], name, to=port.type)
        return name

    def _give(self, name: str, value: str, type_: int, shape: list[int | None]) -> None:
        if name in {given.name for given in self.inputs}:
            raise ImportingError(
                f"a column and an output are both called {name}: rename the column"
            )
        self._add(self.after, "Identity", [value], name)
        rows = next(
            (port.shape[0] for port in self.graph.inputs if port.shape and port.shape[0]), "rows"
        )
        self.outputs.append(helper.make_tensor_value_info(name, type_, [rows, *shape[1:]]))

    def _positive_of_sequence(self, name: str, classes: int) -> str:
        parts = []
        for number in range(classes):
            position = self._constant(np.array(number, np.int64))
            part = self._after("SequenceAt", [name, position])
            parts.append(self._after("Gather", [part, self._integers([1])], axis=1))
        return self._after("Concat", parts, axis=1)

    def _reshape(self, value: str, shape: list[int]) -> str:
        return self._after("Reshape", [value, self._integers(shape)])

    def _after(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        name = f"{PREFIX}after/{len(self.after)}"
        self._add(self.after, operator, inputs, name, **attributes)
        return name

    def _integers(self, values: list[int]) -> str:
        return self._constant(np.array(values, np.int64))

    def _constant(self, values: np.ndarray) -> str:
        name = f"{PREFIX}constant/{len(self.proto.graph.initializer)}"
        self.proto.graph.initializer.append(numpy_helper.from_array(values, name))
        return name

    @staticmethod
    def _add(
        nodes: list[NodeProto], operator: str, inputs: Sequence[str], output: str, **attributes: Any
    ) -> None:
        nodes.append(
            helper.make_node(
                operator, inputs, [output], name=f"{operator} of {output}", **attributes
            )
        )


def set_locale(proto: ModelProto) -> None:
    """Have texts lowered as each Linux can: the converters choose a locale that images lack."""
    for node in proto.graph.node:
        if node.op_type == "StringNormalizer":
            kept = [attribute for attribute in node.attribute if attribute.name != "locale"]
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute("locale", LOCALE)])


def _port(value: ValueInfoProto) -> Port:
    if not value.type.HasField("tensor_type"):
        return Port(value.name, 0, (), is_tensor=False)
    tensor = value.type.tensor_type
    shape = tuple(
        size.dim_value if size.HasField("dim_value") and size.dim_value > 0 else None
        for size in tensor.shape.dim
    )
    return Port(value.name, tensor.elem_type, shape)


def _tensors(graph: onnx.GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            if attribute.HasField("g"):
                yield from _tensors(attribute.g)


def _values_of(attributes: dict[str, AttributeProto], name: str) -> list[float]:
    if name in attributes:
        return list(attributes[name].floats)
    tensor = attributes.get(f"{name}_as_tensor")
    return [] if tensor is None else list(numpy_helper.to_array(tensor.t))
