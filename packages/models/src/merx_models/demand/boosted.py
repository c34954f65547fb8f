"""Gradient-boosted trees for demand (LightGBM): where it lies, how far it strays, and the shape of what is left."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from merx_models.boosting import tree_parameters
from merx_models.demand.quantiles import LEVELS
from merx_models.demand.rows import DemandRows
from merx_models.demand.sales import Doubles
from merx_models.ranker import OnnxRanker
from merx_models.tree_graph import write_tree_graph

CENTRE, SPREAD, DESCRIPTION = "centre.onnx", "spread.onnx", "boosted.json"
FLOOR = 0.02
"""Added to what residuals are in log1p of units, so that their logarithm is finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostedSettings:
    rounds: int = 200
    spread_rounds: int = 80
    rate: float = 0.05
    leaves: int = 31
    min_rows: int = 30
    column_share: float = 0.5
    row_share: float = 0.7
    l2: float = 1.0
    threads: int = 1


class BoostedDemand:
    """Quantiles are centre + spread * shape: one model of the median, one of the absolute error, and the quantiles
    [9] of standardised errors, instead of nine models that may cross."""

    name = "boosted"

    def __init__(self, settings: BoostedSettings, shape: Doubles) -> None:
        self.settings = settings
        self.shape = shape
        self.trees: tuple[Any, Any] | None = None
        self._graphs: tuple[OnnxRanker, OnnxRanker] | None = None

    @classmethod
    def fit(
        cls, rows: DemandRows, *, settings: BoostedSettings | None = None, seed: int = 0, start: Self | None = None
    ) -> "BoostedDemand":
        """Learn from `rows`, all of which have targets; `start` (an earlier fit) does not count: trees grow anew."""
        chosen = settings or (start.settings if start else BoostedSettings())
        above = rows.target - rows.level
        centre = _grow(rows, above, chosen, seed=seed, rounds=chosen.rounds)
        errors = above - np.asarray(centre.predict(rows.features))
        spread = _grow(rows, np.log(np.abs(errors) + FLOOR), chosen, seed=seed, rounds=chosen.spread_rounds)
        standard = errors / np.exp(np.asarray(spread.predict(rows.features)))
        model = cls(chosen, np.quantile(standard, LEVELS))
        model.trees = (centre, spread)
        return model

    def predict(self, rows: DemandRows) -> Doubles:
        """Quantiles [n, 9] of log1p of units."""
        if not len(rows):
            return np.zeros((0, len(LEVELS)))
        centre, spread = self._raw(rows.features)
        return np.asarray((rows.level + centre)[:, None] + np.exp(spread)[:, None] * self.shape, dtype=np.float64)

    def _raw(self, features: NDArray[np.float32]) -> tuple[Doubles, Doubles]:
        if self.trees is not None:
            centre, spread = (np.asarray(trees.predict(features), dtype=np.float64) for trees in self.trees)
            return centre, spread
        if self._graphs is None:
            raise RuntimeError("a model has trees, or graphs")
        nothing = np.empty(0, np.int64)
        centre, spread = (graph.score(features, nothing, nothing).astype(np.float64) for graph in self._graphs)
        return centre, spread

    def save(self, folder: Path) -> None:
        """Two ONNX graphs and a description; a model that was loaded is not saved again."""
        if self.trees is None:
            raise RuntimeError("this model was loaded: copy its folder")
        folder.mkdir(parents=True, exist_ok=True)
        for trees, name in zip(self.trees, (CENTRE, SPREAD), strict=True):
            write_tree_graph(trees.dump_model(), folder / name, link="Identity")
        described = {"settings": asdict(self.settings), "shape": self.shape.tolist()}
        (folder / DESCRIPTION).write_text(json.dumps(described, indent=1))

    @classmethod
    def load(cls, folder: Path) -> "BoostedDemand":
        """What `save` wrote; runs the graphs, without LightGBM."""
        described = json.loads((folder / DESCRIPTION).read_text())
        model = cls(BoostedSettings(**described["settings"]), np.array(described["shape"]))
        model._graphs = (OnnxRanker(folder / CENTRE), OnnxRanker(folder / SPREAD))
        return model


def _grow(rows: DemandRows, target: Doubles, settings: BoostedSettings, *, seed: int, rounds: int) -> Any:
    """Trees for the median of `target`."""
    import lightgbm

    parameters = {**tree_parameters(settings, seed), "objective": "l1", "max_bin": 127}
    return lightgbm.train(parameters, lightgbm.Dataset(rows.features, label=target), rounds)
