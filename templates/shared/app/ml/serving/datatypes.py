"""The types of tensors, as ONNX, the Open Inference Protocol and NumPy name them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Columns = dict[str, np.ndarray[Any, Any]]

# ONNX's type: the protocol's datatype, and NumPy's as both write it, little-endian.
DATATYPES: dict[str, tuple[str, np.dtype[Any]]] = {
    "tensor(bool)": ("BOOL", np.dtype("?")),
    "tensor(int8)": ("INT8", np.dtype("i1")),
    "tensor(int16)": ("INT16", np.dtype("<i2")),
    "tensor(int32)": ("INT32", np.dtype("<i4")),
    "tensor(int64)": ("INT64", np.dtype("<i8")),
    "tensor(uint8)": ("UINT8", np.dtype("u1")),
    "tensor(uint16)": ("UINT16", np.dtype("<u2")),
    "tensor(uint32)": ("UINT32", np.dtype("<u4")),
    "tensor(uint64)": ("UINT64", np.dtype("<u8")),
    "tensor(float16)": ("FP16", np.dtype("<f2")),
    "tensor(float)": ("FP32", np.dtype("<f4")),
    "tensor(double)": ("FP64", np.dtype("<f8")),
    "tensor(string)": ("BYTES", np.dtype("O")),
}
DTYPES = dict(DATATYPES.values())
# The type of a feature, by NumPy's kind of its input.
FEATURE_TYPES = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "O": "string"}
# The datatype of a feature that is no input of an ONNX model.
FEATURE_DATATYPES = {"boolean": "BOOL", "integer": "INT64", "number": "FP64", "string": "BYTES"}


@dataclass(frozen=True)
class Tensor:
    """An input or output; its first dimension is the row."""

    name: str
    datatype: str
    # The shape of one row: () or, for most tensors, (1,); -1 is any size.
    row_shape: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype[Any]:
        """NumPy's type of the values."""
        return DTYPES[self.datatype]

    def __str__(self) -> str:
        return f"{self.name} ({self.datatype}, {[-1, *self.row_shape]})"


def datatype_of(dtype: np.dtype[Any]) -> str | None:
    """Name the datatype of an array; None where the protocol has none."""
    if dtype.kind in "OUT":
        return "BYTES"
    little = dtype.newbyteorder("<")
    return next((name for name, known in DTYPES.items() if known == little), None)


def fits(shape: tuple[int, ...], allowed: tuple[int, ...]) -> bool:
    """Return whether a shape is one of those that are allowed; -1 allows any size."""
    return len(shape) == len(allowed) and all(
        most in (-1, size) for size, most in zip(shape, allowed, strict=True)
    )
