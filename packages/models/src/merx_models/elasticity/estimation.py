"""Own-price elasticity of every product and segment by double machine learning, cross-fitted over blocks of time.

The partially linear model and partialling-out score of Chernozhukov et al. (2018); the tests hold it to the library
DoubleML. What moves demand in one store of a period moves it in the others: rows of a period share an error, which is
weighed down by random effects (Balestra & Nerlove 1966) and makes the period a cluster (Chiang et al. 2022).

Logs of units give the elasticity of an ordinary week, and a wrong one where the noise does not multiply (Santos Silva &
Tenreyro 2006, "The log of gravity"). The other response, "units", goes on from there to the Poisson pseudo-likelihood:
the same score on the working response of its last step, rows weighted by the demand expected. That is the elasticity
of all units sold. Which of the two serves is told by how the noise grows with demand (Park's test, Manning & Mullahy
2001, "Estimating log models: to transform or not to transform?").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from merx_models.elasticity.history import Cell, Doubles, Ints, PriceHistory
from merx_models.elasticity.nuisances import Folds, Rows, Said, nuisances

Response = Literal["log", "units"]
MULTIPLIES = 1.5
"""Power of the demand with which the variance of units grows: 2 if noise multiplies, 1 if it is Poisson's."""
TINY = 1e-12
Z = 1.959964
"""Standard errors on each side of a 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimationSettings:
    """What a cell needs for an estimate of its own: periods, rows, a log price whose spread beyond the controls is
    `least_spread` or more (a price hardly tried says nothing), and at most `most_unsold` of its rows without a sale
    (the log of what was sold, given that something was, is another matter). Errors of periods up to `lasting` apart
    may go together."""

    folds: Folds = field(default_factory=Folds)
    response: Literal["log", "units", "auto"] = "auto"
    fewest_periods: int = 16
    fewest_rows: int = 30
    least_spread: float = 0.005
    most_unsold: float = 0.05
    lasting: int = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """Elasticity (% units for 1 % price) and standard error from a cell's own rows.

    `periods` and `influence` [periods] say what each period added to the estimation error, so that the errors of
    segments that share their periods can be seen together. `spread` is that of the log price beyond the controls.
    """

    mean: float
    se: float
    rows: int
    spread: float
    periods: Ints
    influence: Doubles


@dataclass(frozen=True, slots=True)
class Estimates:
    """Of every cell of a history: its own estimate, or why it has none ("thin", "price_constant", "unsold")."""

    own: Mapping[Cell, Estimate]
    without: Mapping[Cell, str]
    response: Response


def own_estimates(history: PriceHistory, *, settings: EstimationSettings | None = None) -> Estimates:
    """Estimates of all cells, those that sold nothing at all included (without one of their own)."""
    chosen = settings or EstimationSettings()
    said = nuisances(history, chosen.folds)
    cells = history.cells()
    # cells that sold nothing at all have no rows
    without: dict[Cell, str] = {cell: "unsold" for cell in history.unsold if cell not in cells}
    usable: dict[Cell, Rows] = {}
    for cell, rows in cells.items():
        missed = history.unsold.get(cell, 0)
        unsold = missed > chosen.most_unsold * (missed + len(rows))
        reason = "unsold" if unsold else _lacks(history, said, rows, chosen)
        if reason:
            without[cell] = reason
        else:
            usable[cell] = rows
    response = suited(said, list(usable.values())) if chosen.response == "auto" else chosen.response
    own = {
        cell: estimate(said, history.time, rows, response=response, lasting=chosen.lasting)
        for cell, rows in usable.items()
    }
    return Estimates(own, without, response)


def suited(said: Said, cells: list[Rows]) -> Response:
    """Park's test over all cells: "log" where the variance of units grows nearly with the square of demand."""
    expected, missed = [], []
    for rows in cells:
        left, price = said.units_left[rows], said.price_left[rows]
        fitted = said.units_said[rows] + _slope(left, price) * price
        units = np.exp(said.units[rows])
        mean = np.exp(fitted) * units.mean() / np.exp(fitted).mean()
        expected.append(np.log(mean) - np.log(mean).mean())
        squares = np.log(np.maximum((units - mean) ** 2, TINY))
        missed.append(squares - squares.mean())
    if not cells:
        return "log"
    power = _slope(np.concatenate(missed), np.concatenate(expected))
    return "log" if power >= MULTIPLIES else "units"


