"""What a shopper did: PROFILE_COLUMNS, segment, history and affinities, as of a cut-off."""

from dataclasses import dataclass

import numpy as np

from merx_core.features.inputs import HABIT_HALF_LIFE_DAYS, SECONDS_A_DAY, Doubles, Floats, Ints
from merx_core.features.names import MAX_HISTORY, PROFILE_COLUMNS, SEGMENTS, TOP_AFFINITIES, WINDOWS_DAYS
from merx_core.features.pairs import AFFINITY_HALF_LIFE_DAYS, recency
from merx_core.features.purchases import (
    Purchases,
    count,
    distinct,
    first_by,
    last_by,
    pair_keys,
    share,
    split_keys,
)

LOYAL_ORDERS, REGULAR_ORDERS, LAPSED_DAYS = 12, 4, 56.0


def activity(
    purchases: Purchases, *, leaf: Ints, price_position: Doubles, size: int, until: float
) -> dict[str, Doubles]:
    """PROFILE_COLUMNS of shoppers 0..size-1 from what happened before `until`; NaN where there is nothing to say.

    `leaf` and `price_position` are by product.
    """
    known, recent = purchases.before(until), purchases.window(WINDOWS_DAYS[-1], until)
    columns: dict[str, Doubles] = {}
    for days in WINDOWS_DAYS:
        part = purchases.window(days, until)
        columns[f"orders_{days}d"] = count(part.shopper, size, part.new_order)
        columns[f"items_{days}d"] = count(part.shopper, size, part.quantity)
        columns[f"spend_{days}d"] = count(part.shopper, size, part.quantity * part.unit_price)
    columns |= _rhythm(known, size, until)
    orders, items, spend = (columns[f"{name}_84d"] for name in ("orders", "items", "spend"))
    saved = count(recent.shopper, size, recent.quantity * recent.discount)
    sales = count(recent.shopper, size, recent.new_sale)
    repeats = count(recent.shopper, size, recent.new_sale & ~np.isnan(recent.gap_days))
    columns["basket_items"] = share(items, orders)
    columns["basket_spend"] = share(spend, orders)
    columns["distinct_products_84d"] = distinct(recent.shopper, recent.product, size)
    columns["distinct_categories_84d"] = distinct(recent.shopper, leaf[recent.product], size)
    columns["discount_share_84d"] = share(saved, spend + saved)
    columns["price_position_84d"] = mean_position(recent.shopper, price_position[recent.product], size)
    columns["repeat_share_84d"] = share(repeats, sales)
    columns["unit_price_84d"] = share(spend, items)
    return {name: columns[name] for name in PROFILE_COLUMNS}


def _rhythm(known: Purchases, size: int, until: float) -> dict[str, Doubles]:
    orders = count(known.shopper, size, known.new_order)
    first = first_by(known.shopper, known.time, size)
    last = last_by(known.shopper, known.time, size)
    return {
        "days_since_order": (until - last) / SECONDS_A_DAY,
        "order_interval_days": share((last - first) / SECONDS_A_DAY, orders - 1),
        "tenure_days": (until - first) / SECONDS_A_DAY,
    }


def mean_position(owner: Ints, positions: Doubles, size: int) -> Doubles:
    """Mean of the known positions of each owner, in [0, 1]: 0 buys the cheapest of each category, 1 the dearest."""
    known = ~np.isnan(positions)
    return share(count(owner[known], size, positions[known]), count(owner[known], size))


