"""The rankers that compete in a training run, each behind the same call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from merx_models.product_index import ProductIndex
from merx_models.ranking_rows import Floats, RankingRows
from merx_pipelines.profiles import TrainingProfile
from merx_pipelines.ranking_metrics import Scores, score_lists
from merx_pipelines.ranking_sets import RankingSet, top_rows

Ints = NDArray[np.int64]


class Trained(Protocol):
    """What every ranker class offers after fitting."""

    def predict(self, rows: RankingRows) -> Floats: ...

    def save(self, folder: Path) -> None: ...


@dataclass(frozen=True)
class Contest:
    """What every ranker is given. `attributes` are codes by product row, one code space over all columns."""

    profile: TrainingProfile
    attributes: Ints
    seed: int = 0


Fit = Callable[[RankingRows, RankingRows, Contest], Trained]


def boosting(rows: RankingRows, validation: RankingRows, contest: Contest) -> Trained:
    from merx_models.boosting import Boosting, BoostingSettings

    profile = contest.profile
    settings = BoostingSettings(
        rounds=profile.boosting_rounds,
        rate=profile.boosting_rate,
        leaves=profile.boosting_leaves,
        threads=profile.threads,
    )
    return Boosting.fit(rows, validation, settings=settings, seed=contest.seed)


def din(rows: RankingRows, validation: RankingRows, contest: Contest) -> Trained:
    from merx_models.din import Din
    from merx_models.neural_ranker import Items, NeuralSettings

    settings = NeuralSettings(epochs=contest.profile.neural_epochs, threads=contest.profile.threads)
    items = Items(len(contest.attributes), contest.attributes)
    return Din.fit(some_lists(rows, contest), validation, items, settings=settings, seed=contest.seed)


def wide_deep(rows: RankingRows, validation: RankingRows, contest: Contest) -> Trained:
    from merx_models.neural_ranker import Items, NeuralSettings
    from merx_models.wide_deep import WideDeep

    settings = NeuralSettings(epochs=contest.profile.neural_epochs, threads=contest.profile.threads)
    items = Items(len(contest.attributes), contest.attributes)
    return WideDeep.fit(some_lists(rows, contest), validation, items, settings=settings, seed=contest.seed)


def some_lists(rows: RankingRows, contest: Contest) -> RankingRows:
    """The rows of at most `neural_lists` lists, drawn at random."""
    lists = np.unique(rows.group)
    if len(lists) <= contest.profile.neural_lists:
        return rows
    drawn = np.random.default_rng(contest.seed).choice(lists, contest.profile.neural_lists, replace=False)
    return rows.take(np.flatnonzero(np.isin(rows.group, drawn)))


def neighbours(rows: RankingRows, validation: RankingRows, contest: Contest) -> Trained:  # noqa: ARG001 - one call for all
    """The order of the neighbours, the gate's baseline: the best there is for a shop too small to learn from."""
    from merx_pipelines.source_order import SourceOrder

    return SourceOrder.fit(rows, validation, "neighbours")


RANKERS: Mapping[str, Fit] = {"neighbours": neighbours, "boosting": boosting, "din": din, "wide_deep": wide_deep}


def list_scores(ranked: RankingSet, scores: Floats, k: int = 10) -> Scores:
    """Recall and NDCG at `k` of every list with a purchase, against all that was bought of the index."""
    wanted = [frozenset(bought.tolist()) for bought in ranked.bought]
    lists = [best.tolist() for best in top_rows(ranked, scores, k)]
    kept = [number for number, bought in enumerate(wanted) if bought]
    return score_lists([lists[number] for number in kept], [wanted[number] for number in kept], k)


def shared_codes(codes: Mapping[str, NDArray[np.generic]], index: ProductIndex) -> Ints:
    """The attributes of the products as one table of codes, [P, attributes], each attribute in a range of its own."""
    columns, first = [], 0
    for name in sorted(codes):
        code = codes[name].astype(np.int64)
        columns.append(np.where(code >= 0, code + first, -1))
        first += int(code.max(initial=-1)) + 1
    return np.stack(columns, axis=1) if columns else np.full((len(index), 1), -1, np.int64)
