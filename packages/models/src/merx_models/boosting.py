"""Gradient-boosted trees as a ranker (LightGBM), and their exact translation to ONNX."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from merx_models.ranker import OnnxRanker
from merx_models.ranking_rows import Floats, Ints, RankingRows, platt
from merx_models.tree_graph import write_tree_graph

GRAPH, TREES, DESCRIPTION = "ranker.onnx", "ranker.lightgbm.txt", "ranker.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostingSettings:
    """`objective` is "binary" (probabilities) or "lambdarank" (order); both are calibrated on the validation rows."""

    objective: str = "lambdarank"
    rounds: int = 400
    patience: int = 30
    rate: float = 0.05
    leaves: int = 31
    min_rows: int = 50
    column_share: float = 0.8
    row_share: float = 0.8
    l2: float = 1.0
    threads: int = 1


class Boosting:
    """LightGBM on the features alone: it sees the history only through them."""

    def __init__(self, settings: BoostingSettings, *, slope: float, shift: float) -> None:
        self.settings = settings
        self.slope, self.shift = slope, shift
        self.trees: Any = None
        self.graph: Path | None = None
        self._session: OnnxRanker | None = None

    @classmethod
    def fit(
        cls,
        rows: RankingRows,
        validation: RankingRows,
        *,
        settings: BoostingSettings | None = None,
        seed: int = 0,
    ) -> "Boosting":
        """Train on `rows`, stop and calibrate on `validation`."""
        import lightgbm

        chosen = settings or BoostingSettings()
        data = lightgbm.Dataset(rows.features, label=rows.labels, weight=rows.weights, group=rows.group_sizes)
        held_out = lightgbm.Dataset(
            validation.features,
            label=validation.labels,
            weight=validation.weights,
            group=validation.group_sizes,
            reference=data,
        )
        stop = lightgbm.early_stopping(chosen.patience, first_metric_only=True, verbose=False)
        trees = lightgbm.train(_parameters(chosen, seed), data, chosen.rounds, valid_sets=[held_out], callbacks=[stop])
        logits = np.asarray(trees.predict(validation.features, raw_score=True), dtype=np.float32)
        slope, shift = platt(logits, validation.labels, validation.weights)
        model = cls(chosen, slope=slope, shift=shift)
        model.trees = trees
        return model

    def predict(self, rows: RankingRows) -> Floats:
        return self.score(rows.features, np.empty(0, np.int64), rows.candidates)

    def score(self, features: Floats, history: Ints, candidates: Ints) -> Floats:
        """Probabilities of the candidates (see `merx_models.ranker`); history and candidates are not read."""
        if self.trees is not None:
            raw = np.asarray(self.trees.predict(features, raw_score=True), dtype=np.float64)
            return np.asarray(1.0 / (1.0 + np.exp(-(self.slope * raw + self.shift))), dtype=np.float32)
        if self._session is None:
            if self.graph is None:
                raise RuntimeError("a model has trees, or a graph")
            self._session = OnnxRanker(self.graph)
        return self._session.score(features, history, candidates)

    def importance(self) -> dict[int, float]:
        """Gain of each feature, by column."""
        if self.trees is None:
            return {}
        return dict(enumerate(self.trees.feature_importance("gain").tolist()))

    def to_onnx(self, path: Path) -> Path:
        """Write the graph: input features [n, F], output score [n]."""
        if self.trees is not None:
            write_tree_graph(self.trees.dump_model(), path, slope=self.slope, shift=self.shift)
        elif self.graph is not None:
            path.write_bytes(self.graph.read_bytes())
        self.graph, self._session = path, None
        return path

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.to_onnx(folder / GRAPH)
        if self.trees is not None:
            self.trees.save_model(str(folder / TREES))
        described = {"settings": asdict(self.settings), "slope": self.slope, "shift": self.shift}
        (folder / DESCRIPTION).write_text(json.dumps(described, indent=1))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote; runs the graph, without LightGBM."""
        described = json.loads((folder / DESCRIPTION).read_text())
        settings = BoostingSettings(**described["settings"])
        model = cls(settings, slope=described["slope"], shift=described["shift"])
        model.graph = folder / GRAPH
        return model


class TreeSettings(Protocol):
    """How trees are grown, by LightGBM's meaning of each."""

    @property
    def rate(self) -> float: ...
    @property
    def leaves(self) -> int: ...
    @property
    def min_rows(self) -> int: ...
    @property
    def column_share(self) -> float: ...
    @property
    def row_share(self) -> float: ...
    @property
    def l2(self) -> float: ...
    @property
    def threads(self) -> int: ...


def tree_parameters(settings: TreeSettings, seed: int) -> dict[str, Any]:
    """LightGBM's parameters whatever the objective; a second run grows the same trees."""
    return {
        "learning_rate": settings.rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.min_rows,
        "feature_fraction": settings.column_share,
        "bagging_fraction": settings.row_share,
        "bagging_freq": 1,
        "lambda_l2": settings.l2,
        "num_threads": settings.threads,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def _parameters(settings: BoostingSettings, seed: int) -> dict[str, Any]:
    ranks = {"metric": ["ndcg"], "eval_at": [10], "lambdarank_truncation_level": 30}
    return {
        "objective": settings.objective,
        **tree_parameters(settings, seed),
        **(ranks if settings.objective == "lambdarank" else {"metric": ["auc"]}),
    }
