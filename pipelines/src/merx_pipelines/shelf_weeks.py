"""What stood on the shelves week by week: for how long nothing, and at what prices, the shop's own and others'."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from merx_pipelines.plan import WEEK
from merx_pipelines.weekly_sales import About

if TYPE_CHECKING:
    import pandas as pd

    from merx_kit.eventlog.shelves import Shelves

EMPTY, PRICES = "empty_weeks.parquet", "weekly_prices.parquet"


@dataclass(frozen=True)
class ShelfWeeks:
    """`empty` (product_id, week, days): days from above 0 to 7. `prices` (product_id, week, price, off, rival): of
    products and weeks of which any is known; minor units, NaN where unknown; `off` is the share that a price lies below
    the list price, 0 where it does not; `rival` is the lowest of the competitors'."""

    empty: "pd.DataFrame"
    prices: "pd.DataFrame"

    @classmethod
    def read(cls, folder: Path) -> "ShelfWeeks":
        import pandas as pd

        return cls(pd.read_parquet(folder / EMPTY), pd.read_parquet(folder / PRICES))


def write(shelves: "Shelves", about: About, out: Path) -> ShelfWeeks:
    """Of the weeks that `about` counts; prices in its currency alone, each week's are those that held in its middle."""
    import pandas as pd

    end = pd.Timestamp(about.last)
    found = ShelfWeeks(empty_weeks(shelves.empty, end, about.weeks), weekly_prices(shelves, about))
    found.empty.to_parquet(out / EMPTY, index=False)
    found.prices.to_parquet(out / PRICES, index=False)
    return found


def empty_weeks(shelves: "pd.DataFrame", end: "pd.Timestamp", weeks: int) -> "pd.DataFrame":
    """product_id, week, days: how long each product's shelf was empty in each of the `weeks` before `end`. `shelves`:
    product_id, start, end (NaT: still)."""
    import numpy as np
    import pandas as pd

    week = pd.Timedelta(weeks=1)
    first = end - weeks * week
    begun = ((shelves["start"] - first) / week).clip(0, weeks).to_numpy(np.float64)
    ended = ((shelves["end"].fillna(end) - first) / week).clip(0, weeks).to_numpy(np.float64)
    spanned = np.maximum(np.ceil(ended) - np.floor(begun), 0).astype(np.int64)
    row = np.repeat(np.arange(len(shelves)), spanned)
    within = np.arange(len(row)) - np.repeat(spanned.cumsum() - spanned, spanned)
    number = np.floor(begun[row]).astype(np.int64) + within
    days = (7.0 * (np.minimum(ended[row], number + 1) - np.maximum(begun[row], number))).round(6)
    found = pd.DataFrame({"product_id": shelves["product_id"].to_numpy()[row], "week": number, "days": days})
    return found[found["days"] > 0].groupby(["product_id", "week"], as_index=False, sort=True)[["days"]].sum()


def weekly_prices(shelves: "Shelves", about: About) -> "pd.DataFrame":
    """product_id, week, price, off, rival."""
    import numpy as np

    asked = _held(shelves.asked, ["product_id"], about)
    price = asked["price"].fillna(asked["list_price"]).astype("float64")
    listed = asked["list_price"].astype("float64").fillna(price)
    asked = asked.assign(price=price, off=((listed - price) / listed).clip(lower=0.0))
    rivals = _held(shelves.rivals, ["product_id", "competitor"], about)
    rivals["rival"] = rivals["price"].astype("float64")
    lowest = rivals.groupby(["product_id", "week"], as_index=False)["rival"].min()
    found = asked[["product_id", "week", "price", "off"]].merge(lowest, how="outer", on=["product_id", "week"])
    return found.assign(off=found["off"].fillna(0.0), price=found["price"].where(found["price"] > 0, np.nan))


def _held(steps: "pd.DataFrame", keys: list[str], about: About) -> "pd.DataFrame":
    """The steps that held in the middle of each week, with `week`; other currencies are left out."""
    import numpy as np
    import pandas as pd

    used = steps[steps["currency"] == about.currency].sort_values("time", kind="stable")  # files come in any order
    middle = pd.Timestamp(about.last) - pd.Timedelta(WEEK) * (about.weeks - 0.5)
    # The first week in whose middle a step holds, and, of several in one week, the last.
    used["week"] = np.maximum(np.ceil((used["time"] - middle) / pd.Timedelta(WEEK)), 0).astype("int64")
    used = used[used["week"] < about.weeks].drop_duplicates([*keys, "week"], keep="last")
    until = used.groupby(keys)["week"].shift(-1).fillna(about.weeks).astype("int64")
    lasting = (until - used["week"]).to_numpy()
    rows = used.loc[used.index.repeat(lasting)].reset_index(drop=True)
    rows["week"] += rows.groupby([*keys, "time"]).cumcount()
    return rows
