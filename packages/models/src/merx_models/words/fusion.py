"""One order from several legs: LambdaMART (Burges 2010) learned from clicks or judgements, by LightGBM.

Where too few queries were judged the fallback is reciprocal-rank fusion (Cormack, Clarke & Buettcher 2009), which needs
no training. What was learned must beat it, and BM25's order alone, on the validation queries; else the better of these.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from merx_models.boosting import tree_parameters
from merx_models.explain import Explanation, explain
from merx_models.ranker import OnnxRanker
from merx_models.ranking_rows import platt
from merx_models.tree_graph import write_tree_graph
from merx_models.words.features import COLUMNS, SIGNALS

Floats = NDArray[np.float32]
Method = Literal["rrf", "bm25", "lambdarank"]
GRAPH, DESCRIPTION, BACKGROUND = "fusion.onnx", "fusion.json", "fusion_background.npy"
SIGNAL_PLACES = [COLUMNS.index(name) for name in SIGNALS]
RANK_PLACES = [COLUMNS.index(name) for name in ("bm25_rank", "dense_rank")]
TASTE = COLUMNS.index("taste")
SURE = 1e-6
"""Nearer to 0 or 1 a probability has no odds that can be told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionSettings:
    """`fewest` judged queries make a model; `k` and `signal_weight` are of the fallback. Signals are blanked in
    `blanked` of the training queries, so that one that is switched off costs no more than what it told.

    Judgements gathered over shoppers say nothing of taste: where it could not be learned, a liking of 1 multiplies the
    odds of a product by e to the power of `taste_weight`.
    """

    rounds: int = 150
    rate: float = 0.05
    leaves: int = 7
    min_rows: int = 20
    column_share: float = 0.5
    row_share: float = 0.8
    l2: float = 5.0
    blanked: float = 0.2
    fewest: int = 50
    k: float = 60.0
    signal_weight: float = 0.25
    taste_weight: float = 0.5
    threads: int = 1


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """Features [n, len(COLUMNS)] of one query's candidates, and what they are worth (0 nothing, 1 wanted, or grades).

    `missed` counts wanted documents that no leg found: they count in the measure, and nothing can rank them.
    """

    features: Floats
    labels: Floats
    missed: int = 0


