"""Stand-ins for what the recommendation service needs from outside; the contract test holds them to the real ones."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from merx_core.events import Exposure
from merx_core.features import PRODUCT_COLUMNS, RANKING_COLUMNS, SOURCES, ProductColumns, ProfileFeatures
from merx_kit.features.errors import FeaturesUnavailable
from merx_models.candidates import Candidates, CandidateSources, Shopper
from merx_recommendation.domain import Attribution, Floats, Mask, Rows
from merx_recommendation.ports import Catalogue, Model, RankingFailed, Shelf

NOW = 1_800_000_000.0
DAY = 86_400.0


class InMemoryProfiles:
    def __init__(self, *profiles: ProfileFeatures) -> None:
        self._profiles = {profile.profile_id: profile for profile in profiles}
        self.away = False

    async def read(self, profile_id: str, *, budget_s: float) -> ProfileFeatures:
        if self.away or budget_s <= 0:
            raise FeaturesUnavailable(profile_id)
        return self._profiles.get(profile_id, ProfileFeatures(profile_id))


class InMemoryCatalogue:
    """`size` products p0.. of which each third is out of stock (p2, p5, ...); p0 sells best; price is 100 a row."""

    version = "catalogue-1"

    def __init__(self, size: int = 30, prefix: str = "p") -> None:
        rows = np.arange(size)
        self.ids: Sequence[str] = [f"{prefix}{row}" for row in rows]
        self.in_stock: Mask = rows % 3 != 2
        self.price: NDArray[np.float64] = 100.0 * (rows + 1).astype(np.float64)
        self.popularity = (size - rows).astype(np.float32)
        self.categories: Mapping[str, Rows] = {
            "EVEN": rows[rows % 2 == 0].astype(np.int32),
            "ODD": rows[rows % 2 == 1].astype(np.int32),
        }
        values = {name: np.ones(size, np.float32) for name in PRODUCT_COLUMNS}
        codes = {"leaf": rows % 2, "department": rows % 2, "brand": rows % 5}
        self.columns = ProductColumns.of(values, codes=codes)

    def shop_time(self, wall_time: float) -> float:
        return wall_time


class FixedNeighbours:
    """Every product's neighbours are the next ones in the index."""

    def __init__(self, size: int) -> None:
        self._size = size

    def top(self, history: Rows, ages_days: Floats, k: int) -> tuple[Rows, Floats]:
        rows = (history[-1] + 1 + np.arange(min(k, self._size - 1))) % self._size
        return rows.astype(np.int32), np.linspace(1.0, 0.1, len(rows), dtype=np.float32)


class BestSellers:
    def __init__(self, size: int) -> None:
        self._size = size

    def top(self, segment: str, k: int) -> tuple[Rows, Floats]:
        rows = np.arange(min(k, self._size), dtype=np.int32)
        return rows, np.linspace(1.0, 0.1, len(rows), dtype=np.float32)


class EvenChance:
    def __init__(self, size: int) -> None:
        self._size = size

    def draw(self, k: int, rng: np.random.Generator) -> tuple[Rows, Floats]:
        rows = rng.choice(self._size, size=min(k, self._size), replace=False).astype(np.int32)
        return rows, np.full(len(rows), k / self._size, np.float32)


class FixedModel:
    """Ranks by the price that the features carry, dearest first; `broken` makes its scores NaN, `failing` raises."""

    def __init__(self, ids: Sequence[str], version: str = "recommendation/1") -> None:
        self.ids = ids
        self.version = version
        self.broken = False
        self.failing = False
        size = len(ids)
        self._sources = CandidateSources(
            {"neighbours": FixedNeighbours(size)},  # type: ignore[dict-item]
            popular=BestSellers(size),  # type: ignore[arg-type]
            explore=EvenChance(size),  # type: ignore[arg-type]
        )

    def propose(
        self, shopper: Shopper, quotas: Mapping[str, int], *, rng: np.random.Generator, allowed: Mask
    ) -> Candidates:
        return self._sources.candidates(shopper, quotas, rng=rng, allowed=allowed)

    def source_scores(self, shopper: Shopper, rows: Rows) -> Floats:
        return np.full((len(rows), len(SOURCES)), np.nan, np.float32)

    def rank(self, features: Floats, *, history: Rows, candidates: Rows) -> Floats:
        assert features.shape == (len(candidates), len(RANKING_COLUMNS))
        if self.failing:
            raise RankingFailed(self.version)
        if self.broken:
            return np.full(len(candidates), np.nan, np.float32)
        return ((candidates + 2) / (len(self.ids) + 2)).astype(np.float32)

    def explain(self, features: Floats, *, history: Rows, candidates: Rows) -> tuple[str, Sequence[Attribution]]:
        scores = self.rank(features, history=history, candidates=candidates)
        parts = np.zeros(features.shape, np.float32)
        parts[:, 0] = scores - 0.5
        return "fixed", [Attribution(float(scores[at]), 0.5, parts[at]) for at in range(len(scores))]


class FixedShelves:
    def __init__(self, catalogue: Catalogue | None = None, model: Model | None = None) -> None:
        self.shelf = Shelf.pair(catalogue, model)
        self.degraded: tuple[str, ...] = ()

    def current(self) -> Shelf:
        return self.shelf


class KeptExposures:
    def __init__(self) -> None:
        self.kept: list[Exposure] = []

    def write(self, exposure: Exposure) -> None:
        self.kept.append(exposure)


def bought(profile_id: str, *ids: str, days_ago: float = 5.0) -> ProfileFeatures:
    """A profile that bought each of `ids` once, the first one longest ago."""
    count = len(ids)
    return ProfileFeatures(
        profile_id,
        history_ids=ids,
        history_times=NOW - DAY * (days_ago + np.arange(count, dtype=np.float64)[::-1]),
        history_counts=np.ones(count, np.int32),
        history_intervals=np.full(count, np.nan, np.float32),
        segment="regular",
        as_of=NOW - DAY,
    )
