"""A pickled model: read and converted in an environment of its own, with the versions that were tested."""

import bz2
import gzip
import json
import lzma
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.ml.importing.columns import Column, ImportingError
from app.ml.importing.graph import Graph
from app.ml.importing.onnx_file import feed
from app.ml.importing.original import Options, Original

# Versions that were tested together.
BASE = {
    "scikit-learn": "1.9.1",
    "skl2onnx": "1.20.0",
    "onnx": "1.23.2",
    "onnxruntime": "1.32.0",
    "pandas": "3.1.1",
    "numpy": "2.4.6",
    "scipy": "1.17.1",
    "joblib": "1.6.0",
    # The converter of HistGradientBoosting writes booleans, which newer versions refuse.
    "protobuf": "6.33.1",
}
BOOSTING = {
    "lightgbm": {"lightgbm": "4.7.0", "onnxmltools": "1.16.0"},
    # Without the support of GPUs, of 200 MB; macOS has one package for all.
    "xgboost": {
        "xgboost" if sys.platform == "darwin" else "xgboost-cpu": "3.2.0",
        "onnxmltools": "1.16.0",
    },
    "catboost": {"catboost": "1.2.10"},
}
# What follows from the version of scikit-learn.
FOLLOWING = ("numpy", "scipy", "pandas", "joblib")
# How joblib writes: what a file begins with, and how it is read.
COMPRESSIONS: dict[bytes, Callable[[bytes], bytes]] = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ": lzma.decompress,
    b"]\x00": lzma.decompress,
    b"x": zlib.decompress,
}
# The version in the state of an estimator: its key, how a pickle remembers it, and a short text.
VERSION = re.compile(
    rb"_sklearn_version(?:q.|r.{4}|\x94)?(?:\x8c.|X.{4})(\d[0-9A-Za-z.]+?)(?:q|r|\x94|h|u|s)",
    re.DOTALL,
)
SECONDS = 900


def find_requirements(file: Path, extra: Sequence[str]) -> list[str]:
    """What reads a pickle: the scikit-learn that wrote it, and the boosting library that it names.

    The pickle is searched for these names, and not loaded.
    """
    content = _read(file)
    pins = dict(BASE)
    if (found := VERSION.search(content)) and (version := found[1].decode()) != pins[
        "scikit-learn"
    ]:
        pins = {name: pin for name, pin in pins.items() if name not in FOLLOWING}
        pins["scikit-learn"] = version
    for library, further in BOOSTING.items():
        if re.search(rb"[c\x00-\x7f]%b(\.|\n)" % library.encode(), content):
            pins |= further
    for requirement in extra:
        pins.pop(re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower(), None)
    free = [name for name in FOLLOWING if name not in pins and name in ("pandas", "joblib")]
    return [*(f"{name}=={pin}" for name, pin in pins.items()), *free, *extra]


def name_libraries(requirements: Sequence[str]) -> str:
    """Name those of the requirements that the pickled model is of."""
    libraries = ("scikit-learn", *BOOSTING)
    return " and ".join(one.replace("==", " ") for one in requirements if one.startswith(libraries))


def read(file: Path, folder: Path, requirements: Sequence[str], options: Options) -> Original:
    """Read and convert a pickle in its own environment, by way of a folder."""
    request = {"columns": options.columns, "samples": options.samples}
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    uv = os.environ.get("UV", "uv")
    withs = [word for requirement in requirements for word in ("--with", requirement)]
    command = [
        uv,
        "run",
        "--quiet",
        "--no-project",
        "--isolated",
        "--python",
        sys.executable,
        *withs,
    ]
    try:
        done = subprocess.run(
            [*command, "python", "-m", "app.ml.importing.convert", str(file), str(folder)],
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except FileNotFoundError as error:
        raise ImportingError(f"{uv} is not installed: https://docs.astral.sh/uv/") from error
    except subprocess.TimeoutExpired as error:
        raise ImportingError(f"the conversion did not end within {SECONDS} seconds") from error
    if done.returncode:
        raise ImportingError(_last_line(done.stderr, requirements))
    found: dict[str, Any] = json.loads((folder / "original.json").read_text(encoding="utf-8"))
    columns = [Column(**column) for column in found["columns"]]
    answers = {name: np.array(values) for name, values in found["answers"].items()}
    graphs = [folder / name for name in found["graphs"]]
    library = next(
        (name for name in BOOSTING if any(r.startswith(name) for r in requirements)), "scikit-learn"
    )
    classes = found["classes"]
    if found["kind"] == "multilabel" and options.targets:
        if len(options.targets) != len(classes):
            raise ImportingError(
                f"the model has {len(classes)} labels, and --targets {len(options.targets)} names"
            )
        classes = options.targets
    inputs = feed(Graph(graphs[0]), columns) if found["kind"] == "tensors" else {}
    return Original(library, found["kind"], classes, graphs, columns, answers, inputs)


def _read(file: Path) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ImportingError(f"{file}: {error.strerror}") from error
    for start, decompress in COMPRESSIONS.items():
        if content.startswith(start):
            try:
                return decompress(content)
            except (OSError, ValueError, lzma.LZMAError, zlib.error) as error:
                raise ImportingError(f"{file} is damaged: {error}") from error
    return content


def _last_line(errors: str, requirements: Sequence[str]) -> str:
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    if any("No solution found" in line or "Failed to" in line for line in lines):
        reason = next(
            (line for line in lines if "Because" in line or "Caused by" in line), lines[-1]
        )
        return f"{', '.join(requirements)} cannot be installed ({reason}): --with PACKAGE==VERSION takes another version"
    return lines[-1] if lines else "the model cannot be converted"
