"""Measures the memory of services that serve a model with 2 GB of weights beside its graph.

    uv run benchmarks/model_memory.py [--megabytes N]

Needs Linux, 6 GB of free memory and 3 GB in the folder for temporary files.

Both frameworks serve it with one and with two workers, each once with MODEL_SHARE_WEIGHTS and once
without. `peak` is the most that any process has had in its memory since its start, and counts what
is shared; `together` is what all processes of the service have, each page counted once. Both are
multiples of the size of the weights. `start` is how long the service took to be ready.
"""

import argparse
import json
import tempfile
import time
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx.external_data_helper import set_external_data

from commands import need, new_project, service
from scaffold.project.service import free_port

MEGABYTES = 2048
FRAMEWORKS = ("fastapi", "flask")
WORKERS = (1, 2)
WEIGHTS = "model.onnx.data"
# A layer has this many rows and columns: 64 MB.
SIDE = 4096
SETTLE_SECONDS = 3
GRAPH = """
<ir_version: 10, opset_import: ["": 20]>
large (float[N,1] x) => (float[N,1] value)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--megabytes", metavar="N", type=int, default=MEGABYTES)
    megabytes = parser.parse_args().megabytes
    need("uv", "taskset")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        size = write_model(folder / "model", megabytes)
        print(f"weights: {size / 2**20:.0f} MB\n")
        print(
            f"{'framework':10} {'workers':>7} {'shared':>6} {'start':>6} {'peak':>5} {'together':>8}"
        )
        for framework in FRAMEWORKS:
            project = new_project(framework, folder, "--database", "none", "--ml")
            for workers in WORKERS:
                for share in ("true", "false"):
                    measure(project, framework, workers, share, size)


def measure(project: Path, framework: str, workers: int, share: str, size: int) -> None:
    """Start a service, and print its row of the table."""
    settings = {
        "WEB_CONCURRENCY": str(workers),
        "MODEL_PATH": str(project.parent / "model"),
        "MODEL_BATCH_SIZE": "8",
        "MODEL_SHARE_WEIGHTS": share,
    }
    command = [str(project / ".venv/bin/python"), "-m", "app"]
    started = time.monotonic()
    with service(command, project, free_port(), "/readyz", **settings) as served:
        start = time.monotonic() - started
        # The first of the workers answers while the others may still load the model.
        before, together = -size, 0
        while abs(together - before) > size / 100:
            time.sleep(SETTLE_SECONDS)
            before, together = together, sum(map(read_pss, find_processes(served.process)))
        peak = max(map(read_peak, find_processes(served.process)))
        print(
            f"{framework:10} {workers:7} {share:>6} {start:5.1f}s "
            f"{peak / size:5.2f} {together / size:8.2f}",
            flush=True,
        )


def write_model(folder: Path, megabytes: int) -> int:
    """Write a model of as many layers as it takes; return the size of its weights in bytes."""
    folder.mkdir()
    proto = onnx.parser.parse_model(GRAPH + "{ value = Identity (x) }")
    graph = proto.graph
    del graph.node[:]
    random = np.random.default_rng(0)
    # Weights that keep the numbers about as large as they are.
    wide = random.standard_normal((SIDE, SIDE), np.float32) / np.float32(SIDE**0.5)
    last = 1 + max(1, megabytes * 2**20 // wide.nbytes)
    with (folder / WEIGHTS).open("wb") as file:
        for number in range(last + 1):
            weights = wide[:1] if number == 0 else wide[:, :1] if number == last else wide
            tensor = onnx.numpy_helper.from_array(weights, f"weights_{number}")
            set_external_data(tensor, WEIGHTS, file.tell(), weights.nbytes)
            tensor.ClearField("raw_data")
            file.write(weights.tobytes())
            before = "x" if number == 0 else f"layer_{number - 1}"
            after = "value" if number == last else f"layer_{number}"
            graph.initializer.append(tensor)
            graph.node.append(onnx.helper.make_node("MatMul", [before, tensor.name], [after]))
    content = proto.SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    with (folder / WEIGHTS).open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    metadata: dict[str, Any] = {
        "name": "large",
        "version": "1",
        "sha256": sha256(content).hexdigest(),
        "data": {WEIGHTS: digest},
        "kind": "regressor",
        "features": [{"name": "x", "type": "number", "minimum": -1, "maximum": 1}],
    }
    (folder / "model.json").write_text(json.dumps(metadata))
    return (folder / WEIGHTS).stat().st_size


def find_processes(leader: int) -> list[int]:
    """Find all processes of a service; each is in the group of the first."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            group = int((path / "stat").read_text().rpartition(")")[2].split()[2])
        except OSError:
            continue
        if group == leader:
            found.append(int(path.name))
    return found


def read_pss(process: int) -> int:
    """Read how much memory a process has; of shared pages, its share."""
    return read_kilobytes(process, "smaps_rollup", "Pss:")


def read_peak(process: int) -> int:
    """Read how much memory a process has had at most, with all shared pages."""
    return read_kilobytes(process, "status", "VmHWM:")


def read_kilobytes(process: int, name: str, key: str) -> int:
    lines = Path(f"/proc/{process}/{name}").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


if __name__ == "__main__":
    main()
