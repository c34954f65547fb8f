"""Features between one shopper (or one page) and each candidate, by integer gathers only."""

from typing import Final

import numpy as np
import numpy.typing as npt

from merx_core.features.inputs import HABIT_HALF_LIFE_DAYS, Floats, Ints, Mask, PairInputs, ProductColumns
from merx_core.features.names import CONTEXT_RANKING_COLUMNS, PAIR_RANKING_COLUMNS, PRODUCT_COLUMNS

AFFINITY_HALF_LIFE_DAYS: Final = 42.0
MAX_DUE: Final = 5.0
"""A product five usual intervals overdue is forgotten, not wanted more: the ratio stops here."""
MAX_LOG_RATIO: Final = 3.0
MIN_HABIT: Final = 0.01
"""Less than this is left of all orders of somebody who has been away for years: no share of it means much."""

_PRICE: Final = PRODUCT_COLUMNS.index("usual_price")
_REPURCHASE: Final = PRODUCT_COLUMNS.index("repurchase_days")
_PAIR: Final = {name: position for position, name in enumerate(PAIR_RANKING_COLUMNS)}
_CONTEXT: Final = {name: position for position, name in enumerate(CONTEXT_RANKING_COLUMNS)}


def price_of(values: Floats) -> Floats:
    """Usual prices (minor units, NaN where unknown) out of gathered rows of `ProductColumns.values`."""
    prices: Floats = values[:, _PRICE]
    return prices


def recency(age_days: Floats, half_life_days: float) -> Floats:
    """Interest left after `age_days`: 1.0 today, 0.5 after one half-life; in (0, 1]."""
    left: Floats = np.exp2(age_days * np.float32(-1.0 / half_life_days))
    return left


def log_ratio(value: Floats, reference: Floats | np.float32) -> Floats:
    """log(value / reference), cut to +-3; NaN where either is missing or not positive."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.log(value / reference)
    ratio[np.isinf(ratio)] = np.nan
    cut: Floats = np.clip(ratio, -MAX_LOG_RATIO, MAX_LOG_RATIO)
    return cut


def due(age_days: Floats, interval_days: Floats) -> Floats:
    """Time since the last purchase in usual intervals: 1.0 is due now; in [0, 5], NaN where no interval is known.

    An interval below a day counts as a day.
    """
    return np.minimum(age_days / np.maximum(interval_days, np.float32(1.0)), np.float32(MAX_DUE))


def affinity(codes: Ints, weights: Floats, count: int) -> Floats:
    """Share of `weights` by code: [count + 1] in [0, 1], summing to one; the last entry, which code -1 reads, is 0."""
    sums = np.bincount(codes + 1, weights=weights, minlength=count + 1)
    sums[0] = 0.0
    shares = np.empty(count + 1, np.float32)
    shares[:-1], shares[-1] = sums[1:], 0.0
    total = shares.sum()
    return shares / total if total > 0 else shares


def pair_features(products: ProductColumns, rows: Ints, *, pair: PairInputs, prices: Floats, out: Floats) -> None:
    """Fill `out` [n, 10] as PAIR_RANKING_COLUMNS says, all but the last column (price position gap).

    Without history the counts and affinities are 0, and everything that is relative to a purchase is NaN.
    """
    at = _place(pair.history_rows, rows)
    counts = np.append(pair.history_counts, np.float32(0.0))
    ages = np.append(pair.history_ages_days, np.float32(np.nan))
    intervals = np.append(pair.history_intervals_days, np.float32(np.nan))[at]
    typical = products.values[rows, _REPURCHASE]
    bought, age = counts[at], ages[at]
    out[:, _PAIR["pair_times_bought"]] = np.log1p(bought)
    out[:, _PAIR["pair_days_since_bought"]] = np.log1p(age)
    faded = pair.history_weights if pair.history_weights.shape[0] else _unfaded(pair)
    habits = np.append(faded, np.float32(0.0))
    out[:, _PAIR["pair_share_of_history"]] = habits[at] / max(float(faded.sum()), MIN_HABIT)
    out[:, _PAIR["pair_due"]] = due(age, np.where(np.isnan(intervals), typical, intervals))
    _affinities(products, rows, pair=pair, out=out)
    _category_pairs(products, rows, pair=pair, prices=prices, out=out)


def _unfaded(pair: PairInputs) -> Floats:
    return pair.history_counts * recency(pair.history_ages_days, HABIT_HALF_LIFE_DAYS)


def _place(known: Ints, rows: Ints) -> npt.NDArray[np.intp]:
    """Position of each of `rows` in `known` (distinct); -1 where absent and for the unknown product."""
    if not known.shape[0]:
        return np.full(rows.shape[0], -1, np.intp)
    order = np.argsort(known)
    ranked = known[order]
    spot = np.minimum(np.searchsorted(ranked, rows), ranked.shape[0] - 1)
    return np.where((ranked[spot] == rows) & (rows >= 0), order[spot], -1)


def _affinities(products: ProductColumns, rows: Ints, *, pair: PairInputs, out: Floats) -> None:
    weights = pair.history_counts * recency(pair.history_ages_days, AFFINITY_HALF_LIFE_DAYS)
    history = pair.history_rows
    for name, codes, count in (
        ("pair_category_affinity", products.leaf, products.leaf_count),
        ("pair_department_affinity", products.department, products.department_count),
        ("pair_brand_affinity", products.brand, products.brand_count),
    ):
        out[:, _PAIR[name]] = affinity(codes[history], weights, count)[codes[rows]]


def _category_pairs(products: ProductColumns, rows: Ints, *, pair: PairInputs, prices: Floats, out: Floats) -> None:
    """Days since the last purchase in the candidate's leaf category, and its price against what is paid there."""
    count = products.leaf_count + 1
    bought_leaf, leaf = products.leaf[pair.history_rows], products.leaf[rows]
    youngest = np.full(count, np.inf, np.float32)
    np.minimum.at(youngest, bought_leaf, pair.history_ages_days)
    youngest[-1] = np.inf
    youngest[np.isinf(youngest)] = np.nan
    out[:, _PAIR["pair_days_since_category"]] = np.log1p(youngest[leaf])
    paid = products.values[pair.history_rows, _PRICE]
    priced = (paid > 0) & (bought_leaf >= 0)
    where, times = bought_leaf[priced], pair.history_counts[priced]
    totals = np.bincount(where, weights=times, minlength=count)
    logs = np.bincount(where, weights=times * np.log(paid[priced]), minlength=count)
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = np.exp(logs / totals).astype(np.float32)
    out[:, _PAIR["pair_price_to_usual"]] = log_ratio(prices, usual[leaf])


