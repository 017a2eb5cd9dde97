"""Requests and responses of the Open Inference Protocol: tensors, in JSON and in binary.

https://github.com/kserve/open-inference-protocol, with the binary extension of Triton.
"""

import json
import math
import re
import struct
from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.ml.serving.datatypes import FEATURE_TYPES, Columns, Tensor, fits
from app.ml.serving.model import Model
from app.ml.serving.model_error import first_error
from app.ml.serving.schemas import MAX_INSTANCES, PYTHON_TYPES

PREFIX = "/v2"
# How many bytes of a body are JSON; binary tensors follow.
HEADER_LENGTH = "Inference-Header-Content-Length"


class ProtocolError(Exception):
    """A request that the protocol or the model does not allow, and why."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True)

    parameters: dict[str, Any] | None = None

    def parameter(self, name: str) -> Any:
        """Return a parameter; None where it was not sent."""
        return (self.parameters or {}).get(name)


class RequestInput(_Part):
    """A tensor that is sent."""

    name: str
    shape: list[Annotated[int, Field(ge=0)]]
    datatype: str
    data: list[Any] | None = None


class RequestOutput(_Part):
    """A tensor that is asked for."""

    name: str


class InferenceRequest(_Part):
    """What a request says in JSON."""

    id: str | None = None
    inputs: list[RequestInput]
    outputs: list[RequestOutput] | None = None


def read_request(
    body: bytes, header_length: str | None, model: Model
) -> tuple[InferenceRequest, Columns]:
    """Read a request for a model, or raise ProtocolError."""
    head, tail = _split(body, header_length)
    try:
        request = InferenceRequest.model_validate_json(head)
    except ValidationError as error:
        raise ProtocolError(first_error(error)) from None
    if sorted(sent.name for sent in request.inputs) != sorted(model.inputs):
        raise ProtocolError(f"The inputs of the model are {', '.join(model.inputs)}, each once.")
    if not {output.name for output in request.outputs or ()} <= model.outputs.keys():
        raise ProtocolError(f"The outputs of the model are {', '.join(model.outputs)}.")
    rows = {sent.shape[0] if sent.shape else 0 for sent in request.inputs}
    if len(rows) != 1 or not 1 <= min(rows) <= MAX_INSTANCES:
        raise ProtocolError(f"All inputs need the same number of rows, from 1 to {MAX_INSTANCES}.")
    columns: Columns = {}
    for sent in request.inputs:
        tensor = model.inputs[sent.name]
        if sent.datatype != tensor.datatype:
            raise ProtocolError(f"The datatype of {sent.name} is {tensor.datatype}.")
        if not fits(tuple(sent.shape[1:]), tensor.row_shape):
            raise ProtocolError(f"The shape of {sent.name} is {[-1, *tensor.row_shape]}.")
        size = sent.parameter("binary_data_size")
        if size is None:
            values = _read_json(sent, tensor)
        else:
            if type(size) is not int or not 0 <= size <= len(tail) or sent.data is not None:
                raise ProtocolError(f"The binary_data_size of {sent.name} is wrong.")
            values = _read_binary(tail[:size], sent, tensor)
            tail = tail[size:]
        if tensor.dtype.kind == "f" and not _is_allowed(values, sent.name in model.kind.optional):
            raise ProtocolError(f"The data of {sent.name} is not all finite.")
        columns[sent.name] = values.reshape(sent.shape)
    if tail:
        raise ProtocolError("The body is longer than its tensors.")
    return request, columns


def write_response(
    model: Model, request: InferenceRequest, outputs: Columns, *, is_canary: bool
) -> tuple[bytes, dict[str, str]]:
    """Write a response: its body and its headers."""
    written: list[dict[str, Any]] = []
    blobs: list[bytes] = []
    for wanted in request.outputs or [RequestOutput(name=name) for name in model.outputs]:
        tensor, values = model.outputs[wanted.name], outputs[wanted.name]
        output = {"name": tensor.name, "shape": values.shape, "datatype": tensor.datatype}
        binary = wanted.parameter("binary_data")
        if request.parameter("binary_data_output") if binary is None else binary:
            blobs.append(_write_binary(values, tensor))
            output["parameters"] = {"binary_data_size": len(blobs[-1])}
        else:
            output["data"] = values.ravel().tolist()
        written.append(output)
    metadata = model.metadata
    answer: dict[str, Any] = {
        "model_name": metadata.name,
        "model_version": metadata.version,
        "outputs": written,
    }
    if is_canary:
        answer["parameters"] = {"canary": True}
    if request.id is not None:
        answer["id"] = request.id
    head = json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()
    if not blobs:
        return head, {"Content-Type": "application/json"}
    headers = {"Content-Type": "application/octet-stream", HEADER_LENGTH: str(len(head))}
    return b"".join((head, *blobs)), headers


def describe_server(name: str, version: str) -> dict[str, Any]:
    """Describe the server as the protocol does."""
    return {"name": name, "version": version, "extensions": ["binary_tensor_data"]}


def describe_model(model: Model, versions: Iterable[str]) -> dict[str, Any]:
    """Describe a model as the protocol does."""
    return {
        "name": model.metadata.name,
        "versions": list(versions),
        "platform": "onnxruntime_onnx" if model.onnx else "python",
        "inputs": [_describe_tensor(tensor) for tensor in model.inputs.values()],
        "outputs": [_describe_tensor(tensor) for tensor in model.outputs.values()],
    }


def _describe_tensor(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": [-1, *tensor.row_shape]}


def _split(body: bytes, header_length: str | None) -> tuple[bytes, bytes]:
    if header_length is None:
        return body, b""
    if not re.fullmatch(" *[0-9]{1,10} *", header_length) or int(header_length) > len(body):
        raise ProtocolError(f"The header {HEADER_LENGTH} is wrong.")
    return body[: int(header_length)], body[int(header_length) :]


def _is_allowed(values: np.ndarray[Any, Any], optional: bool) -> bool:
    """Return whether all numbers are finite; NaN is the value of an optional feature without one."""
    return bool((np.isfinite(values) | (optional & np.isnan(values))).all())


def _read_json(sent: RequestInput, tensor: Tensor) -> np.ndarray[Any, Any]:
    values = np.array(sent.data or [], object).ravel()
    expected = PYTHON_TYPES[FEATURE_TYPES[tensor.dtype.kind]]
    # In JSON, a float may look like an integer.
    allowed = {float, int} if expected is float else {expected}
    if len(values) != math.prod(sent.shape) or not set(map(type, values)) <= allowed:
        raise ProtocolError(f"The data of {sent.name} is not {sent.shape} of {tensor.datatype}.")
    try:
        # What is too large for a float becomes infinite, which is an error later.
        with np.errstate(over="ignore"):
            return values.astype(tensor.dtype)
    except OverflowError:
        raise ProtocolError(f"The data of {sent.name} does not fit {tensor.datatype}.") from None


def _read_binary(blob: bytes, sent: RequestInput, tensor: Tensor) -> np.ndarray[Any, Any]:
    count = math.prod(sent.shape)
    if tensor.datatype == "BYTES":
        return np.array(_read_strings(blob, count, sent.name), tensor.dtype)
    if len(blob) != count * tensor.dtype.itemsize:
        raise ProtocolError(f"The data of {sent.name} is not {sent.shape} of {tensor.datatype}.")
    if tensor.datatype == "BOOL" and set(blob) - {0, 1}:
        raise ProtocolError(f"The data of {sent.name} is not 0 and 1.")
    return np.frombuffer(blob, tensor.dtype)


def _read_strings(blob: bytes, count: int, name: str) -> list[str]:
    """Read strings, each after its length in four bytes."""
    strings, start = [], 0
    try:
        for _ in range(count):
            (length,) = struct.unpack_from("<I", blob, start)
            (text,) = struct.unpack_from(f"{length}s", blob, start + 4)
            strings.append(text.decode())
            start += 4 + length
    except (struct.error, UnicodeDecodeError):
        raise ProtocolError(f"The data of {name} is not {count} strings in UTF-8.") from None
    if start < len(blob):
        raise ProtocolError(f"The data of {name} is more than {count} strings.")
    return strings


def _write_binary(values: np.ndarray[Any, Any], tensor: Tensor) -> bytes:
    if tensor.datatype != "BYTES":
        return values.astype(tensor.dtype, copy=False).tobytes()
    texts = [str(text).encode() for text in values.ravel()]
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)
