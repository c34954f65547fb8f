"""Cross-price elasticity between close substitutes: what a product sells more when another's price goes up.

The same model with the others' prices as further treatments, each partialled out from the rest. Most pairs are no
substitutes, so pairs are sorted first and then pooled, those found and the rest apart: one normal law for both would
pull the few true ones to zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from merx_models.elasticity.estimation import Estimate, EstimationSettings, Z, final_stage
from merx_models.elasticity.history import Doubles, Ints, PriceHistory, codes, within
from merx_models.elasticity.nuisances import PENALTIES, Rows, best, cross_fitted, folds_of, standard
from merx_models.elasticity.pooling import pool

FEWEST_BELOW = 20


@dataclass(frozen=True, slots=True)
class Cross:
    """% units of `product` for 1 % price of `other`: pooled mean with a 95 % interval; `substitute` where the pair's
    own estimate is above zero, at a false discovery rate of 5 % over all pairs (Benjamini & Hochberg 1995)."""

    product: str
    other: str
    mean: float
    low: float
    high: float
    substitute: bool


def cross_elasticities(
    history: PriceHistory,
    *,
    substitutes: Mapping[str, Sequence[str]] | None = None,
    most: int = 6,
    settings: EstimationSettings | None = None,
) -> list[Cross]:
    """Of every product with each of its `substitutes`: those named, else the `most` of its category that are nearest in
    price. Pairs that are not sold in the same stores and periods often enough are left out."""
    chosen = settings or EstimationSettings()
    named = substitutes if substitutes is not None else nearest(history, most)
    category = dict(zip(history.product.tolist(), history.category.tolist(), strict=True))
    unknown = sorted({name for product, others in named.items() for name in (product, *others)} - set(category))
    if unknown:
        raise ValueError(f"no rows of {unknown[:5]}")
    market = _Market(history)
    found: dict[tuple[str, str], Estimate] = {}
    for product, others in sorted(named.items()):
        for other, estimate in _with_others(market, product, list(others), chosen).items():
            found[product, other] = estimate
    if not found:
        return []
    pairs, own = list(found), honest(list(found.values()))
    chance = np.array([1 - NormalDist().cdf(estimate.mean / estimate.se) for estimate in own])
    hits = discovered(chance)
    crosses: list[Cross] = []
    for hit in (True, False):
        numbers = np.flatnonzero(hits == hit)
        places = [(category[pairs[number][0]], "\t".join(pairs[number]), "") for number in numbers]
        if places:
            pooled = pool(places, {place[1:]: own[number] for place, number in zip(places, numbers, strict=True)})
            for number, mean, sd in zip(numbers, pooled.mean, pooled.sd, strict=True):
                low, high = float(mean - Z * sd), float(mean + Z * sd)
                crosses.append(Cross(*pairs[number], mean=float(mean), low=low, high=high, substitute=hit))
    return sorted(crosses, key=lambda cross: (cross.product, cross.other))


def honest(estimates: list[Estimate]) -> list[Estimate]:
    """Estimates with errors as large as they prove to be: no substitute pulls below zero, so what lies there is noise
    (an empirical null, Efron 2004). As they are where fewer than `FEWEST_BELOW` lie there."""
    scores = np.array([estimate.mean / estimate.se for estimate in estimates])
    below = scores[scores < 0]
    scale = max(1.0, float(np.sqrt(np.mean(below**2)))) if len(below) >= FEWEST_BELOW else 1.0
    return [replace(estimate, se=estimate.se * scale) for estimate in estimates]


def nearest(history: PriceHistory, most: int) -> dict[str, list[str]]:
    """For every product the `most` others of its category whose mean log price is nearest."""
    names, place = np.unique(history.product, return_inverse=True)
    price = np.bincount(place, weights=history.log_price) / np.bincount(place)
    category = dict(zip(history.product.tolist(), history.category.tolist(), strict=True))
    chosen: dict[str, list[str]] = {}
    for number, name in enumerate(names.tolist()):
        order = np.argsort(np.abs(price - price[number]), kind="stable")
        alike = [
            str(names[other]) for other in order if other != number and category[str(names[other])] == category[name]
        ]
        chosen[name] = alike[:most]
    return chosen


def discovered(chances: Doubles, rate: float = 0.05) -> NDArray[np.bool_]:
    """Which of the p-values are discoveries at a false discovery rate (Benjamini & Hochberg 1995)."""
    order = np.argsort(chances)
    under = chances[order] <= rate * np.arange(1, len(chances) + 1) / len(chances)
    last = int(np.flatnonzero(under).max(initial=-1))
    hits = np.zeros(len(chances), bool)
    hits[order[: last + 1]] = True
    return hits


class _Market:
    """A history with the log price of every product by store and period."""

    def __init__(self, history: PriceHistory) -> None:
        self.history = history
        self.moment = codes(history.store, history.time)
        self.rows = {name: np.flatnonzero(history.product == name) for name in np.unique(history.product).tolist()}

    def price(self, product: str, moments: Rows) -> Doubles:
        """Mean log price of `product` at the moments, NaN where it was not sold."""
        rows = self.rows[product]
        size = int(self.moment.max()) + 1
        count = np.bincount(self.moment[rows], minlength=size)
        total = np.bincount(self.moment[rows], weights=self.history.log_price[rows], minlength=size)
        mean = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
        return np.asarray(mean[moments])


def _with_others(market: _Market, product: str, others: list[str], settings: EstimationSettings) -> dict[str, Estimate]:
    """Estimates of those of `others` whose price moves, where enough rows know all of them."""
    rows = market.rows[product]
    prices = {other: market.price(other, market.moment[rows]) for other in others}
    prices = {other: price for other, price in prices.items() if np.isfinite(price).mean() > 0.5}
    if not prices:
        return {}
    known = np.isfinite(np.stack(list(prices.values()))).all(axis=0)
    if known.sum() < settings.fewest_rows:
        return {}
    history = market.history.take(rows[known])
    fold = folds_of(history.time, settings.folds)
    if len(np.unique(history.time)) < settings.fewest_periods or len(np.unique(fold)) < 2:
        return {}
    moved = {other: within(price[known], history.series) for other, price in prices.items()}
    moved = {other: price for other, price in moved.items() if price.std() >= settings.least_spread}
    return {other: _estimate(history, moved, other, (fold, settings)) for other in moved}


def _estimate(
    history: PriceHistory, moved: Mapping[str, Doubles], other: str, how: tuple[Ints, EstimationSettings]
) -> Estimate:
    """Of the price of `other`; the product's own price and those of the rest are controls."""
    fold, settings = how
    series = history.series
    rest = [price for name, price in moved.items() if name != other]
    known = within(np.column_stack([history.log_price, history.design, *rest]), series)
    outcomes = np.column_stack([within(history.log_units, series), moved[other]])
    left = outcomes - best(outcomes, cross_fitted(standard(known), outcomes, fold, PENALTIES))
    return final_stage(left[:, 0], left[:, 1], history.time, lasting=settings.lasting)
