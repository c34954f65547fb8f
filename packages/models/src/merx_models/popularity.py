"""What sells, now: decayed sales with their trend, for everybody and for each segment of shoppers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Floats = NDArray[np.float32]

ALL = ""
_EMPTY: Rows = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class PopularitySettings:
    """`half_life_days` of a sale; `recent_days` is the half-life the trend compares it with, `trend_power` how far
    it is followed (0: not at all, 1: as if it went on). A segment with fewer than `prior` sales leans on everybody's.
    """

    half_life_days: float = 28.0
    recent_days: float = 7.0
    trend_power: float = 0.5
    prior: float = 2_000.0
    keep: int = 1_000


@dataclass(frozen=True, slots=True)
class Sales:
    """One entry per sale: the product's row, days ago (at least 0), the shopper's segment ("" unknown)."""

    rows: Rows
    ages_days: Floats
    segments: Sequence[str] | NDArray[np.str_] = ()


class Popularity:
    """For each segment the best rows with their share of the expected sales; unknown segments get everybody's."""

    def __init__(self, lists: Mapping[str, tuple[Rows, Floats]]) -> None:
        self.lists = dict(lists)

    @classmethod
    def fit(cls, sales: Sales, products: int, *, settings: PopularitySettings | None = None) -> "Popularity":
        chosen = settings or PopularitySettings()
        overall = expected_sales(sales.rows, sales.ages_days, products, settings=chosen)
        lists = {ALL: _best(overall, chosen.keep)}
        names = np.asarray(sales.segments, dtype=str)
        for name in sorted(set(names.tolist()) - {ALL}):
            own = names == name
            rates = expected_sales(sales.rows[own], sales.ages_days[own], products, settings=chosen)
            lists[name] = _best(_leaning(rates, overall, int(own.sum()), chosen.prior), chosen.keep)
        return cls(lists)

    def top(self, segment: str, k: int) -> tuple[Rows, Floats]:
        """The `k` best rows of a segment, best first, with their share of expected sales in [0, 1]."""
        rows, scores = self.lists.get(segment) or self.lists.get(ALL, (_EMPTY, np.empty(0, np.float32)))
        return rows[:k], scores[:k]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        lengths = [len(rows) for rows, _ in self.lists.values()]
        np.savez(
            folder / "popularity.npz",
            rows=np.concatenate([rows for rows, _ in self.lists.values()]),
            scores=np.concatenate([scores for _, scores in self.lists.values()]),
        )
        (folder / "segments.json").write_text(json.dumps({"segments": list(self.lists), "lengths": lengths}))

    @classmethod
    def load(cls, folder: Path) -> "Popularity":
        described = json.loads((folder / "segments.json").read_text())
        ends = np.cumsum(described["lengths"])[:-1]
        with np.load(folder / "popularity.npz") as stored:
            rows, scores = np.split(stored["rows"], ends), np.split(stored["scores"], ends)
        lists = zip(rows, scores, strict=True)
        return cls(dict(zip(described["segments"], lists, strict=True)))


def expected_sales(rows: Rows, ages_days: Floats, products: int, *, settings: PopularitySettings) -> Floats:
    """Sales a day to come, by product: the decayed rate, bent by how the last days compare with the weeks before."""
    steady = _rate(rows, ages_days, products, settings.half_life_days)
    recent = _rate(rows, ages_days, products, settings.recent_days)
    calm = 1.0 / settings.recent_days  # one sale in the recent window more or less is no trend
    trend = (recent + calm) / (steady + calm)
    return np.asarray(steady * trend**settings.trend_power, dtype=np.float32)


def _rate(rows: Rows, ages_days: Floats, products: int, half_life_days: float) -> NDArray[np.float64]:
    weights = np.exp2(-np.maximum(ages_days, 0.0) / half_life_days)
    counted = np.bincount(rows, weights=weights, minlength=products)
    return np.asarray(counted * np.log(2.0) / half_life_days, dtype=np.float64)


def _leaning(rates: Floats, overall: Floats, sales: int, prior: float) -> Floats:
    """A segment's shares, pulled towards everybody's by `prior` imagined sales."""
    trust = sales / (sales + prior)
    own = rates / max(float(rates.sum()), 1e-12)
    everybody = overall / max(float(overall.sum()), 1e-12)
    return np.asarray(trust * own + (1.0 - trust) * everybody, dtype=np.float32)


def _best(rates: Floats, keep: int) -> tuple[Rows, Floats]:
    share = rates / max(float(rates.sum()), 1e-12)
    order = np.argsort(-share, kind="stable")[:keep]
    order = order[share[order] > 0]
    return order.astype(np.int32), share[order].astype(np.float32)
