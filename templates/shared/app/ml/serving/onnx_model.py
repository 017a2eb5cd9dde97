"""A model in ONNX, as ONNX Runtime runs it."""

import re
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

import numpy as np
from onnxruntime import GraphOptimizationLevel, InferenceSession, NodeArg, SessionOptions

from app.ml.serving.datatypes import DATATYPES, Columns, Tensor, datatype_of, fits
from app.ml.serving.metadata import METADATA_FILE, Metadata
from app.ml.serving.model_error import ModelError
from app.ml.serving.providers import CPU, select_available, warn_of_missing

# The key `location` of weights that are not in the graph, and how long its value is, as Protocol
# Buffers write them; no other text of a graph has these bytes before it.
LOCATION = re.compile(rb"\n\x08location\x12([\x80-\xff]?[\x00-\x7f])")


@dataclass(frozen=True)
class Runtime:
    """What the service gives a model to run with."""

    threads: int
    providers: tuple[str, ...] = (CPU,)
    share_weights: bool = True


class OnnxModel:
    """A model in ONNX."""

    def __init__(self, folder: Path, metadata: Metadata, runtime: Runtime) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = runtime.threads
        options.inter_op_num_threads = 1
        # Threads that spin while they wait take the processor from all else, and from other models.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Errors are raised; the runtime would print them, too.
        options.log_severity_level = 4
        if metadata.data and runtime.share_weights:
            # The weights are used as they lie in the file, which the system maps into all workers.
            # Otherwise each worker would make a copy in a layout that its processor likes better.
            options.add_session_config_entry("session.disable_prepacking", "1")
            options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_EXTENDED
        path = folder / metadata.file
        _check_locations(path, metadata)
        self.session = _start(path, options, runtime.providers)
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        # Those that have a row for each instance.
        self.inputs = {arg.name: _make_tensor(arg) for arg in inputs if _has_rows(arg)}
        self.outputs = {arg.name: _make_tensor(arg) for arg in outputs if _has_rows(arg)}
        self._names = [arg.name for arg in outputs]
        sizes = {arg.shape[0] for arg in inputs if arg.shape and isinstance(arg.shape[0], int)}
        if len(sizes) > 1:
            raise ModelError(f"the inputs have different numbers of rows: {sorted(sizes)}")
        # How many rows each run takes, where the model says so.
        self._batch = sizes.pop() if sizes else None

    def run(self, columns: Columns) -> Columns:
        """Compute all outputs."""
        try:
            if self._batch is None:
                return self._run(columns)
            return self._run_in_pieces(columns, self._batch)
        except Exception as error:
            raise ModelError(self._find_mistake(columns) or str(error)) from error

    def _run(self, columns: Columns) -> Columns:
        return dict(zip(self._names, self.session.run(self._names, columns), strict=True))

    def _run_in_pieces(self, columns: Columns, size: int) -> Columns:
        """Run a fixed number of rows at a time; the last rows are filled up with the last one."""
        rows = len(next(iter(columns.values())))
        pieces = []
        for first in range(0, rows, size):
            numbers = np.minimum(np.arange(first, first + size), rows - 1)
            pieces.append(self._run({name: values[numbers] for name, values in columns.items()}))
        return {
            name: np.concatenate([piece[name] for piece in pieces])[:rows] for name in pieces[0]
        }

    def _find_mistake(self, columns: Columns) -> str | None:
        """Say what the model takes, where the columns are something else."""
        names = [arg.name for arg in self.session.get_inputs()]
        if unknown := [name for name in columns if name not in names]:
            return (
                f"the model has no input {unknown[0]}; its inputs are {', '.join(names)}: "
                "give the features their names"
            )
        if missing := [name for name in names if name not in columns]:
            return f"the input {missing[0]} of the model gets no values: describe it as a feature"
        for name, tensor in self.inputs.items():
            values = columns[name]
            if datatype_of(values.dtype) != tensor.datatype:
                return f"the input {name} takes {tensor.datatype}, and gets {values.dtype}"
            if not fits(values.shape[1:], tensor.row_shape):
                return f"the input {name} takes {[-1, *tensor.row_shape]}, and gets {values.shape}"
        return None


def _start(path: Path, options: SessionOptions, providers: tuple[str, ...]) -> InferenceSession:
    """Load a model from its file; its bytes in Python would take as much memory once more."""
    available = select_available(providers)
    try:
        session = InferenceSession(path, options, available, enable_fallback=False)
    except Exception as error:
        # The errors of ONNX Runtime have no base of their own.
        raise ModelError(f"{path.name}: {error}") from error
    # It leaves out those that do not start, such as one without a GPU, and has the CPU's always.
    started = session.get_providers()
    for name in available:
        if name not in started:
            warn_of_missing(name)
    if not set(available) & set(started):
        raise ModelError(f"MODEL_PROVIDERS: none of {', '.join(available)} starts here")
    return session


def _check_locations(path: Path, metadata: Metadata) -> None:
    """Raise a ModelError if the graph has weights in a file that is not checked and watched."""
    if not path.stat().st_size:
        raise ModelError(f"{path.name} is empty")
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as onnx:
        # The length is in base 128, the last digit first.
        places = [
            (match.end(), sum((digit & 127) << 7 * i for i, digit in enumerate(match[1])))
            for match in LOCATION.finditer(onnx)
        ]
        names = {onnx[start : start + length].decode() for start, length in places}
    for name in sorted(names - metadata.data.keys()):
        if Path(name).name != name:
            raise ModelError(f"{path.name} has weights in {name}: they have to lie beside it")
        raise ModelError(
            f'{path.name} has weights in {name}: add "{name}", with its sha256, '
            f"to data in {METADATA_FILE}"
        )


def _has_rows(arg: NodeArg) -> bool:
    return arg.type in DATATYPES and bool(arg.shape)


def _make_tensor(arg: NodeArg) -> Tensor:
    row_shape = tuple(size if isinstance(size, int) else -1 for size in arg.shape[1:])
    return Tensor(arg.name, DATATYPES[arg.type][0], row_shape)
