"""Features of one period to come, seen from an origin: pure arrays over all series of a table.

A value of demand is read up to the origin only; prices, promotions and the calendar up to the period itself, for they
are planned. Demand columns are log1p and relative to `level`, price columns are logarithms. NaN is missing.
"""

from dataclasses import dataclass

import numpy as np

from merx_models.demand.history import (
    PRIOR_PERIODS,
    Trailing,
    demand_history,
    first_known,
    mean_of_others,
    paired,
    relatives_levels,
)
from merx_models.demand.sales import DAYS_A_YEAR, Doubles, Flags, Ints, SalesTable

KNOWN, NEW_HERE, NEW = 0, 1, 2
"""Of a series at an origin: it sold before; only other stores sold its product; nobody did."""

LAGS = 6
SIMILAR = ((0.25, 0.05, 1.5), (1.0, 0.05, 1.5), (0.5, 0.10, 0.7), (1.0, 0.02, 3.0))
"""Half-life in years, scale of log price, cost of another promotion: how much a past period counts as similar."""
WIDE = (0, 1)
"""Which of `SIMILAR` are also averaged over all stores of a product."""
OWN, PRODUCT, PLANNED = "own", "product", "planned"


@dataclass(frozen=True, slots=True)
class Block:
    """All series at one (period, horizon): features [S, F], levels [3, S] by newness, newness [S]."""

    features: Doubles
    levels: Doubles
    newness: Ints


class Panel:
    """A table with everything that does not depend on the origin worked out once."""

    def __init__(self, table: SalesTable) -> None:
        self.table = table
        self.demand = demand_history(table)
        self.past = Trailing(self.demand)
        self.price = np.log(table.price)
        self.prices = Trailing(self.price)
        promotions = [table.promotions[:, :, number] for number in range(len(table.promotion_names))]
        self.promoted = [Trailing(values) for values in promotions]
        shelf = paired(table.code("category"), table.code("store"))
        self.shelf_price = _by_column(self.price, shelf)
        self.shelf_cheapest = _cheapest_of_others(self.price, shelf)
        self.shelf_promotions = [_by_column(values, shelf) for values in promotions]
        self.chain_price = _by_column(self.price, table.code("product"))
        self.chain_promotions = [_by_column(values, table.code("product")) for values in promotions]
        self.shelf_prices = Trailing(self.shelf_price)
        self.columns = self._columns()

    def block(self, period: int, horizon: int) -> Block:
        """Features for column `period`, forecast `horizon` columns before it."""
        origin = period - horizon
        levels, newness = self.levels(origin)
        columns = {
            **_history(self, origin, period, levels[KNOWN]),
            **_similar(self, origin, period, levels[KNOWN]),
            **_prices(self, period),
            **_promotions(self, period),
            **_calendar(self.table, period, horizon),
        }
        return Block(np.stack(list(columns.values()), axis=1), levels, newness)

    def _columns(self) -> tuple[str, ...]:
        """Names of the features, in order; before the slash stands whose history each needs: the series' own, its
        product's in other stores, or none but the plan."""
        period = min(1, self.table.periods - 1)
        levels = np.zeros(len(self.table.names))
        return (
            *_history(self, -1, period, levels),
            *_similar(self, -1, period, levels),
            *_prices(self, period),
            *_promotions(self, period),
            *_calendar(self.table, period, 1),
        )

    def levels(self, origin: int) -> tuple[Doubles, Ints]:
        """Levels [3, S] a forecast starts from, by newness, and the newness [S] of each series.

        The level of a known series is its mean over the level window, drawn to its relatives' by `PRIOR_PERIODS`.
        """
        window = self.table.cadence.level_window
        ever = self.past.count(origin, self.table.periods)
        mean = first_known(self.past.mean(origin, window), self.past.mean(origin, self.table.periods))
        here, new = relatives_levels(mean, self.table)
        count = np.where(ever > 0, np.maximum(self.past.count(origin, window), 1.0), 0.0)
        drawn = (count * np.nan_to_num(mean) + PRIOR_PERIODS * here) / (count + PRIOR_PERIODS)
        drawn = first_known(drawn, mean)
        elsewhere = np.isfinite(mean_of_others(mean, self.table.code("product")))
        newness = np.where(ever > 0, KNOWN, np.where(elsewhere, NEW_HERE, NEW))
        return np.nan_to_num(np.stack([drawn, here, new])), newness.astype(np.int64)


def hidden(columns: tuple[str, ...], newness: int) -> Flags:
    """Which features [F] a series of this newness does not have."""
    groups = {KNOWN: (), NEW_HERE: (OWN,), NEW: (OWN, PRODUCT)}[newness]
    return np.array([name.partition("/")[0] in groups for name in columns], dtype=bool)


