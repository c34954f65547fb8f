"""Days within weeks: what share of a week each weekday sells, and how far single days stray from that.

Two ways to a day's mean, the forecast of its week and the mean of the last four weeks, each spread by weekday; the one
with the lower pinball loss on days that it had not seen serves. Quantiles are negative binomial.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import nbinom

from merx_models.demand.quantiles import LEVELS, MEDIAN, pinball
from merx_models.demand.sales import Doubles, Ints

WEEK = 7
AVERAGED = 28
"""Days of the moving average."""
PRIOR_UNITS = 50.0
"""How many units of its family's weekdays a series' own are held against."""
SIZES = (0.05, 1e4)
BY_WEEK, BY_AVERAGE, FLAT = "week by weekday", "moving average by weekday", "moving average"
METHODS = (BY_WEEK, BY_AVERAGE, FLAT)


@dataclass(frozen=True)
class DailyScore:
    """Of `days` held-out days of each series: `error` is the absolute error of the median over the units (WAPE),
    `pinball` the mean loss over nine quantiles (units), by method; `covered` the share of days inside the 80 % interval
    of the `chosen` one, and `sizes` what its days stray by, by family (negative binomial)."""

    days: int
    chosen: str
    error: Mapping[str, float]
    pinball: Mapping[str, float]
    covered: float
    sizes: Mapping[str, float]


def weekday_shares(units: Doubles, family: Ints) -> Doubles:
    """[S, 7], each row adding up to 1, of units by day [S, D], D whole weeks; a series that sold little has its
    family's [S] weekdays, a family that sold nothing equal ones."""
    own = units.reshape(len(units), -1, WEEK).sum(axis=1)
    count = int(family.max(initial=0)) + 1
    families = np.ones((count, WEEK))
    np.add.at(families, family, own)
    prior = PRIOR_UNITS * (families / families.sum(axis=1, keepdims=True))[family]
    return np.asarray((own + prior) / (own.sum(axis=1, keepdims=True) + PRIOR_UNITS))


def daily_means(weekly: Doubles, known: Doubles, family: Ints) -> dict[str, Doubles]:
    """Units by day [S, 7 H] of every method, of forecasts by week [S, H] and the days before them [S, D]."""
    shares = weekday_shares(known, family)
    average = known[:, -AVERAGED:].mean(axis=1)
    weeks = weekly.shape[1]
    return {
        BY_WEEK: (weekly[:, :, None] * shares[:, None]).reshape(len(weekly), -1),
        BY_AVERAGE: np.tile(average[:, None] * WEEK * shares, (1, weeks)),
        FLAT: np.repeat(average[:, None], WEEK * weeks, axis=1),
    }


def daily_quantiles(mean: Doubles, size: Doubles) -> Doubles:
    """[S, D, 9] at LEVELS of days with `mean` [S, D] units and negative binomial `size` [S]."""
    size = size[:, None, None]
    mean = np.maximum(mean, 1e-9)[:, :, None]
    return np.asarray(nbinom.ppf(LEVELS, size, size / (size + mean)), np.float64)


def told_by(actual: Doubles, weekly: Doubles, known: Doubles, *, family: Ints, families: Sequence[str]) -> DailyScore:
    """How well each method foretold `actual` [S, 7 H], of forecasts by week [S, H] made before and the days until then
    [S, D]; `family` [S] are places in `families`. Raises ValueError where nothing was sold in them."""
    if not actual.any():
        raise ValueError("nothing was sold on the held-out days")
    found = {}
    for name, mean in daily_means(weekly, known, family).items():
        sizes = dispersion(actual, mean, family)
        found[name] = sizes, daily_quantiles(mean, sizes[family])
    flat = actual.ravel()
    losses = {name: float(pinball(told.reshape(-1, len(LEVELS)), flat).mean()) for name, (_, told) in found.items()}
    chosen = min(METHODS, key=lambda name: losses[name])
    sizes, told = found[chosen]
    inside = (told[:, :, 0] <= actual) & (actual <= told[:, :, -1])
    return DailyScore(
        days=actual.shape[1],
        chosen=chosen,
        error={
            name: float(np.abs(told[:, :, MEDIAN] - actual).sum() / actual.sum()) for name, (_, told) in found.items()
        },
        pinball=losses,
        covered=float(inside.mean()),
        sizes=dict(zip(families, sizes.tolist(), strict=False)),
    )


def dispersion(actual: Doubles, mean: Doubles, family: Ints) -> Doubles:
    """Negative binomial size of each family, by moments: how far days lie from their means beyond chance."""
    excess = ((actual - mean) ** 2 - mean).sum(axis=1)
    squares = (mean**2).sum(axis=1)
    count = int(family.max(initial=0)) + 1
    beyond, weight = np.bincount(family, excess, count), np.bincount(family, squares, count)
    sizes = np.where(beyond > 0, weight / np.maximum(beyond, 1e-12), SIZES[1])
    return np.clip(sizes, *SIZES)
