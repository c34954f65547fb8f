"""Forecasts as nine quantiles: the levels, their loss, and the one number that a loss asks for."""

from typing import Literal

import numpy as np
from scipy.special import ndtri

from merx_models.demand.sales import Doubles

LEVELS: Doubles = np.arange(1, 10) / 10.0
MEDIAN = 4
SCORES: Doubles = np.asarray(ndtri(LEVELS), dtype=np.float64)
"""Standard normal quantiles of the levels."""
_GRID: Doubles = np.asarray(ndtri((np.arange(99) + 0.5) / 99.0), dtype=np.float64)

Aim = Literal["median", "mean", "percentage"]


def pinball(quantiles: Doubles, actual: Doubles) -> Doubles:
    """Mean loss [n] over the levels of quantiles [n, 9], in the unit of `actual` [n]."""
    above = actual[:, None] - quantiles
    return np.asarray(np.maximum(LEVELS * above, (LEVELS - 1.0) * above).mean(axis=1), dtype=np.float64)


def ordered(quantiles: Doubles) -> Doubles:
    """Quantiles that do not cross: each row sorted (Chernozhukov, Fernandez-Val, Galichon 2010)."""
    return np.sort(quantiles, axis=1)


def point(logged: Doubles, aim: Aim) -> Doubles:
    """The units [n] to expect, from quantiles [n, 9] of log1p of units, normal between and beyond them in log1p.

    "percentage" minimises the expected |actual - point| / actual: the median of the distribution weighted by 1 / units
    (Gneiting 2011, theorem 9 with beta = -1), below the median. One unit stands for zero, where percentages end.
    """
    if aim == "median":
        return np.asarray(np.expm1(logged[:, MEDIAN]), dtype=np.float64)
    drawn = np.maximum(np.expm1(_spread(logged)), 0.0)
    if aim == "mean":
        return np.asarray(drawn.mean(axis=1), dtype=np.float64)
    weights = 1.0 / np.maximum(drawn, 1.0)
    reached = np.cumsum(weights, axis=1) >= 0.5 * weights.sum(axis=1, keepdims=True)
    return np.asarray(drawn[np.arange(len(drawn)), reached.argmax(axis=1)], dtype=np.float64)


def _spread(logged: Doubles) -> Doubles:
    """99 equally likely values [n, 99] of each row's distribution."""
    place = np.clip(np.searchsorted(SCORES, _GRID) - 1, 0, len(LEVELS) - 2)
    share = (_GRID - SCORES[place]) / (SCORES[place + 1] - SCORES[place])
    inner = logged[:, place] + share * (logged[:, place + 1] - logged[:, place])
    low = logged[:, [0]] + (_GRID - SCORES[0]) / -SCORES[0] * (logged[:, [MEDIAN]] - logged[:, [0]])
    high = logged[:, [-1]] + (_GRID - SCORES[-1]) / SCORES[-1] * (logged[:, [-1]] - logged[:, [MEDIAN]])
    return np.where(SCORES[0] > _GRID, low, np.where(SCORES[-1] < _GRID, high, inner))
