"""Statistical baselines (statsforecast) as a member, blind to prices: each series by what did best on its own past."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from merx_models.demand.features import KNOWN
from merx_models.demand.quantiles import SCORES
from merx_models.demand.rows import DemandRows
from merx_models.demand.sales import Doubles, Ints, SalesTable
from merx_models.demand.smoothing import DAMPED, FEWEST, METHODS, Rates, estimated, forecasts, mean_of_known

DESCRIPTION = "baselines.json"
CHECKS = 3
"""How many origins of the past the methods are compared at."""
LEAST_ERROR = 0.02
"""In log1p: a series that never erred is not promised to go on so."""


class BaselineDemand:
    """`series` name whom it was fitted to. `chosen` (places in METHODS), `errors` (mean absolute, in log1p) and `rates`
    have an entry for each [S + 1] and, last, the usual ones for a series nobody has seen."""

    name = "baselines"

    def __init__(self, series: Sequence[str], chosen: Ints, errors: Doubles, rates: Mapping[str, Rates]) -> None:
        self.series = tuple(series)
        self.chosen = chosen
        self.errors = errors
        self.rates = dict(rates)

    @classmethod
    def fit(cls, rows: DemandRows, *, seed: int = 0, start: Self | None = None) -> "BaselineDemand":  # noqa: ARG003
        """Estimate before, and compare the methods at, the last origins of `rows`, to the longest horizon of the rows.

        What `start` (an earlier fit) found stays: which method suits a series changes slowly, and trying them costs.
        Deterministic: `seed` does not count.
        """
        if start is not None:
            return start
        table, demand = rows.panel.table, rows.panel.demand
        horizon, last = int(rows.horizon.max()), int(rows.period.max())
        origins = [last - (check + 1) * horizon for check in range(CHECKS)]
        before = max(origins[-1], min(last, FEWEST))
        rates = {
            name: estimated(demand[:, : before + 1], table.cadence, damped=damped) for name, damped in DAMPED.items()
        }
        own = {name: found.take(np.arange(len(demand))) for name, found in rates.items()}
        errors = []
        for origin in (origin for origin in origins if origin >= FEWEST):
            ahead = forecasts(demand[:, : origin + 1], table.cadence, horizon, own)
            actual = demand[:, None, origin + 1 : origin + 1 + horizon]
            errors.append(mean_of_known(np.abs(actual - ahead)))
        chosen, least = _best(np.array(errors) if errors else np.full((1, len(demand), len(METHODS)), np.nan))
        return cls(table.names, chosen, least, rates)

    def predict(self, rows: DemandRows) -> Doubles:
        """Quantiles [n, 9] of log1p of units: normal around the method's forecast; the level where there is none."""
        panel = rows.panel
        place = self._places(panel.table)
        rates = {name: found.take(place) for name, found in self.rates.items()}
        centre = rows.level.copy()
        origins = rows.period - rows.horizon
        for origin in np.unique(origins[rows.newness == KNOWN]).tolist():
            here = np.flatnonzero((origins == origin) & (rows.newness == KNOWN))
            series, horizon = rows.series[here], rows.horizon[here]
            ahead = forecasts(panel.demand[:, : origin + 1], panel.table.cadence, int(horizon.max()), rates)
            found = ahead[series, self.chosen[place[series]], horizon - 1]
            centre[here] = np.where(np.isfinite(found), found, centre[here])
        deviation = np.maximum(self.errors[place[rows.series]], LEAST_ERROR) * np.sqrt(np.pi / 2.0)
        return np.asarray(centre[:, None] + deviation[:, None] * SCORES, dtype=np.float64)

    def _places(self, table: SalesTable) -> Ints:
        """Of each series of the table in what was fitted; the last for who was not there."""
        known = {name: place for place, name in enumerate(self.series)}
        return np.array([known.get(name, len(self.series)) for name in table.names], dtype=np.int64)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        rates = {name: [found.level, found.trend, found.damping] for name, found in self.rates.items()}
        described = {
            "series": self.series,
            "chosen": self.chosen.tolist(),
            "errors": self.errors.tolist(),
            "rates": {name: [part.tolist() for part in parts] for name, parts in rates.items()},
        }
        (folder / DESCRIPTION).write_text(json.dumps(described))

    @classmethod
    def load(cls, folder: Path) -> "BaselineDemand":
        """What `save` wrote, without statsforecast."""
        described = json.loads((folder / DESCRIPTION).read_text())
        rates = {name: Rates(*(np.array(part) for part in parts)) for name, parts in described["rates"].items()}
        return cls(described["series"], np.array(described["chosen"]), np.array(described["errors"]), rates)


def _best(errors: Doubles) -> tuple[Ints, Doubles]:
    """The method [S + 1] with the least mean of `errors` [checks, S, methods] and that error; last the best over all.

    A series without a check is given the mean errors of the others.
    """
    mean = mean_of_known(np.moveaxis(errors, 0, 2))
    usual = np.nan_to_num(mean_of_known(mean.T), nan=1.0)
    whole = np.vstack([np.where(np.isfinite(mean), mean, usual), usual])
    chosen = whole.argmin(axis=1).astype(np.int64)
    return chosen, whole[np.arange(len(whole)), chosen]
