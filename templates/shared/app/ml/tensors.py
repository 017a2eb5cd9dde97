"""Requests and responses of the Open Inference Protocol: tensors, in JSON and in binary.

https://github.com/kserve/open-inference-protocol, with the binary extension of Triton.
"""

import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.ml.datatypes import Columns
from app.ml.model import Model, Tensor
from app.ml.schemas import MAX_INSTANCES

# How many bytes of a body are JSON; binary tensors follow.
HEADER_LENGTH = "Inference-Header-Content-Length"
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "b": (bool,),
    "i": (int,),
    "u": (int,),
    "f": (int, float),
    "O": (str,),
}


class BadRequest(Exception):
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


@dataclass(frozen=True)
class Question:
    """A request that the model can answer."""

    request: InferenceRequest
    columns: Columns
    rows: int


def read_question(body: bytes, header_length: str | None, model: Model) -> Question:
    """Read a request for a model, or raise BadRequest."""
    head, tail = _split(body, header_length)
    try:
        request = InferenceRequest.model_validate_json(head)
    except ValidationError as error:
        reason = error.errors()[0]
        place = ".".join(map(str, reason["loc"]))
        raise BadRequest(f"{place}: {reason['msg']}" if place else reason["msg"]) from None
    names = [sent.name for sent in request.inputs]
    if sorted(names) != sorted(model.inputs):
        raise BadRequest(f"The inputs of the model are {', '.join(model.inputs)}, each once.")
    for output in request.outputs or ():
        if output.name not in model.outputs:
            raise BadRequest(f"The outputs of the model are {', '.join(model.outputs)}.")
    rows = {sent.shape[0] if sent.shape else 0 for sent in request.inputs}
    if len(rows) != 1 or not 1 <= min(rows) <= MAX_INSTANCES:
        raise BadRequest(f"All inputs need the same number of rows, from 1 to {MAX_INSTANCES}.")
    columns: Columns = {}
    for sent in request.inputs:
        tensor = model.inputs[sent.name]
        if sent.datatype != tensor.datatype:
            raise BadRequest(f"The datatype of {sent.name} is {tensor.datatype}.")
        if tuple(sent.shape[1:]) != tensor.row_shape:
            raise BadRequest(f"The shape of {sent.name} is {[-1, *tensor.row_shape]}.")
        size = sent.parameter("binary_data_size")
        if size is None:
            values = _read_json(sent, tensor)
        else:
            if type(size) is not int or not 0 <= size <= len(tail) or sent.data is not None:
                raise BadRequest(f"The binary_data_size of {sent.name} is wrong.")
            values = _read_binary(tail[:size], sent, tensor)
            tail = tail[size:]
        if tensor.dtype.kind == "f" and not np.isfinite(values).all():
            raise BadRequest(f"The data of {sent.name} is not all finite.")
        columns[sent.name] = values.reshape(sent.shape)
    if tail:
        raise BadRequest("The body is longer than its tensors.")
    return Question(request, columns, rows.pop())


def write_answer(
    model: Model, request: InferenceRequest, outputs: Columns
) -> tuple[bytes, dict[str, str]]:
    """Write a response: its body and its headers."""
    written: list[dict[str, Any]] = []
    blobs: list[bytes] = []
    for wanted in request.outputs or [RequestOutput(name=name) for name in model.outputs]:
        tensor, values = model.outputs[wanted.name], outputs[wanted.name]
        output: dict[str, Any] = {
            "name": tensor.name,
            "shape": list(values.shape),
            "datatype": tensor.datatype,
        }
        binary = wanted.parameter("binary_data")
        if request.parameter("binary_data_output") if binary is None else binary:
            blobs.append(_write_binary(values, tensor))
            output["parameters"] = {"binary_data_size": len(blobs[-1])}
        else:
            output["data"] = values.ravel().tolist()
        written.append(output)
    answer: dict[str, Any] = {
        "model_name": model.metadata.name,
        "model_version": model.metadata.version,
        "outputs": written,
    }
    if request.id is not None:
        answer["id"] = request.id
    head = json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()
    if not blobs:
        return head, {"Content-Type": "application/json"}
    headers = {"Content-Type": "application/octet-stream", HEADER_LENGTH: str(len(head))}
    return b"".join((head, *blobs)), headers


