"""The served candidate score: several models, each brought to one scale, weighted as validation items ask."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from merx_models.linear import top_rows
from merx_models.product_index import Floats, Rows

FILE = "blend.json"
KINDS = {"LinearScorer": "linear", "SequenceModel": "sequence", "GraphModel": "graph"}
STEPS = (0.5, 0.7, 0.85, 1.2, 1.5, 2.0)


class BatchScorer(Protocol):
    """Scores for many histories at once, float32[B, P], in an array of the caller's own."""

    def batch_scores(self, histories: Sequence[Rows]) -> Floats: ...


class CandidateModel(BatchScorer, Protocol):
    """What a blend is made of: one score per product for a history of rows, oldest first."""

    def scores(self, history: Rows, ages_days: Floats | None = None) -> Floats: ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> "CandidateModel": ...


@dataclass(frozen=True)
class Blend:
    """Weighted sum of the models' standardised scores; weights sum to 1, a model of weight 0 is not asked."""

    models: Mapping[str, CandidateModel]
    weights: Mapping[str, float]

    def scores(self, history: Rows, ages_days: Floats | None = None) -> Floats:
        parts = [weight * standardised(self.models[name].scores(history, ages_days)) for name, weight in self._used()]
        total: Floats = np.sum(parts, axis=0, dtype=np.float32)
        return total

    def batch_scores(self, histories: Sequence[Rows]) -> Floats:
        parts = (weight * standardised(self.models[name].batch_scores(histories)) for name, weight in self._used())
        total: Floats = next(parts)
        for part in parts:
            total += part
        return total

    def top(self, history: Rows, ages_days: Floats | None, k: int) -> tuple[Rows, Floats]:
        """The k best products that are above the average product, best first."""
        return top_rows(self.scores(history, ages_days), k)

    def _used(self) -> list[tuple[str, float]]:
        return [(name, weight) for name, weight in self.weights.items() if weight > 0]

    def save(self, folder: Path) -> None:
        """Write the weights, and the models that are asked, each in a folder of its name."""
        folder.mkdir(parents=True, exist_ok=True)
        parts = [
            {"name": name, "weight": weight, "kind": type(self.models[name]).__name__} for name, weight in self._used()
        ]
        for name, _ in self._used():
            self.models[name].save(folder / name)
        (folder / FILE).write_text(json.dumps(parts))

    @classmethod
    def load(cls, folder: Path) -> "Blend":
        """Read the models back; raises KeyError for a kind that is not one of `KINDS`."""
        parts = json.loads((folder / FILE).read_text())
        models = {part["name"]: _class_of(part["kind"]).load(folder / part["name"]) for part in parts}
        return cls(models, {part["name"]: part["weight"] for part in parts})


def _class_of(kind: str) -> type[CandidateModel]:
    module = import_module(f"merx_models.{KINDS[kind]}")
    found: type[CandidateModel] = getattr(module, kind)
    return found


def standardised(scores: Floats) -> Floats:
    """Mean 0 and deviation 1 over the products (last axis); all 0 where a model says nothing."""
    spread = scores.std(axis=-1, keepdims=True)
    centred: Floats = (scores - scores.mean(axis=-1, keepdims=True)) / np.where(spread > 0, spread, 1)
    return centred


@dataclass(frozen=True)
class TuningRows:
    """Per validation shopper the candidates worth ranking: standardised scores float32[U, C, M], wanted first."""

    names: tuple[str, ...]
    scores: Floats
    valid: NDArray[np.bool_]


def tuning_rows(
    models: Mapping[str, CandidateModel], histories: Sequence[Rows], wanted: Rows, *, depth: int = 100, batch: int = 512
) -> TuningRows:
    """Each model's `depth` best per shopper, put together; what is in the history already is no candidate."""
    blocks = [
        _pool(models, histories[start : start + batch], wanted[start : start + batch], depth)
        for start in range(0, len(histories), batch)
    ]
    scores = np.concatenate([scores for scores, _ in blocks])
    return TuningRows(tuple(models), scores, np.concatenate([valid for _, valid in blocks]))


def _pool(
    models: Mapping[str, CandidateModel], histories: Sequence[Rows], wanted: Rows, depth: int
) -> tuple[Floats, NDArray[np.bool_]]:
    every = [standardised(model.batch_scores(histories)) for model in models.values()]
    best = np.repeat(wanted[:, None], depth * len(every), axis=1)
    for place, scores in enumerate(every):
        for shopper, history in enumerate(histories):
            scores[shopper, history] = -np.inf
            rows, _ = top_rows(scores[shopper], depth)
            best[shopper, place * depth : place * depth + len(rows)] = rows
    best = np.sort(best, axis=1)
    fresh = np.concatenate([np.ones((len(best), 1), dtype=bool), best[:, 1:] != best[:, :-1]], axis=1)
    fresh &= best != wanted[:, None]
    pool = np.concatenate([wanted[:, None], best], axis=1)
    scores = np.stack([np.take_along_axis(scores, pool, axis=1) for scores in every], axis=-1)
    valid = np.concatenate([np.ones((len(best), 1), dtype=bool), fresh], axis=1) & np.isfinite(scores).all(axis=-1)
    return np.where(np.isfinite(scores), scores, 0).astype(np.float32), valid


def tune(rows: TuningRows, *, cutoff: int = 10, rounds: int = 4) -> dict[str, float]:
    """Weights with the best NDCG on the validation rows, found one model at a time from equal weights."""
    weights = np.full(len(rows.names), 1 / len(rows.names), dtype=np.float32)
    best = _ndcg(rows, weights, cutoff)
    for _ in range(rounds):
        before = best
        for model in range(len(weights)):
            for factor in (0.0, *STEPS):
                trial = weights.copy()
                trial[model] = weights[model] * factor if weights[model] > 0 else factor / len(weights)
                if trial.sum() == 0:
                    continue
                value = _ndcg(rows, trial / trial.sum(), cutoff)
                if value > best:
                    best, weights = value, trial / trial.sum()
        if best <= before:
            break
    return {name: float(weight) for name, weight in zip(rows.names, weights, strict=True)}


def _ndcg(rows: TuningRows, weights: Floats, cutoff: int) -> float:
    total = np.where(rows.valid, rows.scores @ weights, -np.inf)
    rank = (total[:, 1:] >= total[:, :1]).sum(axis=1)
    return float(np.where(rank < cutoff, 1 / np.log2(rank + 2.0), 0).mean())
