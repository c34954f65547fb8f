"""goals.md `demand`: weekly sales of orange juice two and three weeks ahead by the TSPerf protocol; the forecaster
beside its peers.

Twelve rounds; each learns up to one period, skips one, and forecasts the next two; the next round starts two periods
later. Of the periods to forecast, prices and promotions are known and nothing else. The first round fits the
forecaster, with a backtest on the last sixteen periods it may learn from; every later round refits it, and calibrates
on what earlier rounds forecast and what then came. What was tuned (the trees, who serves, how long the calibration
looks back) was tuned on weeks 108 to 131, in the training part of the first round; the rest are defaults. MAPE rewards
a point below the median: the aim is "percentage", for which the point is read from the quantiles and moved by what was
best on the calibration rows. What is trained at random runs with three seeds; the peers run once, for nothing in them
is random.

`DATA=<file.csv or .csv.gz>` runs another table with a header and one row for each series and period, in any order:
`series` (text), `time` (whole number of the period, or a date 2026-01-31), `value` (units sold, 0 or more), and where
known `product`, `store`, `category`, `family` (text), `price`, `competitor_price` (above 0), `stock_out` (1 where the
shelf was empty), and promotions, each a column `promotion_<name>` from 0. Dates less than a week apart make a table of
days, others one of weeks. The last 25 periods are forecast.
"""

import csv
import gzip
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from benchmarks import report
from merx_models.demand.features import Panel
from merx_models.demand.forecaster import DemandForecaster, ForecastSettings
from merx_models.demand.long_table import read_long
from merx_models.demand.quantiles import LEVELS, MEDIAN, ordered, pinball, point
from merx_models.demand.rows import DemandRows, Floats, rows_at, together, training_rows
from merx_models.demand.sales import DAILY, WEEKLY, Doubles, SalesError, SalesTable

SEEDS = (0, 1, 2)
ROUNDS, GAP, AHEAD = 12, 1, 2
LAST_WEEK = 156
"""The last week of TSPerf's last round; the data go on to 160."""
SETTINGS = ForecastSettings(horizons=(2, 3), aim="percentage")
GOAL = 34.5
OFF_GOAL = 3.0
"""How many points an 80 % interval's coverage may be off."""
PUBLISHED = {
    "naive (published)": 109.67,
    "ETS (published)": 70.99,
    "RNN (published)": 37.68,
    "dilated CNN (published)": 37.09,
    "LightGBM (published)": 36.28,
}
LIGHTGBM = "LightGBM"
TEXTS = {"series", "product", "store", "category", "family"}
PLAIN = (
    "own/level",
    "own/lag_",
    "own/mean_",
    "own/price",
    "own/promotion",
    "planned/price",
    "planned/year",
    "planned/horizon",
    "planned/promotion",
)


@dataclass(frozen=True)
class Forecasts:
    """Over all rounds, where something was sold: quantiles [n, 9] and point [n] in units, and what came [n]."""

    quantiles: Doubles
    point: Doubles
    actual: Doubles

    @property
    def mape(self) -> float:
        return float(100.0 * np.mean(np.abs(self.point - self.actual) / self.actual))

    @property
    def loss(self) -> float:
        """Pinball loss in units, mean over the levels."""
        return float(pinball(self.quantiles, self.actual).mean())

    @property
    def coverage(self) -> float:
        inside = (self.quantiles[:, 0] <= self.actual) & (self.actual <= self.quantiles[:, -1])
        return float(100.0 * inside.mean())


def orange_juice(path: Path) -> SalesTable:
    """Dominick's weekly sales by store and brand up to the last week of the protocol; units are exp(logmove)."""
    with gzip.open(path, "rt", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if int(row["week"]) <= LAST_WEEK]
    brand = [f"brand {int(row['brand']):02d}" for row in rows]
    store = [f"store {int(row['store']):03d}" for row in rows]
    return read_long(
        {
            "series": [f"{a}, {b}" for a, b in zip(store, brand, strict=True)],
            "time": np.array([int(row["week"]) for row in rows]),
            "value": np.exp([float(row["logmove"]) for row in rows]),
            "product": brand,
            "store": store,
            "price": np.array([float(row[f"price{row['brand']}"]) for row in rows]),
            "promotion_deal": np.array([float(row["deal"]) for row in rows]),
            "promotion_feature": np.array([float(row["feat"]) for row in rows]),
        }
    )


