"""Makes the heavy model of `inference.py`, and says what both models answer.

    inference_models.py SMALL HEAVY INSTANCES

SMALL is the folder of the project's model, HEAVY the folder to write; both answers to the JSON
array INSTANCES are printed.
"""

import hashlib
import json
import os
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from bare_model import Model
from onnx import TensorProto, helper, numpy_helper

WIDTH = 2048
LAYERS = 6


def main() -> None:
    small, heavy = map(Path, sys.argv[1:3])
    instances = json.loads(sys.argv[3])
    write_heavy(small, heavy)
    answers = []
    for folder in (small, heavy):
        os.environ["MODEL_PATH"] = str(folder)
        answers.append(Model().predict(instances))
    print(json.dumps(answers))


def write_heavy(small: Path, heavy: Path) -> None:
    """A network of wide layers with the features and the classes of the small model."""
    description = json.loads((small / "model.json").read_bytes())
    features = [feature["name"] for feature in description["features"]]
    random = np.random.default_rng(0)
    sizes = [len(features), *[WIDTH] * (LAYERS + 1), len(description["classes"])]
    nodes = [helper.make_node("Concat", features, ["layer0"], axis=1)]
    weights = []
    for number, (wide, out) in enumerate(pairwise(sizes)):
        scale = np.sqrt(2 / wide)
        matrix = random.normal(0, scale, (wide, out)).astype(np.float32)
        weights.append(numpy_helper.from_array(matrix, f"weights{number}"))
        nodes.append(
            helper.make_node("MatMul", [f"layer{number}", f"weights{number}"], [f"sum{number}"])
        )
        nodes.append(helper.make_node("Relu", [f"sum{number}"], [f"layer{number + 1}"]))
    scores = nodes.pop().input[0]
    nodes.append(helper.make_node("Softmax", [scores], ["probabilities"], axis=1))
    nodes.append(helper.make_node("ArgMax", [scores], ["label"], axis=1, keepdims=0))
    graph = helper.make_graph(
        nodes,
        "heavy",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in features],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, sizes[-1]]),
        ],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    digest = hashlib.sha256(content).hexdigest()
    heavy.mkdir()
    (heavy / "model.onnx").write_bytes(content)
    description |= {"name": "heavy", "sha256": digest}
    (heavy / "model.json").write_text(json.dumps(description))


if __name__ == "__main__":
    main()
