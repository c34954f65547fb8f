"""Forecasts of each series from its own past alone: the methods that the baselines choose from.

statsforecast estimates how fast a series' smoothing learns; applying what it found takes numpy alone, so that a service
forecasts without it. Demand [S, T] is log1p of units, NaN where unknown; forecasts follow the last column.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from merx_models.demand.history import first_known
from merx_models.demand.sales import Cadence, Doubles, Ints

METHODS = ("seasonal_naive", "moving_average", "smoothing", "damped_trend")
DAMPED = {"smoothing": False, "damped_trend": True}
"""The methods with rates, and whether they follow a trend."""
FEWEST = 10
"""A series with fewer known values is smoothed at the usual rates: a damped trend cannot be fitted to fewer."""
USUAL = (0.3, 0.0, 1.0)
"""Rates where no series is long enough to estimate any."""
LONGEST_PROFILE = 24
"""A season of more periods is not taken out before smoothing: few histories are long enough to know it."""
SEASONS = 8
"""Over how many seasons its profile is averaged."""


@dataclass(frozen=True, slots=True)
class Rates:
    """By series [S]: what part of an error the level and the slope take over, and what part of the slope is left after
    a period: the additive-error model with damped trend (Hyndman et al. 2008), simple smoothing where trend is 0."""

    level: Doubles
    trend: Doubles
    damping: Doubles

    def take(self, places: Ints) -> "Rates":
        return Rates(self.level[places], self.trend[places], self.damping[places])


def estimated(demand: Doubles, cadence: Cadence, *, damped: bool) -> Rates:
    """The likeliest rates [S + 1] of each series and, last, the usual ones: the medians."""
    adjusted = bridged(demand - profile(demand, cadence, np.arange(demand.shape[1])))
    adjusted[np.isfinite(demand).sum(axis=1) < FEWEST] = np.nan
    found = np.array([_likeliest(values[np.isfinite(values)], damped=damped) for values in adjusted])
    known = np.isfinite(found[:, 0])
    usual = np.median(found[known], axis=0) if known.any() else np.array(USUAL)
    level, trend, damping = np.vstack([np.where(known[:, None], found, usual), usual]).T
    return Rates(level, trend, damping)


def _likeliest(values: Doubles, *, damped: bool) -> tuple[float, float, float]:
    if not len(values) or np.ptp(values) == 0:
        return np.nan, np.nan, np.nan
    from statsforecast.models import AutoETS

    method = AutoETS(season_length=1, model="AAN" if damped else "ANN", damped=True if damped else None)
    level, trend, _, damping = method.fit(values).model_["par"][:4]
    # a series too short for a trend is given none: its rates are NaN
    return (level, 0.0, 1.0) if np.isnan(trend) or np.isnan(damping) else (level, trend, damping)


def forecasts(demand: Doubles, cadence: Cadence, horizon: int, rates: Mapping[str, Rates]) -> Doubles:
    """[S, methods, horizon]; NaN where a method has nothing to go by."""
    last, steps = demand.shape[1] - 1, np.arange(1, horizon + 1)
    whole = bridged(demand)
    before = last + steps - -(-steps // cadence.season) * cadence.season
    window = demand[:, -cadence.windows[2] :]
    by_name = {
        "seasonal_naive": np.where(before >= 0, whole[:, np.maximum(before, 0)], np.nan),
        "moving_average": np.repeat(mean_of_known(window)[:, None], horizon, axis=1),
    }
    seasonal = profile(demand, cadence, np.arange(last + 1 + horizon))
    for name in DAMPED:
        ahead = smoothed(demand - seasonal[:, : last + 1], rates[name], horizon)
        by_name[name] = ahead + seasonal[:, last + 1 :]
    return np.stack([by_name[name] for name in METHODS], axis=1)


def smoothed(demand: Doubles, rates: Rates, horizon: int) -> Doubles:
    """[S, horizon]; an unknown value is taken to be as expected."""
    level, slope = np.full(len(demand), np.nan), np.zeros(len(demand))
    for value in demand.T:
        begun = np.isfinite(level)
        expected = level + rates.damping * slope
        error = np.where(begun & np.isfinite(value), value - expected, 0.0)
        slope = np.where(begun, rates.damping * slope + rates.trend * error, 0.0)
        level = np.where(begun, expected + rates.level * error, value)
    reach = np.cumsum(rates.damping[:, None] ** np.arange(1, horizon + 1), axis=1)
    return np.asarray(level[:, None] + slope[:, None] * reach, dtype=np.float64)


def profile(demand: Doubles, cadence: Cadence, columns: Ints) -> Doubles:
    """What a season adds in each of `columns` [S, len(columns)], by the last `SEASONS`; nothing where the season is
    longer than `LONGEST_PROFILE`, or has never been seen whole."""
    out = np.zeros((len(demand), len(columns)))
    season, periods = cadence.season, demand.shape[1]
    if not 1 < season <= LONGEST_PROFILE or periods < 2 * season:
        return out
    start = periods - min(SEASONS, periods // season) * season
    phases = np.stack([mean_of_known(demand[:, start + phase :: season]) for phase in range(season)], axis=1)
    return np.nan_to_num(phases - mean_of_known(phases)[:, None])[:, (columns - start) % season]


def bridged(demand: Doubles) -> Doubles:
    """Gaps filled by the value before them; what is before the first value stays NaN."""
    out = demand.copy()
    for column in range(1, out.shape[1]):
        out[:, column] = first_known(out[:, column], out[:, column - 1])
    return out


def mean_of_known(values: Doubles) -> Doubles:
    """Over the last axis; NaN where nothing is known."""
    known = np.isfinite(values)
    out = np.full(values.shape[:-1], np.nan)
    np.divide(np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1), out=out, where=known.any(axis=-1))
    return out