def other_table(path: Path) -> SalesTable:
    """The format of the docstring. Raises SalesError with the column's name."""
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    for name, values in columns.items():
        if name not in TEXTS:
            columns[name] = periods(values) if name == "time" else [value or "nan" for value in values]
    days = np.unique(columns.get("time", np.array([])))
    daily = np.issubdtype(days.dtype, np.datetime64) and len(days) > 1 and np.diff(days).astype(int).min() < WEEKLY.days
    return read_long(columns, cadence=DAILY if daily else WEEKLY)


def periods(values: Sequence[str]) -> NDArray[Any]:
    """Dates, or whole numbers of periods."""
    try:
        return np.array(values, dtype="datetime64[D]" if any("-" in value for value in values) else np.int64)
    except ValueError as error:
        raise SalesError(f"time: neither dates nor whole numbers ({error})") from error


def table() -> SalesTable:
    named = report.data_path()
    if named is None:
        return orange_juice(report.bench_data() / "orange_juice" / "yx.csv.gz")
    try:
        return other_table(named)
    except SalesError as error:
        sys.exit(f"{named}: {error}")


def origins(panel: Panel) -> list[int]:
    """The last column that each round learns from."""
    first = panel.table.periods - 1 - GAP - AHEAD * ROUNDS
    if first < 2 * SETTINGS.backtest:
        report.skip(f"{panel.table.periods} periods are too few for {ROUNDS} rounds")
    return [first + AHEAD * number for number in range(ROUNDS)]


def asked(panel: Panel, origin: int) -> DemandRows:
    """What is to be forecast from an origin: rows in which something was sold."""
    rows = together([rows_at(panel, origin + GAP + step, GAP + step) for step in range(1, AHEAD + 1)])
    return rows.take(np.nan_to_num(panel.table.sold[rows.series, rows.period]) > 0)


def merx(sales: SalesTable, seed: int) -> dict[str, Forecasts]:
    """The forecaster over all rounds, and each of its members alone, as it is."""
    panel, model = Panel(sales), None
    parts: dict[str, list[Forecasts]] = {}
    for origin in origins(panel):
        if model is None:
            model = DemandForecaster.fit(panel, origin, settings=SETTINGS, seed=seed)
        else:
            model = model.refit(panel, origin, seed=seed)
        rows = asked(panel, origin)
        actual = sales.sold[rows.series, rows.period]
        found = model.forecast(rows)
        parts.setdefault("merx", []).append(Forecasts(found.quantiles, found.point, actual))
        for name, member in model.members.items():
            logged = member.predict(rows)
            parts.setdefault(name, []).append(Forecasts(np.expm1(logged), point(logged, "percentage"), actual))
        served = {name: int((found.member == place).sum()) for place, name in enumerate(found.members)}
        now = parts["merx"][-1]
        Console(stderr=True).log(
            f"seed {seed}, round from {sales.first + origin}: MAPE {now.mape:.2f}, coverage {now.coverage:.1f}, "
            f"served by {served}, move {model.calibration.move:.2f}, {report.cpu_seconds():.0f} CPU s"
        )
    return {name: joined(found) for name, found in parts.items()}


def lightgbm_peer(sales: SalesTable) -> dict[str, Forecasts]:
    """LightGBM as it comes, nine quantile models of log1p of units on lags, trailing means, prices, promotions, the
    calendar, store and product; its point is the median."""
    panel = Panel(sales)
    parts: list[Forecasts] = []
    for origin in origins(panel):
        seen = Panel(sales.until(origin))
        train = training_rows(seen, range(2, origin + 1), SETTINGS.horizons)
        train, rows = train.take(train.newness == 0), asked(panel, origin)
        given, wanted = plain_features(train), plain_features(rows)
        logged = ordered(np.stack([grown(given, train.target, wanted, level) for level in LEVELS.tolist()], axis=1))
        units = np.expm1(logged)
        parts.append(Forecasts(units, units[:, MEDIAN], sales.sold[rows.series, rows.period]))
        Console(stderr=True).log(f"LightGBM from {sales.first + origin}: MAPE {parts[-1].mape:.2f}")
    return {LIGHTGBM: joined(parts)}


def grown(given: Floats, target: Doubles, wanted: Floats, level: float) -> Doubles:
    """The quantile of `wanted` by a hundred trees with LightGBM's defaults."""
    import lightgbm

    plain = {"verbosity": -1, "num_threads": 1, "deterministic": True, "force_row_wise": True}
    trees = lightgbm.train(
        {**plain, "objective": "quantile", "alpha": level}, lightgbm.Dataset(given, label=target), 100
    )
    return np.asarray(trees.predict(wanted), dtype=np.float64)