def context_features(products: ProductColumns, rows: Ints, *, pair: PairInputs, prices: Floats, out: Floats) -> None:
    """Fill `out` [n, 4] as CONTEXT_RANKING_COLUMNS says; all NaN where the page is about no known product."""
    context = pair.context_rows[pair.context_rows >= 0]
    if not context.shape[0]:
        out[:] = np.nan
        return
    out[:, _CONTEXT["context_same_category"]] = _shares_code(products.leaf, rows, context)
    out[:, _CONTEXT["context_same_department"]] = _shares_code(products.department, rows, context)
    shown = products.values[context, _PRICE]
    priced = shown[shown > 0]
    page = np.float32(np.exp(np.log(priced).mean())) if priced.shape[0] else np.float32(np.nan)
    out[:, _CONTEXT["context_price_ratio"]] = log_ratio(prices, page)
    out[:, _CONTEXT["context_together"]] = bought_together(products, rows, context)


def _shares_code(codes: Ints, rows: Ints, context: Ints) -> Mask:
    """Whether a candidate's code is the known code of any product of the page."""
    candidate, page = codes[rows], codes[context]
    shared: Mask = (candidate[:, None] == page[page >= 0][None, :]).any(axis=1)
    return shared


def bought_together(products: ProductColumns, rows: Ints, context: Ints) -> Floats:
    """Highest co-purchase cosine of each of `rows` with any of `context`; in [0, 1], 0 where never seen together."""
    partners = products.together[context].ravel()
    weights = products.together_weights[context].ravel()
    order = np.lexsort((weights, partners))
    ranked, best = partners[order], weights[order]
    spot = np.maximum(np.searchsorted(ranked, rows, side="right") - 1, 0)
    return np.where((ranked[spot] == rows) & (rows >= 0), best[spot], np.float32(0.0))
