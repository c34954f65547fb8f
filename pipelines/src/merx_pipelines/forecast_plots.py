"""Pictures of forecasts for people: what was sold, and the fan of what is expected."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from merx_models.demand.forecast_table import ForecastTable
from merx_models.demand.quantiles import LEVELS, MEDIAN
from merx_pipelines.plan import WEEK
from merx_pipelines.weekly_sales import About, families

if TYPE_CHECKING:
    import pandas as pd

FAMILIES, COLUMNS = 9, 3
SHOWN_WEEKS = 26


def largest_families(sales: "pd.DataFrame", forecasts: ForecastTable, count: int) -> dict[str, list[str]]:
    """Of the families that sold most units the forecast products, best sold first."""
    known = sales[sales["product_id"].isin(forecasts.product)]
    units = known.groupby([families(known), "product_id"])["units"].sum()
    whole = units.groupby(level=0).sum().sort_values(ascending=False, kind="stable").index[:count]
    return {
        str(name): units[name].sort_values(ascending=False, kind="stable").index.astype(str).tolist() for name in whole
    }


def fan_charts(forecasts: ForecastTable, sales: "pd.DataFrame", about: About, path: Path) -> None:
    """The best sold product of each of the largest families."""
    from matplotlib.figure import Figure

    found = largest_families(sales, forecasts, FAMILIES)
    shown = sales[sales["product_id"].isin([products[0] for products in found.values()])]
    rows = -(-len(found) // COLUMNS)
    figure = Figure(figsize=(4.5 * COLUMNS, 3 * rows), layout="constrained")
    for axes, (family, products) in zip(
        figure.subplots(rows, COLUMNS, squeeze=False).flat, found.items(), strict=False
    ):
        fan(axes, forecasts, shown, products[0], about=about)
        axes.set_title(f"{family}: {products[0]}", fontsize=10)
    for axes in figure.axes[len(found) :]:
        axes.axis("off")
    figure.savefig(path, dpi=100)


def fan(axes: Any, forecasts: ForecastTable, sales: "pd.DataFrame", product: str, *, about: About) -> None:
    """Units a week in all channels: the last half year of `sales`, then the median and intervals of 80, 60, 40, 20 %.
    A week is drawn at the moment at which it ends."""
    own = sales[sales["product_id"] == product].groupby("week")["units"].sum()
    past = own.reindex(range(max(0, about.weeks - SHOWN_WEEKS), about.weeks), fill_value=0)
    axes.plot(
        [about.last - WEEK * (about.weeks - 1 - week) for week in past.index], past, color="tab:blue", linewidth=1.4
    )
    told = forecasts.of(product)
    moments = [told.begins(place) + WEEK for place in range(len(told.point))]
    for place in range(MEDIAN):
        low, high = told.quantiles[:, place], told.quantiles[:, len(LEVELS) - 1 - place]
        axes.fill_between(moments, low, high, color="tab:orange", alpha=0.18, linewidth=0)
    axes.plot(moments, told.quantiles[:, MEDIAN], color="tab:orange", linewidth=1.6)
    axes.set_ylim(0, 1.15 * float(np.max([past.max(), told.quantiles.max(), 1.0])))
    axes.set_ylabel("units a week")
    _by_month(axes)


def _by_month(axes: Any) -> None:
    from matplotlib import dates

    axes.xaxis.set_major_locator(dates.MonthLocator(interval=2))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(dates.DateFormatter("%b"))  # type: ignore[no-untyped-call]