def plain_features(rows: DemandRows) -> Floats:
    """The usual ones: demand in log1p as it is, prices, promotions, calendar, store and product."""
    names = rows.panel.columns
    kept = [number for number, name in enumerate(names) if name.startswith(PLAIN)]
    features = rows.features[:, kept].copy()
    relative = [place for place, number in enumerate(kept) if names[number].startswith(("own/lag", "own/mean"))]
    features[:, relative] += rows.level[:, None].astype(np.float32)
    codes = rows.panel.table.codes[rows.series, :2]
    return np.concatenate([features, codes], axis=1).astype(np.float32)


def seasonal_naive(sales: SalesTable) -> dict[str, Forecasts]:
    """What was sold in the same week a year before, else what was sold last."""
    panel = Panel(sales)
    parts: list[Forecasts] = []
    for origin in origins(panel):
        rows = asked(panel, origin)
        known = sales.sold[:, : origin + 1]
        place = np.where(np.isfinite(known), np.arange(origin + 1), 0).max(axis=1)
        last = known[np.arange(len(known)), place]
        before = rows.period - sales.cadence.year
        year = np.where(before >= 0, sales.sold[rows.series, np.maximum(before, 0)], np.nan)
        guess = np.nan_to_num(np.where(np.isfinite(year), year, last[rows.series]))
        same = np.repeat(guess[:, None], len(LEVELS), axis=1)
        parts.append(Forecasts(same, guess, sales.sold[rows.series, rows.period]))
    return {"seasonal naive": joined(parts)}


def joined(parts: Sequence[Forecasts]) -> Forecasts:
    names = ("quantiles", "point", "actual")
    return Forecasts(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def rows_of(
    runs: Sequence[Mapping[str, Forecasts]], peers: Mapping[str, Forecasts], *, goals: bool
) -> list[report.Row]:
    """The three claims of goals.md, and what the members do alone."""
    ours = [run["merx"] for run in runs]
    mape, mape_spread = report.median_spread([each.mape for each in ours])
    loss, loss_spread = report.median_spread([each.loss for each in ours])
    off, off_spread = report.median_spread([abs(each.coverage - 80.0) for each in ours])
    covered, covered_spread = report.median_spread([each.coverage for each in ours])
    alone = {name: report.median_spread([run[name].mape for run in runs])[0] for name in runs[0] if name != "merx"}
    trees = peers[LIGHTGBM]
    return [
        report.Row(
            claim=f"MAPE of units over {ROUNDS} rounds (median of {len(ours)} seeds)",
            unit="%",
            better="lower",
            merx=mape,
            spread=mape_spread,
            peers={**(PUBLISHED if goals else {}), **{f"{name} (re-run)": peer.mape for name, peer in peers.items()}},
            goal=GOAL if goals else None,
        ),
        report.Row(
            claim="pinball loss over nine quantiles",
            unit="units",
            better="lower",
            merx=loss,
            spread=loss_spread,
            peers={f"{LIGHTGBM} (re-run)": trees.loss},
            goal=trees.loss,
        ),
        report.Row(
            claim=f"80 % intervals: points off 80 % coverage (covered: {covered:.1f} %, "
            f"{covered_spread[0]:.1f} to {covered_spread[1]:.1f})",
            unit="points",
            better="lower",
            merx=off,
            spread=off_spread,
            peers={f"{LIGHTGBM} (re-run)": abs(trees.coverage - 80.0)},
            goal=OFF_GOAL,
        ),
        report.Row(
            claim="MAPE beside that of each member alone, uncalibrated",
            unit="%",
            better="lower",
            merx=mape,
            spread=mape_spread,
            peers=alone,
        ),
    ]


def main() -> None:
    machine = report.Machine.now()
    sales = table()
    peers = lightgbm_peer(sales) | seasonal_naive(sales)
    runs = [merx(sales, seed) for seed in SEEDS]
    rows = rows_of(runs, peers, goals=report.data_path() is None)
    report.write("demand", rows, command(), machine=machine)


def command() -> str:
    data = report.data_path()
    return "make bench AREA=demand" + (f" DATA={shlex.quote(str(data))}" if data else "")


if __name__ == "__main__":
    main()
