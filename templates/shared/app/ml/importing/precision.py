"""Numbers as precise as scikit-learn's: of 64 bits before trees, and rounded to 32 bits for them."""

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

TREES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")


def has_steps_before_trees(model: ModelProto) -> bool:
    """Whether numbers are computed before trees compare them: a last digit may decide."""
    graph = model.graph
    types = {node.op_type for node in graph.node}
    return bool(types & set(TREES)) and bool(types & {"Scaler", "Imputer", "Sub", "Div", "Mul"})


def fill_in_double(model: ModelProto) -> None:
    """Write each Imputer as other nodes: ONNX Runtime has none for numbers of 64 bits."""
    for node in [node for node in model.graph.node if node.op_type == "Imputer"]:
        attributes = {attribute.name: attribute for attribute in node.attribute}
        if "imputed_value_floats" not in attributes:
            continue
        # The attribute has 32 bits: 40.1 is there as 40.0999985.
        fills = [float(str(np.float32(fill))) for fill in attributes["imputed_value_floats"].floats]
        name = f"{node.output[0]}_fills"
        model.graph.initializer.append(numpy_helper.from_array(np.array([fills]), name))
        gaps = f"{node.output[0]}_gaps"
        _replace(
            model.graph,
            node,
            helper.make_node("IsNaN", [node.input[0]], [gaps]),
            helper.make_node("Where", [gaps, name, node.input[0]], [node.output[0]]),
        )


def round_for_trees(model: ModelProto) -> None:
    """Let trees compare numbers rounded to 32 bits, as those of scikit-learn do."""
    for node in [node for node in model.graph.node if node.op_type in TREES]:
        single, double = f"{node.output[0]}_single", f"{node.output[0]}_double"
        steps = [helper.make_node("Cast", [node.input[0]], [single], to=TensorProto.FLOAT)]
        if any(attribute.name == "nodes_values_as_tensor" for attribute in node.attribute):
            # The numbers of these trees have 64 bits, so their inputs need them, too.
            steps.append(helper.make_node("Cast", [single], [double], to=TensorProto.DOUBLE))
        tree = NodeProto.FromString(node.SerializeToString())
        tree.input[0] = steps[-1].output[0]
        _replace(model.graph, node, *steps, tree)
        for output in model.graph.output:
            # What trees answer has 32 bits, whatever the converter says.
            if (
                output.name in tree.output
                and output.type.tensor_type.elem_type == TensorProto.DOUBLE
            ):
                output.type.tensor_type.elem_type = TensorProto.FLOAT


def _replace(graph: GraphProto, node: NodeProto, *others: NodeProto) -> None:
    position = list(graph.node).index(node)
    del graph.node[position]
    for other in reversed(others):
        graph.node.insert(position, other)