def describe_model(model: Model) -> dict[str, Any]:
    """Describe a model as the protocol does."""
    return {
        "name": model.metadata.name,
        "versions": [model.metadata.version],
        "platform": "onnxruntime_onnx",
        "inputs": [_describe_tensor(tensor) for tensor in model.inputs.values()],
        "outputs": [_describe_tensor(tensor) for tensor in model.outputs.values()],
    }


def _describe_tensor(tensor: Tensor) -> dict[str, Any]:
    return {
        "name": tensor.name,
        "datatype": tensor.datatype,
        "shape": [-1, *tensor.row_shape],
    }


def _split(body: bytes, header_length: str | None) -> tuple[bytes, bytes]:
    if header_length is None:
        return body, b""
    if not re.fullmatch(" *[0-9]{1,10} *", header_length) or int(header_length) > len(body):
        raise BadRequest(f"The header {HEADER_LENGTH} is wrong.")
    return body[: int(header_length)], body[int(header_length) :]


def _read_json(sent: RequestInput, tensor: Tensor) -> np.ndarray[Any, Any]:
    values = list(_flatten(sent.data or []))
    kinds = PYTHON_TYPES[tensor.dtype.kind]
    if len(values) != prod(sent.shape) or any(type(value) not in kinds for value in values):
        raise BadRequest(f"The data of {sent.name} is not {sent.shape} of {tensor.datatype}.")
    try:
        # What is too large for a float becomes infinite, and is refused as such.
        with np.errstate(over="ignore"):
            return np.array(values, tensor.dtype)
    except OverflowError:
        raise BadRequest(f"The data of {sent.name} does not fit {tensor.datatype}.") from None


def _flatten(data: list[Any]) -> Iterator[Any]:
    for value in data:
        if isinstance(value, list):
            yield from _flatten(value)
        else:
            yield value


def _read_binary(blob: bytes, sent: RequestInput, tensor: Tensor) -> np.ndarray[Any, Any]:
    count = prod(sent.shape)
    if tensor.datatype == "BYTES":
        return np.array(_read_strings(blob, count, sent.name), tensor.dtype)
    if len(blob) != count * tensor.dtype.itemsize:
        raise BadRequest(f"The data of {sent.name} is not {sent.shape} of {tensor.datatype}.")
    if tensor.datatype == "BOOL" and set(blob) - {0, 1}:
        raise BadRequest(f"The data of {sent.name} is not 0 and 1.")
    return np.frombuffer(blob, tensor.dtype)


def _read_strings(blob: bytes, count: int, name: str) -> list[str]:
    """Read strings, each after its length in four bytes."""
    strings = []
    try:
        for _ in range(count):
            (length,) = struct.unpack_from("<I", blob)
            text = blob[4 : 4 + length]
            if len(text) < length:
                raise BadRequest(f"The data of {name} ends within a string.")
            strings.append(text.decode())
            blob = blob[4 + length :]
    except (struct.error, UnicodeDecodeError):
        raise BadRequest(f"The data of {name} is not {count} strings in UTF-8.") from None
    if blob:
        raise BadRequest(f"The data of {name} is more than {count} strings.")
    return strings


def _write_binary(values: np.ndarray[Any, Any], tensor: Tensor) -> bytes:
    if tensor.datatype != "BYTES":
        return values.astype(tensor.dtype, copy=False).tobytes()
    texts = [str(text).encode() for text in values.ravel()]
    return b"".join(struct.pack("<I", len(text)) + text for text in texts)
