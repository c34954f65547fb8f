"""Rows to learn from and to forecast: a series, an origin and a period, with features and the network's windows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from merx_models.demand.features import KNOWN, NEW, NEW_HERE, Panel, hidden
from merx_models.demand.sales import Doubles, Ints

Floats = NDArray[np.float32]

COLUMNS = ("features", "level", "target", "series", "period", "horizon", "newness")
HIDDEN_SHARE = 0.04
"""Share of training rows shown a second time as if their product, or its place in this store, were new."""


@dataclass(frozen=True, slots=True)
class DemandRows:
    """n rows of a panel: features [n, F] (NaN: missing), level, target [n] (log1p of units, NaN: unknown or cut off by
    an empty shelf), series, period and horizon [n], newness [n] (KNOWN, NEW_HERE or NEW)."""

    panel: Panel
    features: Floats
    level: Doubles
    target: Doubles
    series: Ints
    period: Ints
    horizon: Ints
    newness: Ints

    def __len__(self) -> int:
        return len(self.level)

    def take(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> "DemandRows":
        return DemandRows(self.panel, **{name: getattr(self, name)[places] for name in COLUMNS})

    def known(self) -> "DemandRows":
        """Those with a target."""
        return self.take(np.isfinite(self.target))

    def family(self) -> Ints:
        return self.panel.table.code("family")[self.series]

    def windows(self, length: int) -> Floats:
        """What the network reads [n, length, 3 + K], oldest first: demand less level, whether it is known, price less
        its mean in the window, promotions. Zero where missing, or hidden because the series is new."""
        columns = (self.period - self.horizon)[:, None] - np.arange(length)[::-1]
        inside, columns, series = columns >= 0, np.maximum(columns, 0), self.series[:, None]
        inside &= (self.newness == KNOWN)[:, None]
        demand = self.panel.demand[series, columns] - self.level[:, None]
        known = inside & np.isfinite(demand)
        price = np.where(inside, self.panel.price[series, columns], np.nan)
        priced = np.isfinite(price)
        mean = np.where(priced, price, 0.0).sum(axis=1) / np.maximum(priced.sum(axis=1), 1)
        channels = [np.where(known, demand, 0.0), known, np.where(priced, price - mean[:, None], 0.0)]
        promotions = np.where(inside[:, :, None], self.panel.table.promotions[series, columns], 0.0)
        return np.concatenate([np.stack(channels, axis=2), promotions], axis=2).astype(np.float32)


def together(parts: Sequence[DemandRows]) -> DemandRows:
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS}
    return DemandRows(parts[0].panel, **columns)


def rows_at(panel: Panel, period: int, horizon: int) -> DemandRows:
    """One row for each series, whether or not its target is known."""
    return _rows(panel, period, horizon)[KNOWN]


def training_rows(
    panel: Panel,
    periods: Sequence[int],
    horizons: Sequence[int],
    *,
    seed: int = 0,
    hidden_share: float = HIDDEN_SHARE,
) -> DemandRows:
    """Rows with targets in `periods`, each (series, period) at one of the horizons in turn.

    `hidden_share` of them are added a second time as of a product new in its store, and as many as of a new product, so
    that models learn what is known of those.
    """
    rng = np.random.default_rng(seed)
    turn = np.arange(len(panel.table.names))
    parts: list[DemandRows] = []
    for period in periods:
        for number, horizon in enumerate(horizons):
            here = np.isfinite(panel.demand[:, period]) & ((turn + period) % len(horizons) == number)
            if not here.any() or period < horizon:
                continue
            shown = _rows(panel, period, horizon)
            parts.append(shown[KNOWN].take(here))
            parts += [
                shown[kind].take(here & (rng.random(len(here)) < hidden_share) & (shown[KNOWN].newness < kind))
                for kind in (NEW_HERE, NEW)
            ]
    if not parts:
        return rows_at(panel, 0, 1).take(np.zeros(len(turn), dtype=bool))
    return together(parts).known()


def _rows(panel: Panel, period: int, horizon: int) -> dict[int, DemandRows]:
    """All series as they are (KNOWN), and as if they were new in their store or everywhere."""
    block, names = panel.block(period, horizon), panel.columns
    series = np.arange(len(block.newness))
    censored = panel.table.empty_shelf[:, period]
    target = np.where(censored, np.nan, panel.demand[:, period])
    out: dict[int, DemandRows] = {}
    for kind in (KNOWN, NEW_HERE, NEW):
        newness = np.maximum(block.newness, kind)
        features = block.features.astype(np.float32)
        for worse in (NEW_HERE, NEW):
            features[np.ix_(newness == worse, hidden(names, worse))] = np.nan
        full = np.full(len(series), 1, dtype=np.int64)
        level = block.levels[newness, series]
        out[kind] = DemandRows(panel, features, level, target, series, full * period, full * horizon, newness)
    return out