def segments(orders_84d: Doubles, days_since_order: Doubles) -> Ints:
    """Index into SEGMENTS by recency and frequency: never bought is new, eight weeks without an order is lapsed."""
    code = np.full(orders_84d.shape, SEGMENTS.index("occasional"), np.int32)
    code[orders_84d >= REGULAR_ORDERS] = SEGMENTS.index("regular")
    code[orders_84d >= LOYAL_ORDERS] = SEGMENTS.index("loyal")
    code[days_since_order > LAPSED_DAYS] = SEGMENTS.index("lapsed")
    code[np.isnan(days_since_order)] = SEGMENTS.index("new")
    return code


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Distinct products by shopper: rows grouped by shopper, and within one the product bought longest ago first.

    `times` are epoch seconds of the last purchase, `counts` orders, `intervals` mean days between them (NaN after one),
    `weights` the orders faded to the cut-off: one of HABIT_HALF_LIFE_DAYS ago counts half.
    """

    shopper: Ints
    product: Ints
    times: Doubles
    counts: Ints
    intervals: Floats
    weights: Floats


def histories(purchases: Purchases, *, until: float, longest: int = MAX_HISTORY) -> Histories:
    """What each shopper had bought before `until`: of each at most the `longest` products bought last."""
    known = purchases.before(until)
    sale = known.new_sale
    keys, first, place, counts = np.unique(
        pair_keys(known.shopper[sale], known.product[sale]), return_index=True, return_inverse=True, return_counts=True
    )
    faded = np.exp2((known.time[sale] - until) / (SECONDS_A_DAY * HABIT_HALF_LIFE_DAYS))
    weights = np.bincount(place, weights=faded, minlength=keys.shape[0])
    times = known.time[sale]
    # The keys are sorted, so that a second look from the other end finds the last purchase of each.
    reversed_first = np.unique(pair_keys(known.shopper[sale], known.product[sale])[::-1], return_index=True)[1]
    earliest, latest = times[first], times[::-1][reversed_first]
    shopper, product = split_keys(keys)
    order = np.lexsort((product, latest, shopper))
    kept = order[_places_from_end(shopper[order]) < longest]
    spans = share((latest - earliest) / SECONDS_A_DAY, (counts - 1).astype(np.float64))
    return Histories(
        shopper=shopper[kept],
        product=product[kept],
        times=latest[kept],
        counts=counts[kept].astype(np.int32),
        intervals=spans[kept].astype(np.float32),
        weights=weights[kept].astype(np.float32),
    )


def _places_from_end(groups: Ints) -> Ints:
    """Of each row its distance to the last row of its group; rows of a group are adjacent."""
    size = groups.shape[0]
    last = np.flatnonzero(np.append(groups[1:] != groups[:-1], True)) if size else np.empty(0, np.intp)
    lengths = np.diff(last, prepend=-1)
    places: Ints = (np.repeat(last, lengths) - np.arange(size)).astype(np.int32)
    return places


@dataclass(frozen=True, slots=True, eq=False)
class Affinities:
    """Rows grouped by shopper, the strongest first; weights are shares of the whole history, in (0, 1]."""

    shopper: Ints
    code: Ints
    weights: Floats


def top_affinities(history: Histories, codes: Ints, *, until: float, top: int = TOP_AFFINITIES) -> Affinities:
    """The codes (leaf category or brand, by product) that weigh most in each shopper's history."""
    code = codes[history.product]
    known = code >= 0
    ages = ((until - history.times[known]) / SECONDS_A_DAY).astype(np.float32)
    weights = history.counts[known] * recency(ages, AFFINITY_HALF_LIFE_DAYS).astype(np.float64)
    keys, place = np.unique(pair_keys(history.shopper[known], code[known]), return_inverse=True)
    sums = np.bincount(place, weights=weights, minlength=keys.shape[0]).astype(np.float64)
    shopper, thing = split_keys(keys)
    totals = count(shopper, int(shopper.max(initial=-1)) + 1, sums)
    shares = sums / totals[shopper]
    order = np.lexsort((-thing, shares, shopper))
    best = order[_places_from_end(shopper[order]) < top][::-1]
    best = best[np.argsort(shopper[best], kind="stable")]
    return Affinities(shopper=shopper[best], code=thing[best], weights=shares[best].astype(np.float32))
