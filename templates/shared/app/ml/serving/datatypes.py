"""The types of tensors, as ONNX, the Open Inference Protocol and NumPy name them."""

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
# The type of a feature, by NumPy's kind of its input.
FEATURE_TYPES = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "O": "string"}
