"""`app/ml/importing/precision.py`: numbers before trees are as precise as scikit-learn's."""

import runpy
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, TensorProto
from onnx.reference import ReferenceEvaluator

from tests.support.projects import REPOSITORY

PRECISION: Any = runpy.run_path(str(REPOSITORY / "templates/shared/app/ml/importing/precision.py"))
HEAD = '<ir_version: 8, opset_import: ["": 17, "ai.onnx.ml": 3]>\n'
# One decision: whether the first number is at most 0.1, as 32 bits have it.
LEAVES = """nodes_featureids = [0, 0, 0], nodes_falsenodeids = [2, 0, 0], nodes_truenodeids = [1, 0, 0],
    nodes_modes = ["BRANCH_LEQ", "LEAF", "LEAF"], nodes_nodeids = [0, 1, 2], nodes_treeids = [0, 0, 0],
    target_ids = [0, 0], target_nodeids = [1, 2], target_treeids = [0, 0], n_targets = 1,
    target_weights = [1.0, 2.0]"""
TREE = f"ai.onnx.ml.TreeEnsembleRegressor <{LEAVES}, nodes_values = [0.1, 0.0, 0.0]>"


def parse(body: str) -> ModelProto:
    return onnx.parser.parse_model(f"{HEAD}g (double[N,2] x) => (double[N,M] y) {{ {body} }}")


def evaluate(model: ModelProto, rows: Any) -> Any:
    found: Any = ReferenceEvaluator(model).run(None, {"x": rows})
    return found[0]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"one = Mul (x, x) y = {TREE} (one)", True),
        (f"y = {TREE} (x)", False),
        ("y = Mul (x, x)", False),
    ],
)
def test_a_last_digit_may_decide_where_numbers_are_computed_before_trees(
    body: str, expected: bool
) -> None:
    assert PRECISION["has_steps_before_trees"](parse(body)) is expected


def test_what_is_missing_is_filled_in_with_64_bits() -> None:
    model = parse("y = Mul (x, x)")
    node = onnx.helper.make_node(
        "Imputer",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        imputed_value_floats=[40.1, 2.0],
        replaced_value_float=float("nan"),
    )
    model.graph.node[0].CopyFrom(node)
    PRECISION["fill_in_double"](model)
    rows = np.array([[np.nan, 7.0], [0.1, np.nan]])
    filled = evaluate(model, rows)
    assert filled.tolist() == [[40.1, 7.0], [0.1, 2.0]]
    assert filled.dtype == np.float64


def test_trees_compare_numbers_of_32_bits() -> None:
    model = parse(f"y = {TREE} (x)")
    PRECISION["round_for_trees"](model)
    cast, tree = model.graph.node
    assert (cast.op_type, cast.attribute[0].i) == ("Cast", TensorProto.FLOAT)
    assert list(tree.input) == list(cast.output)
    assert model.graph.output[0].type.tensor_type.elem_type == TensorProto.FLOAT


def test_trees_with_numbers_of_64_bits_get_them_rounded() -> None:
    model = parse(f"y = {TREE} (x)")
    values = onnx.numpy_helper.from_array(np.array([0.1, 0.0, 0.0]))
    tree = model.graph.node[0]
    tree.attribute.append(onnx.helper.make_attribute("nodes_values_as_tensor", values))
    PRECISION["round_for_trees"](model)
    single, double, _ = model.graph.node
    assert [one.attribute[0].i for one in (single, double)] == [
        TensorProto.FLOAT,
        TensorProto.DOUBLE,
    ]
    rows = np.array([[0.1, 0.0]])
    steps = onnx.helper.make_graph(
        [single, double],
        "g",
        [onnx.helper.make_tensor_value_info("x", TensorProto.DOUBLE, [None, 2])],
        [onnx.helper.make_tensor_value_info(double.output[0], TensorProto.DOUBLE, [None, 2])],
    )
    rounded = evaluate(onnx.helper.make_model(steps), rows)
    assert rounded.tolist() == [[float(np.float32(0.1)), 0.0]]
