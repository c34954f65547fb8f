"""The last weeks held out: how far forecasts of them are off, beside what anyone would guess."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from merx_models.demand.daily import DailyScore
from merx_models.demand.forecaster import DemandForecast
from merx_models.demand.quantiles import LEVELS, MEDIAN, pinball
from merx_models.demand.sales import Doubles, Flags, SalesTable
from merx_pipelines.weekly_sales import NothingSold

HELD_OUT = "held_out.json"
MERX, LAST_YEAR, AVERAGE, NOTHING = "merx", "seasonal naive", "moving average", "nothing"
NAIVE = (LAST_YEAR, AVERAGE)
AVERAGED = 8
"""Weeks of the moving average."""
LEAST_UNITS = 1.0
"""A week, before the held-out ones: of a product that sells less an error in units says little."""


@dataclass(frozen=True)
class Score:
    """Of `series`, which sold `units` in the held-out weeks. `error` is the absolute error of a method's median over
    the units (WAPE), `pinball` the mean loss over nine quantiles in units, for which a method without quantiles says
    the same at each; `covered` the share of weeks inside the 80 % interval."""

    series: int
    units: float
    error: Mapping[str, float]
    pinball: Mapping[str, float]
    covered: float

    @property
    def best_naive(self) -> str:
        return min(NAIVE, key=lambda name: self.error[name])


@dataclass(frozen=True)
class PeerScore:
    """Of so many `weeks` of series by themselves. `pinball` is the mean loss over nine quantiles in units, by method
    (one that says one number says it at each); `exceeded` the share of weeks in which more was sold than the highest
    quantile, which says a tenth; `forecast` and `sold` are units in all."""

    weeks: int
    pinball: Mapping[str, float]
    exceeded: float
    forecast: float
    sold: float

    @property
    def best_naive(self) -> str:
        return min((AVERAGE, NOTHING), key=lambda name: self.pinball[name])


@dataclass(frozen=True)
class HeldOut:
    """`weeks` at the end were forecast from the week before them; families by their names, and all series; of products
    that are not among the best sold, by what their forecasts go by."""

    weeks: int
    whole: Score
    families: Mapping[str, Score]
    daily: DailyScore | None = None
    peers: Mapping[str, PeerScore] = field(default_factory=dict)
    inputs: Mapping[str, float] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        (folder / HELD_OUT).write_text(json.dumps(asdict(self), indent=1, allow_nan=False))

    @classmethod
    def read(cls, folder: Path) -> "HeldOut":
        told = json.loads((folder / HELD_OUT).read_text())
        families = {name: Score(**score) for name, score in told["families"].items()}
        daily = None if told["daily"] is None else DailyScore(**told["daily"])
        peers = {name: PeerScore(**score) for name, score in told["peers"].items()}
        return cls(told["weeks"], Score(**told["whole"]), families, daily, peers, told["inputs"])


def scored(table: SalesTable, origin: int, forecast: DemandForecast) -> HeldOut:
    """Of a forecast of the columns after `origin`, whose sales are in `table`; what was sold from an empty shelf says
    nothing about it. Raises NothingSold where no series sold enough before, or none sold in them."""
    actual = table.sold[forecast.series, forecast.period]
    said: dict[str, Doubles] = {MERX: forecast.quantiles}
    for name, guess in naive(table, origin, forecast).items():
        said[name] = np.repeat(guess[:, None], len(LEVELS), axis=1)
    before = np.nan_to_num(table.sold[:, max(0, origin + 1 - table.cadence.windows[4]) : origin + 1])
    enough = (before.mean(axis=1) >= LEAST_UNITS)[forecast.series] & np.isfinite(actual)
    enough &= ~table.empty_shelf[forecast.series, forecast.period]
    if not np.nan_to_num(actual)[enough].any():
        raise NothingSold(f"no series sold {LEAST_UNITS:g} a week before the held-out weeks, and anything in them")
    family = table.code("family")[forecast.series]
    here = {name: enough & (family == code) for code, name in enumerate(table.families)}
    return HeldOut(
        weeks=len(np.unique(forecast.period)),
        whole=_score(said, actual, enough, forecast),
        families={name: _score(said, actual, rows, forecast) for name, rows in here.items() if actual[rows].sum() > 0},
    )


def naive(table: SalesTable, origin: int, forecast: DemandForecast) -> dict[str, Doubles]:
    """Units [n]: what the week a year before sold, or, where there is none, the last known week; and the mean of the
    last weeks."""
    sold = np.nan_to_num(table.sold[:, : origin + 1])
    year = forecast.period - table.cadence.year
    told = (year >= 0) & np.isfinite(table.sold[forecast.series, np.maximum(year, 0)])
    last = np.where(told, np.maximum(year, 0), origin)
    return {
        LAST_YEAR: sold[forecast.series, last],
        AVERAGE: sold[:, -AVERAGED:].mean(axis=1)[forecast.series],
    }


def _score(said: Mapping[str, Doubles], actual: Doubles, rows: Flags, forecast: DemandForecast) -> Score:
    units, low, high = float(actual[rows].sum()), forecast.quantiles[rows, 0], forecast.quantiles[rows, -1]
    return Score(
        series=len(np.unique(forecast.series[rows])),
        units=units,
        error={
            name: float(np.abs(quantiles[rows, MEDIAN] - actual[rows]).sum() / units)
            for name, quantiles in said.items()
        },
        pinball={name: float(pinball(quantiles[rows], actual[rows]).mean()) for name, quantiles in said.items()},
        covered=float(((low <= actual[rows]) & (actual[rows] <= high)).mean()),
    )
