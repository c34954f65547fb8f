"""What a forecaster is told: sales alone, or prices with them, whichever foretold earlier weeks better."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from merx_models.demand.features import Panel
from merx_models.demand.forecaster import DemandForecaster, ForecastSettings
from merx_models.demand.sales import SalesTable
from merx_pipelines import held_out
from merx_pipelines.demand_tables import best_sold, demand_table, moved, priced
from merx_pipelines.shelf_weeks import ShelfWeeks
from merx_pipelines.weekly_sales import About, read_days, read_on_offer, read_sales

if TYPE_CHECKING:
    import pandas as pd

SALES_ALONE, WITH_PRICES = "sales", "sales and prices"
LEAST_MOVED = 0.1
"""Share of series whose prices must have changed, or there is nothing to learn from them."""


@dataclass(frozen=True)
class Weeks:
    """What the step `weekly_sales` wrote."""

    about: About
    sold: "pd.DataFrame"
    days: "pd.DataFrame"
    shelf: ShelfWeeks
    on_offer: "pd.Series[str]"

    @classmethod
    def read(cls, folder: Path) -> "Weeks":
        about, sold, days = About.read(folder), read_sales(folder), read_days(folder)
        return cls(about, sold, days, ShelfWeeks.read(folder), read_on_offer(folder))

    def table(self, products: int, *, known: int, prices: bool, ahead: int = 0) -> SalesTable:
        """Of the products best sold in the first `known` weeks, and prices as they were known then."""
        best = best_sold(self.sold, products, until=known)
        table = demand_table(best, self.shelf, self.about, ahead=ahead)
        return priced(table, self.shelf, until=known) if prices else table


def losses_of_inputs(
    weeks: Weeks, products: int, *, until: int, settings: ForecastSettings, seed: int
) -> dict[str, float]:
    """Pinball losses (units) in the last weeks before week `until`, of forecasters that had not seen them, by what they
    were told; empty where prices tell nothing, or so few weeks lie before that nobody could learn."""
    known = until - max(settings.horizons)
    tables = {
        SALES_ALONE: weeks.table(products, known=known, prices=False),
        WITH_PRICES: weeks.table(products, known=known, prices=True),
    }
    if known <= settings.backtest + max(settings.horizons) or moved(tables[WITH_PRICES]) < LEAST_MOVED:
        return {}
    losses = {}
    for name, table in tables.items():
        panel = Panel(table)
        forecaster = DemandForecaster.fit(panel, known - 1, settings=settings, seed=seed)
        forecast = forecaster.predict(panel, [(known - 1 + step, step) for step in settings.horizons])
        losses[name] = held_out.scored(table, known - 1, forecast).whole.pinball[held_out.MERX]
    return losses


def best_of(losses: Mapping[str, float]) -> str:
    """What the forecaster is told."""
    return min(losses, key=lambda name: losses[name]) if losses else SALES_ALONE
