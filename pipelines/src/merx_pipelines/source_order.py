"""A ranker that keeps the order of one candidate source: what serves where there is too little to learn from."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from merx_core.features import RANKING_COLUMNS
from merx_models.ranking_rows import Floats, RankingRows, platt

OPSET = 18


@dataclass(frozen=True)
class SourceOrder:
    """Scores by the column of `source`, calibrated; a candidate that the source did not bring comes last."""

    source: str
    slope: float
    shift: float
    scale: float

    @classmethod
    def fit(cls, rows: RankingRows, validation: RankingRows, source: str) -> "SourceOrder":
        """`rows` give the scale of the scores, `validation` what they mean as probabilities."""
        scale = float(np.nanmax(np.abs(rows.features[:, _column(source)]), initial=0.0)) or 1.0
        slope, shift = platt(_filled(validation.features[:, _column(source)], scale), validation.labels)
        return cls(source, slope, shift, scale)

    def predict(self, rows: RankingRows) -> Floats:
        logits = self.slope * _filled(rows.features[:, _column(self.source)], self.scale) + self.shift
        return np.asarray(1.0 / (1.0 + np.exp(-logits)), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Writes ranker.onnx (input features [n, F], output score [n]) and its description."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        def constant(name: str, value: float) -> onnx.TensorProto:
            return numpy_helper.from_array(np.array([value], np.float32), name)

        constants = [
            numpy_helper.from_array(np.array([_column(self.source)], np.int64), "column"),
            numpy_helper.from_array(np.array([-1], np.int64), "flat"),
            constant("missing", -1.0),
            constant("scale", self.scale),
            constant("slope", self.slope),
            constant("shift", self.shift),
        ]
        nodes = [
            helper.make_node("Gather", ["features", "column"], ["gathered"], axis=1),
            helper.make_node("Reshape", ["gathered", "flat"], ["raw"]),
            helper.make_node("Div", ["raw", "scale"], ["scaled"]),
            helper.make_node("IsNaN", ["raw"], ["absent"]),
            helper.make_node("Where", ["absent", "missing", "scaled"], ["filled"]),
            helper.make_node("Mul", ["filled", "slope"], ["steep"]),
            helper.make_node("Add", ["steep", "shift"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["score"]),
        ]
        features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", len(RANKING_COLUMNS)])
        score = helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n"])
        graph = helper.make_graph(nodes, f"order of {self.source}", [features], [score], initializer=constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
        onnx.checker.check_model(model)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ranker.onnx").write_bytes(model.SerializeToString())
        (folder / "ranker.json").write_text(json.dumps({"source": self.source, "scale": self.scale}))


def _column(source: str) -> int:
    return RANKING_COLUMNS.index(f"source_{source}")


def _filled(scores: Floats, scale: float) -> Floats:
    return np.where(np.isnan(scores), np.float32(-1.0), scores / np.float32(scale)).astype(np.float32)
