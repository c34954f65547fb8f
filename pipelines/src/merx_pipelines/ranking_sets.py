"""Lists of candidates with their features at a cut-off and what was bought in the week after it."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_core.features import PairInputs, ProductColumns, ProfileFeatures, ranking_matrix
from merx_models.candidates import Candidates, CandidateSources, Shopper, quotas_of
from merx_models.product_index import ProductIndex
from merx_models.ranking_rows import RankingRows, padded

HISTORY_WIDTH = 32
"""Products of the history that rankers with attention read."""
Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Asked:
    """One list to draw up: for whom, on which page, and what was bought afterwards (rows of the index)."""

    profile: ProfileFeatures
    bought: Rows
    placement: str = "home"
    context: Rows = field(default_factory=lambda: np.empty(0, np.int32))


@dataclass(frozen=True)
class RankingSet:
    """`rows` of the lists of `profiles`, in their order; `bought` are all products bought, candidates or not."""

    rows: RankingRows
    profiles: tuple[str, ...]
    bought: tuple[Rows, ...]
    placements: tuple[str, ...]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        rows = self.rows
        lengths = np.array([len(each) for each in self.bought], np.int64)
        np.savez(
            folder / "rows.npz",
            features=rows.features,
            candidates=rows.candidates,
            labels=rows.labels,
            group=rows.group,
            histories=rows.histories,
            bought=np.concatenate([*self.bought, np.empty(0, np.int32)]),
            bought_lengths=lengths,
        )
        (folder / "lists.json").write_text(json.dumps({"profiles": self.profiles, "placements": self.placements}))

    @classmethod
    def load(cls, folder: Path) -> "RankingSet":
        with np.load(folder / "rows.npz") as stored:
            rows = RankingRows(
                stored["features"], stored["candidates"], stored["labels"], stored["group"], stored["histories"]
            )
            bought = np.split(stored["bought"], np.cumsum(stored["bought_lengths"])[:-1])
        lists = json.loads((folder / "lists.json").read_text())
        return cls(rows, tuple(lists["profiles"]), tuple(bought), tuple(lists["placements"]))


@dataclass(frozen=True)
class ListMaker:
    """Draws up lists as the service does: with the same sources, quotas and features, at `now` (epoch seconds)."""

    index: ProductIndex
    sources: CandidateSources
    columns: ProductColumns
    now: float
    size: int = 200

    def candidates(self, asked: Asked, rng: np.random.Generator) -> tuple[Candidates, NDArray[np.float32]]:
        """Candidates and their ranking features."""
        profile = asked.profile
        rows = self.index.rows(profile.history_ids)
        pair = PairInputs.of(profile, rows, asked.context, now=self.now)
        known = rows >= 0
        shopper = Shopper(
            history=rows[known],
            counts=profile.history_counts[known],
            ages_days=pair.history_ages_days[known],
            context=asked.context,
            segment=profile.segment,
        )
        quotas = {**quotas_of(asked.placement, size=self.size), "explore": 0}
        found = self.sources.candidates(shopper, quotas, rng=rng)
        features = ranking_matrix(
            profile, self.columns, found.rows, pair=pair, source_scores=found.source_scores, now=self.now
        )
        return found, features

    def history(self, profile: ProfileFeatures) -> NDArray[np.int64]:
        """The known part of a history, oldest first."""
        return self.index.history(profile.history_ids).astype(np.int64)


def make_set(maker: ListMaker, lists: Sequence[Asked], *, negatives: int | None = None, seed: int = 0) -> RankingSet:
    """Every list with its labels; at most `negatives` candidates that were not bought are kept of each, at random."""
    rng = np.random.default_rng(seed)
    features, candidates, labels, groups = [], [], [], []
    for group, asked in enumerate(lists):
        found, matrix = maker.candidates(asked, rng)
        label = np.isin(found.rows, asked.bought)
        kept = _sample(label, negatives, rng)
        features.append(matrix[kept])
        candidates.append(found.rows[kept].astype(np.int64))
        labels.append(label[kept].astype(np.float32))
        groups.append(np.full(len(kept), group, np.int64))
    rows = RankingRows(
        np.concatenate(features),
        np.concatenate(candidates),
        np.concatenate(labels),
        np.concatenate(groups),
        histories=padded([maker.history(asked.profile) for asked in lists], HISTORY_WIDTH),
    )
    return RankingSet(
        rows,
        tuple(asked.profile.profile_id for asked in lists),
        tuple(asked.bought for asked in lists),
        tuple(asked.placement for asked in lists),
    )


def joined(sets: Sequence[RankingSet]) -> RankingSet:
    """Several sets over one index as one, the lists of each after those of the one before."""
    starts = np.cumsum([0, *(len(each.profiles) for each in sets)])
    rows = RankingRows(
        np.concatenate([each.rows.features for each in sets]),
        np.concatenate([each.rows.candidates for each in sets]),
        np.concatenate([each.rows.labels for each in sets]),
        np.concatenate([each.rows.group + start for each, start in zip(sets, starts[:-1], strict=True)]),
        histories=np.concatenate([each.rows.histories for each in sets]),
    )
    return RankingSet(
        rows,
        tuple(profile for each in sets for profile in each.profiles),
        tuple(bought for each in sets for bought in each.bought),
        tuple(placement for each in sets for placement in each.placements),
    )


def moved(rows: RankingRows, old: ProductIndex, new: ProductIndex) -> RankingRows:
    """The same lists in the rows of another index; a product that it lacks becomes -1."""
    table = np.append(new.rows(old.ids), -1).astype(np.int64)
    return RankingRows(
        rows.features,
        table[rows.candidates],
        rows.labels,
        rows.group,
        histories=table[rows.histories],
        weights=rows.weights,
    )


def _sample(label: NDArray[np.bool_], negatives: int | None, rng: np.random.Generator) -> NDArray[np.intp]:
    """Positions of all that were bought and of some that were not, in order."""
    others = np.flatnonzero(~label)
    if negatives is None or len(others) <= negatives:
        return np.arange(len(label))
    return np.sort(np.concatenate([np.flatnonzero(label), rng.choice(others, negatives, replace=False)]))


def top_rows(ranked: RankingSet, scores: NDArray[np.float32], k: int) -> list[Rows]:
    """The `k` best candidates of every list by `scores`, ties in the order of the candidates."""
    bounds = np.searchsorted(ranked.rows.group, np.arange(len(ranked.profiles) + 1))
    best = []
    for start, stop in itertools.pairwise(bounds.tolist()):
        order = np.argsort(-scores[start:stop], kind="stable")[:k]
        best.append(ranked.rows.candidates[start:stop][order].astype(np.int32))
    return best