class Fusion:
    """Scores of candidates, higher is better. `method` says which of the three ways is in use; as "bm25", what only the
    vectors found stands last, and signals do not count."""

    def __init__(self, settings: FusionSettings | None = None) -> None:
        """Without `fit` or `load` this is the fallback."""
        self.settings = settings or FusionSettings()
        self.method: Method = "rrf"
        self.validation: dict[str, float] = {}
        self._background = np.empty((0, len(COLUMNS)), np.float32)
        self._calibration = (1.0, 0.0)
        self._taste_learned = False
        self._trees: Any = None
        self._graph: Path | None = None
        self._session: OnnxRanker | None = None

    @classmethod
    def fit(
        cls,
        train: Sequence[JudgedQuery],
        validation: Sequence[JudgedQuery],
        *,
        settings: FusionSettings | None = None,
        seed: int = 0,
    ) -> "Fusion":
        """Learn on `train`; keep the way with the highest NDCG@10 on `validation`, the simplest of equals."""
        fusion = cls(settings)
        usable = [query for query in train if query.labels.any()]
        held_out = [query for query in validation if query.labels.any()]
        if len(usable) < fusion.settings.fewest or not held_out:
            fusion.validation["rrf"] = fusion.ndcg(validation)
            return fusion
        rng = np.random.default_rng(seed)
        fusion._trees = _grow(usable, fusion.settings, rng)
        fusion._taste_learned = not all(np.isnan(query.features[:, TASTE]).all() for query in usable)
        ways: tuple[Method, ...] = ("rrf", "bm25", "lambdarank")
        for fusion.method in ways:
            fusion.validation[fusion.method] = fusion.ndcg(validation)
        fusion.method = max(ways, key=fusion.validation.__getitem__)
        if fusion.method != "lambdarank":
            fusion._trees = None
            return fusion
        features = np.concatenate([query.features for query in held_out])
        labels = np.concatenate([query.labels for query in held_out])
        raw = np.asarray(fusion._trees.predict(features, raw_score=True), np.float32)
        fusion._calibration = platt(raw, (labels > 0).astype(np.float32), None)
        fusion._background = features[rng.permutation(len(features))[:64]]
        return fusion

    def score(self, features: Floats, *, off: Collection[str] = ()) -> Floats:
        """float32[n]; `off` names signals that must not count."""
        given = switched_off(features, off)
        if self.method == "rrf":
            return np.asarray(self._reciprocal(given).sum(axis=1), np.float32)
        if self.method == "bm25":
            return given[:, RANK_PLACES[0]].copy()
        scores = self._learned(given)
        return scores if self._taste_learned else self._liked(scores, given[:, TASTE])

    def ranked(self, features: Floats, *, off: Collection[str] = ()) -> tuple[NDArray[np.intp], Floats]:
        """Places of the candidates, best first, and the score at each place; of equal scores the better rank in a leg
        decides."""
        scores = self.score(features, off=off)
        best_rank = features[:, RANK_PLACES].max(axis=1)
        return np.lexsort((-best_rank, -scores)), scores

    def order(self, features: Floats, *, off: Collection[str] = ()) -> NDArray[np.intp]:
        return self.ranked(features, off=off)[0]

    def explain(self, features: Floats, place: int, *, off: Collection[str] = ()) -> Explanation:
        """What each column added to the score of the candidate at `place`; base and contributions add up to it."""
        given = switched_off(features, off)
        if self.method == "rrf":
            parts = np.zeros(len(COLUMNS))
            parts[[*RANK_PLACES, *SIGNAL_PLACES]] = self._reciprocal(given)[place]
            return Explanation(score=float(parts.sum()), base=0.0, contributions=parts)
        if self.method == "bm25":
            score = float(given[place, RANK_PLACES[0]])
            return Explanation(score=score, base=0.0, contributions=score * (np.arange(len(COLUMNS)) == RANK_PLACES[0]))
        return explain(_Scores(self), (given[place], place), history=np.empty(0, np.int64), background=self._background)

    def ndcg(self, queries: Sequence[JudgedQuery], k: int = 10) -> float:
        """Mean NDCG@k in the order that this fusion gives."""
        return float(np.mean([_ndcg(query, self.order(query.features), k) for query in queries])) if queries else 0.0

    def save(self, folder: Path) -> None:
        """The graph of the trees, what they are compared with in explanations, and a description."""
        folder.mkdir(parents=True, exist_ok=True)
        described = {
            "settings": asdict(self.settings),
            "method": self.method,
            "columns": COLUMNS,
            "calibration": self._calibration,
            "taste_learned": self._taste_learned,
            "validation": self.validation,
        }
        (folder / DESCRIPTION).write_text(json.dumps(described, indent=1))
        np.save(folder / BACKGROUND, self._background)
        if self._trees is not None:
            slope, shift = self._calibration
            write_tree_graph(self._trees.dump_model(), folder / GRAPH, slope=slope, shift=shift)
        elif self._graph is not None and self._graph != folder / GRAPH:
            (folder / GRAPH).write_bytes(self._graph.read_bytes())

    @classmethod
    def load(cls, folder: Path) -> "Fusion":
        """What `save` wrote; runs without LightGBM. Raises ValueError where it was made for other columns."""
        described = json.loads((folder / DESCRIPTION).read_text())
        if tuple(described["columns"]) != COLUMNS:
            raise ValueError("this fusion was learned from other features: train it anew")
        fusion = cls(FusionSettings(**described["settings"]))
        fusion.method = described["method"]
        fusion.validation = described["validation"]
        fusion._calibration = (described["calibration"][0], described["calibration"][1])
        fusion._taste_learned = described["taste_learned"]
        fusion._background = np.load(folder / BACKGROUND)
        fusion._graph = folder / GRAPH if fusion.method == "lambdarank" else None
        return fusion

    def _learned(self, features: Floats) -> Floats:
        """Probabilities, by the trees or by their graph."""
        if self._trees is None:
            return self._ranker().score(features, np.empty(0, np.int64), np.arange(len(features)))
        slope, shift = self._calibration
        raw = np.asarray(self._trees.predict(features, raw_score=True), np.float64)
        return np.asarray(1.0 / (1.0 + np.exp(-(slope * raw + shift))), np.float32)

    def _liked(self, scores: Floats, taste: Floats) -> Floats:
        """Probabilities with odds raised by what the shopper likes; the same where nothing is known of them."""
        if np.isnan(taste).all():
            return scores
        sure = np.clip(scores.astype(np.float64), SURE, 1.0 - SURE)
        odds = sure / (1.0 - sure) * np.exp(self.settings.taste_weight * np.nan_to_num(taste))
        return np.asarray(odds / (1.0 + odds), np.float32)

    def _ranker(self) -> OnnxRanker:
        if self._session is None:
            if self._graph is None:
                raise RuntimeError("a learned fusion has trees, or a graph")
            self._session = OnnxRanker(self._graph)
        return self._session

    def _reciprocal(self, features: Floats) -> Floats:
        """[n, legs + signals]: 1 / (k + rank) of each leg; of each signal the same, by its order, at a lower weight."""
        shares = features[:, RANK_PLACES]
        found = shares > 0
        legs = np.where(found, 1.0 / (self.settings.k + 1.0 / np.where(found, shares, 1.0)), 0.0)
        signals = np.stack([self._by_signal(features[:, place]) for place in SIGNAL_PLACES], axis=1)
        return np.concatenate([legs, signals], axis=1)

    def _by_signal(self, values: Floats) -> NDArray[np.float64]:
        """Nothing where the signal is known of nobody; who is not known stands in the middle of those who are, or being
        told as sold out would be better than not being told of."""
        known = ~np.isnan(values)
        if not known.any():
            return np.zeros(len(values))
        # equal values share the best rank among them, or the order of the rows would decide
        ordered = np.sort(-values[known])
        ranks = 1.0 + np.searchsorted(ordered, -np.where(known, values, 0.0), side="left")
        return self.settings.signal_weight / (self.settings.k + np.where(known, ranks, np.median(ranks[known])))


