"""Weekly sales as the forecaster reads them: the best sold products, each in each of its channels."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from merx_models.demand.long_table import read_long
from merx_models.demand.sales import Doubles, SalesTable
from merx_pipelines.plan import WEEK
from merx_pipelines.shelf_weeks import ShelfWeeks
from merx_pipelines.weekly_sales import About, families

if TYPE_CHECKING:
    import pandas as pd

PROMOTION = "promotion_off"
EMPTY_DAYS = 1.0
"""From so long on an empty shelf makes a week's sales less than what was wanted."""


def best_sold(sales: "pd.DataFrame", products: int, *, until: int) -> "pd.DataFrame":
    """The rows of the products that sold most units in the weeks before `until`."""
    units = sales[sales["week"] < until].groupby("product_id")["units"].sum()
    best = units.sort_values(ascending=False, kind="stable").index[:products]
    return sales[sales["product_id"].isin(best)]


def daily_units(days: "pd.DataFrame", names: Sequence[str], *, until: int) -> Doubles:
    """[S, 7 until]: units by day of the first `until` weeks, of series named as `demand_table` names them."""
    import pandas as pd

    row = pd.Index(names).get_indexer(pd.Index(days["channel"] + " " + days["product_id"]))
    day = days["day"].to_numpy()
    kept = (row >= 0) & (day < 7 * until)
    found = np.zeros((len(names), 7 * until))
    found[row[kept], day[kept]] = days["units"].to_numpy()[kept]
    return found


def demand_table(sales: "pd.DataFrame", shelf: ShelfWeeks, about: About, *, ahead: int) -> SalesTable:
    """A series for each product and channel of `sales`, named "channel product", by weeks since 1970, with `ahead`
    empty ones at the end.

    From its first sale on, a week without sales is one in which nothing was wanted, also after its last sale: whether a
    product has left the shop is not known. Where the shelf was empty for EMPTY_DAYS (`shelf`)
    sales are not demand, in no channel: stock is told for the shop as a whole.

    What was paid is left out: a forecaster that learns from it learns, where no sale means no new price, whether
    anything was sold. What was asked is added by `priced`.
    """
    name = (sales["channel"] + " " + sales["product_id"]).to_numpy(str)
    names, first_row, row = np.unique(name, return_index=True, return_inverse=True)
    sold = np.full((len(names), about.weeks), np.nan)
    sold[row, sales["week"].to_numpy()] = sales["units"].to_numpy()
    begun = np.maximum.accumulate(np.isfinite(sold), axis=1)
    sold = np.where(begun, np.nan_to_num(sold), np.nan)
    first = int(about.last.timestamp() // WEEK.total_seconds()) - about.weeks
    described = {
        "series": names,
        "product": sales["product_id"].to_numpy(str)[first_row],
        "store": sales["channel"].to_numpy(str)[first_row],
        "category": sales["category"].to_numpy(str)[first_row],
        "family": families(sales).to_numpy(str)[first_row],
    }
    return read_long(
        {
            **{column: np.repeat(values, about.weeks) for column, values in described.items()},
            "time": np.tile(np.arange(about.weeks) + first, len(names)),
            "value": sold.ravel(),
            "stock_out": stock_outs(shelf.empty, described["product"], about.weeks).ravel(),
        },
        ahead=ahead,
    )


def stock_outs(empty: "pd.DataFrame", product: Iterable[str], weeks: int) -> Doubles:
    """[S, weeks]: 1 where the shelf of a series' product was empty for EMPTY_DAYS at least, else 0."""
    import pandas as pd

    long = empty[(empty["days"] >= EMPTY_DAYS) & empty["week"].between(0, weeks - 1)]
    names, code = np.unique(np.array(list(product), np.str_), return_inverse=True)
    found = np.zeros((len(names), weeks))
    row = pd.Index(names).get_indexer(pd.Index(long["product_id"]))
    found[row[row >= 0], long["week"].to_numpy()[row >= 0]] = 1.0
    return found[code]


def priced(table: SalesTable, shelf: ShelfWeeks, *, until: int) -> SalesTable:
    """The table with what was asked each week, how far that lay below the list price, and what competitors asked, as
    far as it was known after the first `until` weeks: beyond them it stays as it was."""
    known = shelf.prices[shelf.prices["week"] < until]
    price, off, rival = (_held(known, name, table, until=until) for name in ("price", "off", "rival"))
    return table.replace(
        price=price,
        competitor_price=rival,
        promotions=np.nan_to_num(off)[:, :, None],
        promotion_names=(PROMOTION,),
    )


def _held(known: "pd.DataFrame", column: str, table: SalesTable, *, until: int) -> Doubles:
    """[S, T]; NaN where nothing is known."""
    import pandas as pd

    product = [name.partition(" ")[2] for name in table.names]
    names, code = np.unique(np.array(product, np.str_), return_inverse=True)
    found = np.full((len(names), table.periods), np.nan)
    row = pd.Index(names).get_indexer(pd.Index(known["product_id"]))
    found[row[row >= 0], known["week"].to_numpy()[row >= 0]] = known[column].to_numpy(np.float64)[row >= 0]
    found[:, until:] = found[:, [until - 1]]
    return found[code]


def moved(table: SalesTable) -> float:
    """The share of series whose price, discount or competitors' price was known and changed."""
    grids = (table.price, table.promotions[:, :, 0], table.competitor_price)
    changes = [np.diff(grid, axis=1) for grid in grids]
    return float(np.any([np.isfinite(change) & (change != 0) for change in changes], axis=(0, 2)).mean())
