"""What past sales say about demand: empty shelves made good, trailing statistics, levels of products without a past.

All values are log1p of units. Nothing that is computed for an origin reads a later column.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx

from merx_models.demand.sales import Doubles, Flags, Ints, SalesTable

PRIOR_PERIODS = 1.0
"""How many periods of own history the level of its relatives weighs."""


def demand_history(table: SalesTable, *, window: int = 26, spread: float = 0.3) -> Doubles:
    """log1p of demand [S, T]: sales where the shelf was full, else what a normal demand above them expects.

    A column with an empty shelf gets E[d | d > sold] for d normal with the mean and deviation (`spread` at least) of
    the series' last `window` uncensored columns before it (Tobin 1958, one-sided), so never less than was sold, and
    NaN where there is no such column.
    """
    logged = np.log1p(table.sold)
    known = np.where(table.empty_shelf, np.nan, logged)
    if not (table.empty_shelf & np.isfinite(logged)).any():
        return np.asarray(known, dtype=np.float64)
    past = Trailing(known)
    for column in np.flatnonzero(table.empty_shelf.any(axis=0)).tolist():
        rows = np.flatnonzero(table.empty_shelf[:, column] & np.isfinite(logged[:, column]))
        mean, deviation = past.mean(column - 1, window)[rows], past.deviation(column - 1, window)[rows]
        deviation = np.maximum(np.nan_to_num(deviation), spread)
        known[rows, column] = mean + deviation * _hazard((logged[rows, column] - mean) / deviation)
    return np.asarray(known, dtype=np.float64)


def _hazard(at: Doubles) -> Doubles:
    """Density over upper tail of the standard normal, also far out."""
    return np.asarray(np.sqrt(2.0 / np.pi) / erfcx(np.clip(at, -30.0, 1e8) / np.sqrt(2.0)), dtype=np.float64)


class Trailing:
    """Statistics of `values` [S, T] over windows that end at a column (before the first: NaN)."""

    def __init__(self, values: Doubles) -> None:
        self.values = values
        known = np.isfinite(values)
        filled = np.where(known, values, 0.0)
        self._counts = _cumulated(known.astype(np.float64))
        self._sums = _cumulated(filled)
        self._squares = _cumulated(filled**2)

    def count(self, end: int, window: int) -> Doubles:
        return self._between(self._counts, end, window)

    def mean(self, end: int, window: int) -> Doubles:
        count = self.count(end, window)
        out = np.full(len(count), np.nan)
        np.divide(self._between(self._sums, end, window), count, out=out, where=count > 0)
        return out

    def deviation(self, end: int, window: int) -> Doubles:
        """Around the window's mean; NaN below two values."""
        count, mean = self.count(end, window), self.mean(end, window)
        out = np.full(len(count), np.nan)
        np.divide(self._between(self._squares, end, window), count, out=out, where=count > 1)
        return np.asarray(np.sqrt(np.maximum(out - mean**2, 0.0)), dtype=np.float64)

    def extreme(self, end: int, window: int, which: Any) -> Doubles:
        """`which` is np.fmin or np.fmax."""
        start = max(0, end + 1 - window)
        if end < start:
            return np.full(len(self.values), np.nan)
        return np.asarray(which.reduce(self.values[:, start : end + 1], axis=1), dtype=np.float64)

    def at(self, column: int) -> Doubles:
        return self.values[:, column] if column >= 0 else np.full(len(self.values), np.nan)

    def _between(self, sums: Doubles, end: int, window: int) -> Doubles:
        stop = max(end + 1, 0)
        return np.asarray(sums[:, stop] - sums[:, max(0, stop - window)], dtype=np.float64)


def _cumulated(values: Doubles) -> Doubles:
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def mean_of_others(values: Doubles, group: Ints) -> Doubles:
    """For each entry the mean of the other known values of its group; NaN where there is none."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    size = int(group.max(initial=-1)) + 1
    total = np.bincount(group, filled, size)[group] - filled
    count = np.bincount(group, known, size)[group] - known
    out = np.full(len(values), np.nan)
    np.divide(total, count, out=out, where=count > 0)
    return out


def paired(first: Ints, second: Ints) -> Ints:
    """One code for each pair of codes."""
    joined = first * (int(second.max(initial=0)) + 1) + second
    return np.asarray(np.unique(joined, return_inverse=True)[1], dtype=np.int64)


def first_known(*candidates: Doubles) -> Doubles:
    out = candidates[0].copy()
    for candidate in candidates[1:]:
        out = np.where(np.isfinite(out), out, candidate)
    return out


def relatives_levels(levels: Doubles, table: SalesTable) -> tuple[Doubles, Doubles]:
    """What to expect of a series without a past, from the levels [S] of the others; NaN where nobody else sold.

    First for a product that other stores know: its mean there, moved by how this store's other products stand to the
    mean of all. Second for a product that is new everywhere: its category in this store, else anywhere, else all; its
    own levels in other stores are left out.
    """
    product, store, category = (table.code(name) for name in ("product", "store", "category"))
    overall = mean_of_others(levels, np.zeros(len(levels), dtype=np.int64))
    shop = np.nan_to_num(mean_of_others(levels, store) - overall)
    in_store = mean_of_others(levels, paired(category, store))
    anywhere = _mean_of_other_products(levels, category, product)
    new = first_known(in_store, anywhere + shop, overall)
    return first_known(mean_of_others(levels, product) + shop, new), new


def _mean_of_other_products(levels: Doubles, category: Ints, product: Ints) -> Doubles:
    known: Flags = np.isfinite(levels)
    filled = np.where(known, levels, 0.0)
    both = paired(category, product)

    def summed(values: NDArray[Any]) -> Doubles:
        whole = np.bincount(category, values)[category] - np.bincount(both, values)[both]
        return np.asarray(whole, dtype=np.float64)

    out = np.full(len(levels), np.nan)
    count = summed(known)
    np.divide(summed(filled), count, out=out, where=count > 0)
    return out