def estimate(said: Said, time: Ints, rows: Rows, *, response: Response = "log", lasting: int = 3) -> Estimate:
    """The final stage for the rows of one cell."""
    units, price = _working(said, rows) if response == "units" else (said.units_left[rows], said.price_left[rows])
    return final_stage(units, price, time[rows], lasting=lasting)


def final_stage(units: Doubles, price: Doubles, time: Ints, *, lasting: int = 3) -> Estimate:
    """The elasticity from what the nuisances leave of units and price (and its standard error)."""
    periods, place = np.unique(time, return_inverse=True)
    spread = float(price.std())
    units, price = _without_shared(units, price, place)
    squares = max(float(price @ price), TINY)
    mean = _slope(units, price)
    influence = np.bincount(place, weights=price * (units - mean * price)) / squares
    se = _standard_error(periods, influence, lasting)
    scaled = influence * se / max(float(np.sqrt(influence @ influence)), TINY)
    return Estimate(mean, se, len(time), spread, periods, scaled)


def _without_shared(units: Doubles, price: Doubles, place: Ints) -> tuple[Doubles, Doubles]:
    """Both less a part of their period's mean: the part that makes errors of a period independent, from the variance
    within and between periods. As they are where a period has one row."""
    size = np.bincount(place)
    spare = len(place) - len(size) - 1
    if spare < 1:
        return units, price
    slope, part = _slope(units, price), np.zeros(len(size))
    for _ in range(2):
        error = units - slope * price
        mean = np.bincount(place, weights=error) / size
        alone = float(((error - mean[place]) ** 2).sum()) / spare
        shared = max(float((mean**2 - alone / size).mean()), 0.0)
        part = 1 - np.sqrt(alone / np.maximum(alone + size * shared, TINY))
        # the same linear map on both sides keeps the slope
        left, moved = (column - (part * np.bincount(place, weights=column) / size)[place] for column in (units, price))
        slope = _slope(left, moved)
    return left, moved


def _working(said: Said, rows: Rows) -> tuple[Doubles, Doubles]:
    """Units and price of the last step of the Poisson pseudo-likelihood, both times the root of the demand expected;
    the controls' part of demand is held as the nuisances said it."""
    base, price = said.units_said[rows], said.price_left[rows]
    units = np.exp(said.units[rows])
    slope = _slope(said.units_left[rows], price)
    for _ in range(50):
        mean = np.exp(base + slope * price)
        mean *= units.sum() / mean.sum()
        moved = price - np.average(price, weights=mean)
        left = (units - mean) / mean
        step = float((mean * moved * left).sum() / (mean * moved**2).sum())
        slope += float(np.clip(step, -1.0, 1.0))
        if abs(step) < 1e-9:
            break
    root = np.sqrt(mean / mean.mean())
    return root * (left + slope * moved), root * moved


def _slope(outcome: Doubles, moved: Doubles) -> float:
    return float((moved @ outcome) / max(float(moved @ moved), TINY))


def _standard_error(periods: Ints, influence: Doubles, lasting: int) -> float:
    """The clustered one, or the one that lets errors last (Newey & West 1987) if that is larger; widened for few
    periods as Student's t is."""
    series = np.zeros(int(periods[-1] - periods[0]) + 1)
    series[periods - periods[0]] = influence
    alone = float(series @ series)
    lags = range(1, min(lasting, len(series) - 1) + 1)
    lasts = sum(2 * (1 - lag / (lasting + 1)) * float(series[lag:] @ series[:-lag]) for lag in lags)
    few = len(periods) / (len(periods) - 3)
    # a law without noise leaves none; what divides by the error needs one
    return max(float(np.sqrt((alone + max(lasts, 0.0)) * few)), 1e-6)


def _lacks(history: PriceHistory, said: Said, rows: Rows, settings: EstimationSettings) -> str:
    """Why these rows carry no estimate; "" if they do."""
    periods = len(np.unique(history.time[rows]))
    folds = len(np.unique(said.fold[rows]))
    if periods < max(settings.fewest_periods, 4) or len(rows) < settings.fewest_rows or folds < 2:
        return "thin"
    if min(float(said.price[rows].std()), float(said.price_left[rows].std())) < settings.least_spread:
        return "price_constant"
    return ""
