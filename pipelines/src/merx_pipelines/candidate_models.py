"""Fits every source of candidates on what happened before a cut-off."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from merx_core.features.activity import segments
from merx_core.features.inputs import SECONDS_A_DAY
from merx_core.features.names import SEGMENTS, WINDOWS_DAYS
from merx_core.features.purchases import count, last_by
from merx_models.candidates import CandidateSources, ExploringModel, HistoryModel, SegmentModel
from merx_models.linear import LinearScorer
from merx_models.product_index import ProductIndex
from merx_pipelines.profiles import TrainingProfile
from merx_pipelines.steps.shop_arrays import ShopArrays
from merx_pipelines.trails import Trails, trails_before

ORDER_LINES = 60
"""Of a longer order only this many lines count as bought together: pairs grow with the square."""
NEW_SALES, NEW_DAYS = 10, 60.0
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Past:
    """What the models of one cut-off (epoch seconds) learn from."""

    shop: ShopArrays
    index: ProductIndex
    until: float
    trails: Trails

    @classmethod
    def before(cls, shop: ShopArrays, index: ProductIndex, until: float, *, profile: TrainingProfile) -> "Past":
        return cls(shop, index, until, trails_before(shop, index, until, days=profile.history_days))


def fit_sources(
    past: Past, profile: TrainingProfile, *, texts: Path, seed: int = 0, progress: Progress = lambda _: None
) -> CandidateSources:
    """Every source of candidates. `texts` is the folder that keeps encoded titles for the next fit."""
    histories: dict[str, HistoryModel] = {}
    progress("candidates: neighbours")
    histories["neighbours"] = fit_neighbours(past, profile)
    progress("candidates: sequence")
    histories["sequence"] = _sequence(past, profile, seed)
    progress("candidates: graph")
    histories["graph"] = _graph(past, profile, seed)
    progress("candidates: content")
    histories["content"] = _content(past, profile, texts)
    progress("candidates: popularity and exploration")
    return CandidateSources(histories, popular=_popularity(past), explore=_exploration(past, seed))


def fit_neighbours(past: Past, profile: TrainingProfile) -> LinearScorer:
    """Products of the same orders and of the orders after: the baseline that no model may fall below."""
    from merx_models.linear import keep_strongest
    from merx_models.neighbours import TransitionSettings, fit_cosine, fit_transitions

    recent = past.trails.since(profile.order_days)
    orders = [order[:ORDER_LINES] for order in recent.orders() if len(order) > 1]
    histories = [history for history in past.trails.histories(profile.trail) if len(history)]
    size = len(past.index)
    together = fit_cosine(orders, size).weights
    after = fit_transitions(histories, size, settings=TransitionSettings(lags=10)).weights
    weights = 0.5 * _unit(together) + 0.5 * _unit(after)
    return LinearScorer(keep_strongest(weights.tocsr(), 200), decay=0.98, length=100, half_life_days=45.0)


def segment_names(past: Past) -> NDArray[np.str_]:
    """The segment of every shopper of the trails at the cut-off."""
    size = len(past.trails.profile_ids)
    known = past.shop.purchases.before(past.until)
    recent = past.shop.purchases.window(WINDOWS_DAYS[-1], past.until)
    days = (past.until - last_by(known.shopper, known.time, size)) / SECONDS_A_DAY
    return np.asarray(SEGMENTS)[segments(count(recent.shopper, size, recent.new_order), days)]


def _sequence(past: Past, profile: TrainingProfile, seed: int) -> HistoryModel:
    """A Transformer over stretches of each trail: it reads no further back than one stretch anyway."""
    from merx_models.sequence import SequenceModel, SequenceSettings

    settings = SequenceSettings(epochs=profile.sequence_epochs, seed=seed, threads=profile.threads)
    stretches = [
        history[max(0, end - settings.length - 1) : end]
        for history in past.trails.histories(profile.trail)
        for end in range(len(history), 1, -settings.length)
    ]
    return SequenceModel.fit([each for each in stretches if len(each) > 1], len(past.index), settings=settings)


def _graph(past: Past, profile: TrainingProfile, seed: int) -> HistoryModel:
    """Shoppers, products, and the leaf, department and brand of each product."""
    import pandas as pd

    from merx_models.attributes import attribute_matrix
    from merx_models.graph import GraphModel, GraphSettings

    listed = past.shop.catalogue.drop_duplicates("product_id").set_index("product_id").loc[list(past.index.ids)]
    named = pd.concat([name + ":" + listed[name].astype(str) for name in ("leaf", "department", "brand")])
    codes = pd.factorize(named)[0].reshape(3, len(listed)).T
    settings = GraphSettings(steps=profile.graph_steps, seed=seed, threads=profile.threads)
    histories = [history for history in past.trails.histories(profile.trail) if len(history)]
    return GraphModel.fit(histories, len(past.index), labels=attribute_matrix(codes.tolist()), settings=settings)


def _content(past: Past, profile: TrainingProfile, texts: Path) -> HistoryModel:
    from merx_models.content import ContentModel, ContentSettings, Texts
    from merx_pipelines.encoded_texts import RememberedTexts

    listed = past.shop.catalogue.drop_duplicates("product_id").set_index("product_id").loc[list(past.index.ids)]
    described = (listed["title"] + " " + listed["category"].str.replace(" > ", " ")).tolist()
    sold = np.bincount(past.trails.row, minlength=len(past.index)).astype(np.float64)
    settings = ContentSettings(encoded=profile.encoded_texts)
    return ContentModel.fit(Texts(described, sold + 1.0), RememberedTexts(texts), settings=settings)


def _popularity(past: Past) -> SegmentModel:
    from merx_models.popularity import Popularity, Sales

    trails = past.trails
    sales = Sales(trails.row, trails.age_days, segment_names(past)[trails.shopper])
    return Popularity.fit(sales, len(past.index))


def _exploration(past: Past, seed: int) -> ExploringModel:
    from merx_models.exploration import Arms, Thompson, ThompsonSettings, new_products

    size = len(past.index)
    sold = np.bincount(past.trails.row, minlength=size)
    first_seen = np.zeros(size, np.float32)
    np.maximum.at(first_seen, past.trails.row, past.trails.age_days)
    rows = new_products(sold, first_seen, max_sales=NEW_SALES, max_age_days=NEW_DAYS)
    nothing = np.zeros(len(rows))
    return Thompson.fit(Arms(rows, nothing, nothing), settings=ThompsonSettings(seed=seed))


def _unit(weights: Any) -> Any:
    """A sparse matrix scaled to a mean sum of one per row."""
    total = weights.sum()
    return weights * (weights.shape[0] / total) if total > 0 else weights