class _Scores:
    """A fusion as the ranker that `merx_models.explain` takes."""

    def __init__(self, fusion: Fusion) -> None:
        self._fusion = fusion

    def score(self, features: Floats, history: NDArray[np.int64], candidates: NDArray[np.int64]) -> Floats:  # noqa: ARG002
        return self._fusion.score(features)


def switched_off(features: Floats, off: Collection[str]) -> Floats:
    """The features without the signals named in `off`; ValueError where one is none."""
    stray = set(off) - set(SIGNALS)
    if stray:
        raise ValueError(f"no signal is called {sorted(stray)}; there are {SIGNALS}")
    if not off:
        return features
    changed = features.copy()
    changed[:, [COLUMNS.index(name) for name in off]] = np.nan
    return changed


def _grow(queries: Sequence[JudgedQuery], settings: FusionSettings, rng: np.random.Generator) -> Any:
    import lightgbm

    blanked = [_blank(query.features, settings.blanked, rng) for query in queries]
    data = lightgbm.Dataset(
        np.concatenate(blanked),
        label=np.concatenate([query.labels for query in queries]),
        group=[len(query.labels) for query in queries],
    )
    parameters = {
        "objective": "lambdarank",
        **tree_parameters(settings, int(rng.integers(2**31))),
    }
    return lightgbm.train(parameters, data, settings.rounds)


def _blank(features: Floats, share: float, rng: np.random.Generator) -> Floats:
    """The rows of a query, each signal gone with probability `share`."""
    gone = [name for name, draw in zip(SIGNALS, rng.random(len(SIGNALS)), strict=True) if draw < share]
    return switched_off(features, gone)


def _ndcg(query: JudgedQuery, order: NDArray[np.intp], k: int) -> float:
    """Normalised discounted cumulative gain (Jarvelin & Kekalainen 2002), gains as labelled; 0 where none is wanted."""
    ideal = np.sort(np.concatenate([query.labels, np.ones(query.missed)]))[::-1][:k]
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    best = float((ideal * discount[: len(ideal)]).sum())
    gained = query.labels[order][:k]
    return float((gained * discount[: len(gained)]).sum()) / best if best > 0 else 0.0
