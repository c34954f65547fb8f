"""LightGBM's trees as an ONNX graph that answers as LightGBM does, missing values included."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

OPSET, ML_OPSET, IR_VERSION = 18, 3, 9


def float_below(threshold: float) -> float:
    """The largest float32 that is not above `threshold`: for float32 x, `x <= threshold` keeps its answer."""
    largest = float(np.finfo(np.float32).max)
    if abs(threshold) >= largest:  # LightGBM splits off missing values with a threshold beyond all numbers
        return largest if threshold > 0 else -float("inf")
    near = np.float32(threshold)
    return float(near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf)))


class _Trees:
    """The flat arrays that TreeEnsembleRegressor wants."""

    def __init__(self) -> None:
        self.nodes: dict[str, list[Any]] = {
            name: []
            for name in (
                "treeids",
                "nodeids",
                "featureids",
                "modes",
                "values",
                "truenodeids",
                "falsenodeids",
                "missing_value_tracks_true",
            )
        }
        self.leaves: dict[str, list[Any]] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}

    def add(self, tree: int, root: Mapping[str, Any]) -> None:
        """One tree, numbered in the order of a walk with its own stack (LightGBM's trees can be deep)."""
        waiting: list[tuple[Mapping[str, Any], int]] = [(root, 0)]
        used = 1
        while waiting:
            node, number = waiting.pop()
            if "split_index" not in node:
                self._leaf(tree, number, float(node["leaf_value"]))
                continue
            self._split(tree, number, node, used)
            waiting += [(node["left_child"], used), (node["right_child"], used + 1)]
            used += 2

    def _leaf(self, tree: int, number: int, value: float) -> None:
        self._node(tree, number, {"modes": "LEAF"})
        for name, entry in zip(("treeids", "nodeids", "ids", "weights"), (tree, number, 0, value), strict=True):
            self.leaves[name].append(entry)

    def _split(self, tree: int, number: int, node: Mapping[str, Any], children: int) -> None:
        if node["decision_type"] != "<=" or node["missing_type"] == "Zero":
            raise ValueError("only numeric splits are translated, where missing is NaN or never happened")
        # a NaN where training saw none is read as 0 by LightGBM
        as_zero = node["missing_type"] == "None"
        entry = {
            "featureids": node["split_feature"],
            "modes": "BRANCH_LEQ",
            "values": float_below(node["threshold"]),
            "truenodeids": children,
            "falsenodeids": children + 1,
            "missing_value_tracks_true": int(node["threshold"] >= 0.0 if as_zero else node["default_left"]),
        }
        self._node(tree, number, entry)

    def _node(self, tree: int, number: int, entry: Mapping[str, Any]) -> None:
        values = {"treeids": tree, "nodeids": number, "values": 0.0} | dict(entry)
        for name, column in self.nodes.items():
            column.append(values.get(name, 0))


def write_tree_graph(
    dump: Mapping[str, Any], path: Path, *, slope: float = 1.0, shift: float = 0.0, link: str = "Sigmoid"
) -> None:
    """`dump` is Booster.dump_model(); the graph answers link(slope * sum of leaves + shift), `link` being the ONNX
    operator Sigmoid or Identity."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    trees = _Trees()
    for number, tree in enumerate(dump["tree_info"]):
        trees.add(number, tree["tree_structure"])
    attributes: dict[str, Any] = {f"nodes_{name}": column for name, column in trees.nodes.items()}
    attributes |= {f"target_{name}": column for name, column in trees.leaves.items()}
    ensemble = helper.make_node(
        "TreeEnsembleRegressor", ["features"], ["raw"], domain="ai.onnx.ml", n_targets=1, **attributes
    )
    constants = {"slope": np.float32(slope), "shift": np.float32(shift), "flat": np.array([-1], np.int64)}
    nodes = [
        ensemble,
        helper.make_node("Mul", ["raw", "slope"], ["scaled"]),
        helper.make_node("Add", ["scaled", "shift"], ["logit"]),
        helper.make_node(link, ["logit"], ["probability"]),
        helper.make_node("Reshape", ["probability", "flat"], ["score"]),
    ]
    width = int(dump["max_feature_idx"]) + 1
    graph = helper.make_graph(
        nodes,
        "boosted_trees",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
