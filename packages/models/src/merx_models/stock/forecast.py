"""Quantile forecasts of demand as something that can be drawn from and added up."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class QuantileForecast:
    """Demand of one product by period (days or weeks, as the lead times are counted): `values` [periods, Q] at the
    ascending `levels` [Q] between 0 and 1, in units."""

    levels: Doubles
    values: Doubles

    def __post_init__(self) -> None:
        """Raises ValueError where levels do not ascend within 0 and 1, there are fewer than two, or quantiles cross."""
        levels, values = self.levels, self.values
        if len(levels) < 2 or not ((np.diff(levels) > 0).all() and levels[0] > 0 and levels[-1] < 1):
            raise ValueError("at least two levels, ascending, between 0 and 1")
        if values.ndim != 2 or values.shape[1] != len(levels) or not len(values) or not np.isfinite(values).all():
            raise ValueError("values are finite, by period and level, of at least one period")
        crossed = np.flatnonzero((np.diff(values, axis=1) < 0).any(axis=1))
        if len(crossed):
            raise ValueError(f"quantiles cross in period {crossed[0]}: `rearranged` puts them in order")

    @classmethod
    def rearranged(cls, levels: Doubles, values: Doubles) -> "QuantileForecast":
        """Quantiles that may cross, as those of models fitted level by level do, in order: never further from the truth
        (Chernozhukov, Fernandez-Val & Galichon 2010)."""
        return cls(levels, np.sort(values, axis=-1))

    @property
    def periods(self) -> int:
        return len(self.values)

    def at(self, scores: Doubles) -> Doubles:
        """Demand [n, periods] at standard normal scores [n, periods]: between the levels, and beyond them, straight in
        the score (a normal forecast is met exactly); demand is not below 0."""
        known = ndtri(self.levels)
        found = np.empty_like(scores)
        for period, values in enumerate(self.values):
            place = np.clip(np.searchsorted(known, scores[:, period]) - 1, 0, len(known) - 2)
            slope = np.diff(values) / np.diff(known)
            found[:, period] = values[place] + slope[place] * (scores[:, period] - known[place])
        return np.maximum(found, 0.0)

    def paths(self, count: int, rng: np.random.Generator, *, correlation: float = 0.0) -> Doubles:
        """Draws [count, periods]. `correlation` ties the periods of a draw to each other (one common factor): forecasts
        that are wrong are wrong for weeks on end, and stock must outlast that."""
        if not 0.0 <= correlation <= 1.0:
            raise ValueError("the correlation lies between 0 and 1")
        shared, own = rng.normal(size=(count, 1)), rng.normal(size=(count, self.periods))
        return self.at(np.sqrt(correlation) * shared + np.sqrt(1.0 - correlation) * own)
