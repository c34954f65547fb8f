"""How a product sells and what it costs: POPULARITY_COLUMNS and PRICE_COLUMNS, as of a cut-off."""

import numpy as np

from merx_core.features.inputs import SECONDS_A_DAY, Doubles, Ints
from merx_core.features.names import POPULARITY_COLUMNS, PRICE_COLUMNS, WINDOWS_DAYS
from merx_core.features.purchases import Purchases, count, distinct, first_by, last_by, share

TREND_PRIOR = 2.0
"""Imagined sales on both sides of a trend, so that one sale of a rare product is no boom."""
REPEAT_PRIOR = 5.0
MIN_GAPS = 3


def popularity(purchases: Purchases, *, leaf: Ints, until: float) -> dict[str, Doubles]:
    """POPULARITY_COLUMNS of all products (`leaf` has one code each) from what happened before `until`."""
    size = leaf.shape[0]
    known, recent = purchases.before(until), purchases.window(WINDOWS_DAYS[-1], until)
    columns: dict[str, Doubles] = {}
    for days in WINDOWS_DAYS:
        part = purchases.window(days, until)
        columns[f"sales_{days}d"] = count(part.product, size, part.new_sale)
        if days > WINDOWS_DAYS[0]:
            columns[f"buyers_{days}d"] = distinct(part.product, part.shopper, size)
    week, month, quarter = (columns[f"sales_{days}d"] for days in WINDOWS_DAYS)
    repeats = count(recent.product, size, recent.new_sale & ~np.isnan(recent.gap_days))
    columns["units_84d"] = count(recent.product, size, recent.quantity)
    columns["revenue_84d"] = count(recent.product, size, recent.quantity * recent.unit_price)
    columns["trend_7d"] = trend(week, month, 7 / 28)
    columns["trend_28d"] = trend(month, quarter, 28 / 84)
    columns["repeat_rate_84d"] = smoothed_share(repeats, quarter)
    columns["repurchase_days"] = _mean_gap(known, size)
    columns["leaf_share_84d"] = share_of_group(quarter, leaf)
    columns["on_sale_days"] = (until - first_by(known.product, known.time, size)) / SECONDS_A_DAY
    return {name: columns[name] for name in POPULARITY_COLUMNS}


def trend(recent: Doubles, longer: Doubles, fraction: float, prior: float = TREND_PRIOR) -> Doubles:
    """Logarithm of recent sales over those the longer window, `fraction` of which is recent, promised; 0 is steady."""
    grown: Doubles = np.log((recent + prior) / (longer * fraction + prior))
    return grown


def smoothed_share(part: Doubles, whole: Doubles, prior: float = REPEAT_PRIOR) -> Doubles:
    """The share drawn towards the overall share by `prior` imagined cases; NaN where nothing happened at all."""
    total = float(whole.sum())
    overall = float(part.sum()) / total if total > 0 else np.nan
    drawn: Doubles = (part + prior * overall) / (whole + prior)
    return drawn


def share_of_group(values: Doubles, group: Ints) -> Doubles:
    """Each value as a share of its group's sum; NaN where the group is unknown (-1) or sums to nothing."""
    known = group >= 0
    totals = count(group[known], int(group.max(initial=-1)) + 1, values[known])
    out = np.full(values.shape, np.nan)
    out[known] = share(values[known], totals[group[known]])
    return out


def prices(purchases: Purchases, *, leaf: Ints, catalogue_price: Doubles, until: float) -> dict[str, Doubles]:
    """PRICE_COLUMNS of all products from what was paid before `until`.

    The usual price is the median paid in twelve weeks, else what was paid last, else `catalogue_price` (NaN: unknown).
    """
    size = leaf.shape[0]
    known, recent = purchases.before(until), purchases.window(WINDOWS_DAYS[-1], until)
    usual = median_by(recent.product, recent.unit_price, size)
    for fallback in (last_by(known.product, known.unit_price, size), catalogue_price):
        usual = np.where(np.isnan(usual), fallback, usual)
    full = recent.unit_price + recent.discount
    lines = count(recent.product, size)
    columns = {
        "usual_price": usual,
        "lowest_price_84d": lowest_by(recent.product, recent.unit_price, size),
        "discount_84d": share(count(recent.product, size, recent.discount), count(recent.product, size, full)),
        "discount_frequency_84d": share(count(recent.product, size, recent.discount > 0), lines),
        "price_position": position_in_group(usual, leaf),
    }
    return {name: columns[name] for name in PRICE_COLUMNS}


def median_by(codes: Ints, values: Doubles, size: int) -> Doubles:
    """Median of each code's values (the mean of the middle two), NaN for a code without one."""
    order = np.lexsort((values, codes))
    ranked = values[order]
    counts = np.bincount(codes, minlength=size)
    start = np.cumsum(counts) - counts
    out = np.full(size, np.nan)
    there = counts > 0
    low = start[there] + (counts[there] - 1) // 2
    high = start[there] + counts[there] // 2
    out[there] = (ranked[low] + ranked[high]) / 2
    return out


def lowest_by(codes: Ints, values: Doubles, size: int) -> Doubles:
    """Smallest of each code's values, NaN for a code without one."""
    out = np.full(size, np.inf)
    np.minimum.at(out, codes, values)
    out[np.isinf(out)] = np.nan
    return out


def position_in_group(values: Doubles, group: Ints) -> Doubles:
    """Where a value stands among those of its group, in [0, 1]: 0 lowest, 1 highest, ties in the middle, alone 0.5.

    NaN where the value or the group (-1) is unknown.
    """
    out = np.full(values.shape, np.nan)
    rows = np.flatnonzero(~np.isnan(values) & (group >= 0))
    order = rows[np.lexsort((values[rows], group[rows]))]
    groups, ranked = group[order], values[order]
    sizes = np.bincount(groups)
    start = (np.cumsum(sizes) - sizes)[groups]
    tied = np.cumsum(np.append(True, (groups[1:] != groups[:-1]) | (ranked[1:] != ranked[:-1]))) - 1
    places = np.arange(order.shape[0]) - start
    middle = np.bincount(tied[: order.shape[0]], weights=places) / np.bincount(tied[: order.shape[0]])
    others = np.maximum(sizes[groups] - 1, 1)
    out[order] = np.where(sizes[groups] > 1, middle[tied[: order.shape[0]]] / others, 0.5)
    return out


def _mean_gap(known: Purchases, size: int) -> Doubles:
    """Mean days between one shopper's orders of a product, NaN below MIN_GAPS of them."""
    seen = ~np.isnan(known.gap_days)
    gaps = count(known.product[seen], size)
    mean = share(count(known.product[seen], size, known.gap_days[seen]), gaps)
    mean[gaps < MIN_GAPS] = np.nan
    return mean