def _history(panel: Panel, origin: int, period: int, level: Doubles) -> dict[str, Doubles]:
    past, cadence = panel.past, panel.table.cadence
    columns = {f"{OWN}/level": level}
    for lag in range(LAGS):
        columns[f"{OWN}/lag_{lag}"] = past.at(origin - lag) - level
    for window in cadence.windows:
        if window != cadence.level_window:
            columns[f"{OWN}/mean_{window}"] = past.mean(origin, window) - level
    for window in (cadence.usual, cadence.windows[-1]):
        columns[f"{OWN}/deviation_{window}"] = past.deviation(origin, window)
    columns[f"{OWN}/lowest"] = past.extreme(origin, cadence.usual, np.fmin) - level
    columns[f"{OWN}/highest"] = past.extreme(origin, cadence.usual, np.fmax) - level
    last_year = min(period - cadence.year + 1, origin)
    columns[f"{OWN}/last_year"] = past.mean(last_year, 3) - level
    seasons = -(-(period - origin) // cadence.season)
    columns[f"{OWN}/last_season"] = past.at(period - seasons * cadence.season) - level
    columns[f"{OWN}/known"] = past.count(origin, cadence.windows[-1])
    return columns


def _similar(panel: Panel, origin: int, period: int, level: Doubles) -> dict[str, Doubles]:
    """Mean demand over past periods, weighted by age and by likeness of price and promotions to the planned ones."""
    stop = max(origin + 1, 0)
    demand = panel.demand[:, :stop]
    known = np.isfinite(demand)
    relative = np.where(known, demand - level[:, None], 0.0)
    years = (period - np.arange(stop)) / panel.table.cadence.year
    apart = np.abs(np.nan_to_num(panel.price[:, [period]] - panel.price[:, :stop]))
    planned = panel.table.promotions
    otherwise = np.abs(planned[:, [period]] - planned[:, :stop]).sum(axis=2)
    product = panel.table.code("product")
    columns: dict[str, Doubles] = {}
    for number, (half_life, scale, cost) in enumerate(SIMILAR):
        weights = np.exp2(-years / half_life) * np.exp(-apart / scale - cost * otherwise) * known
        sums, totals = (weights * relative).sum(axis=1), weights.sum(axis=1)
        columns[f"{OWN}/similar_{number}"] = _ratio(sums, totals)
        columns[f"{OWN}/similar_weight_{number}"] = np.log(totals + 1e-6)
        if number in WIDE:
            wide, whole = np.bincount(product, sums)[product] - sums, np.bincount(product, totals)[product] - totals
            columns[f"{PRODUCT}/similar_{number}"] = _ratio(wide, whole)
    return columns


def _ratio(sums: Doubles, totals: Doubles) -> Doubles:
    out = np.full(len(sums), np.nan)
    np.divide(sums, totals, out=out, where=totals > 1e-6)
    return out


def _prices(panel: Panel, period: int) -> dict[str, Doubles]:
    price, prices, cadence = panel.price[:, period], panel.prices, panel.table.cadence
    columns = {f"{PLANNED}/price": price}
    for window in (cadence.windows[1], cadence.usual, cadence.windows[-1]):
        columns[f"{OWN}/price_to_mean_{window}"] = price - prices.mean(period - 1, window)
    columns[f"{OWN}/price_to_lowest"] = price - prices.extreme(period - 1, cadence.level_window, np.fmin)
    columns[f"{OWN}/price_to_highest"] = price - prices.extreme(period - 1, cadence.level_window, np.fmax)
    for lag in (1, 2, 3):
        columns[f"{OWN}/price_to_lag_{lag}"] = price - prices.at(period - lag)
    columns[f"{PLANNED}/price_to_shelf"] = price - panel.shelf_price[:, period]
    columns[f"{PLANNED}/price_to_cheapest"] = price - panel.shelf_cheapest[:, period]
    shelf_usual = panel.shelf_prices.mean(period - 1, cadence.level_window)
    columns[f"{PLANNED}/shelf_to_usual"] = panel.shelf_price[:, period] - shelf_usual
    columns[f"{PLANNED}/price_to_chain"] = price - panel.chain_price[:, period]
    columns[f"{PLANNED}/price_to_competitor"] = price - np.log(panel.table.competitor_price[:, period])
    return columns


def _promotions(panel: Panel, period: int) -> dict[str, Doubles]:
    columns: dict[str, Doubles] = {}
    window = panel.table.cadence.usual
    for number, name in enumerate(panel.table.promotion_names):
        past = panel.promoted[number]
        columns[f"{PLANNED}/{name}"] = past.at(period)
        for lag in (1, 2, 3):
            columns[f"{OWN}/{name}_lag_{lag}"] = past.at(period - lag)
        columns[f"{OWN}/{name}_mean"] = past.mean(period - 1, window)
        columns[f"{PLANNED}/{name}_shelf"] = panel.shelf_promotions[number][:, period]
        columns[f"{PLANNED}/{name}_chain"] = panel.chain_promotions[number][:, period]
    return columns


def _calendar(table: SalesTable, period: int, horizon: int) -> dict[str, Doubles]:
    days = (table.first + period) * table.cadence.days
    phase = 2.0 * np.pi * days / DAYS_A_YEAR
    values = {"horizon": horizon, "year_sine": np.sin(phase), "year_cosine": np.cos(phase), "weekday": days % 7}
    return {f"{PLANNED}/{name}": np.full(len(table.names), float(value)) for name, value in values.items()}


def _by_column(values: Doubles, group: Ints) -> Doubles:
    return np.stack([mean_of_others(values[:, column], group) for column in range(values.shape[1])], axis=1)


def _cheapest_of_others(price: Doubles, group: Ints) -> Doubles:
    """The lowest price among the others of a group; NaN where there is none."""
    size = int(group.max(initial=-1)) + 1
    lowest = np.full((size, price.shape[1]), np.inf)
    second = lowest.copy()
    for row, code in enumerate(group.tolist()):
        value = np.where(np.isfinite(price[row]), price[row], np.inf)
        second[code] = np.minimum(second[code], np.maximum(lowest[code], value))
        lowest[code] = np.minimum(lowest[code], value)
    of_others = np.where(price == lowest[group], second[group], lowest[group])
    return np.where(np.isfinite(of_others), of_others, np.nan)
