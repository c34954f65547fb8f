"""What was sold week by week: one row for each product, channel and week between its first sale and its last."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SALES, DAYS, ABOUT = "weekly_sales.parquet", "daily_sales.parquet", "weekly_sales.json"
ON_OFFER = "on_offer.parquet"
CATEGORY_LEVELS = 2
"""Of a category's path: deeper ones hold too few products to lean on."""
NO_FAMILY = "(none)"


class NothingSold(ValueError):
    """No purchase has a price, or none lies in a whole week."""


@dataclass(frozen=True, kw_only=True)
class About:
    """`end` is the moment at which the last week ends (ISO 8601); weeks are counted from 0. `dropped` are purchase
    lines by reason: without a price, or in another currency than most."""

    currency: str
    weeks: int
    end: str
    products: int
    rows: int
    dropped: dict[str, int]

    @classmethod
    def read(cls, folder: Path) -> "About":
        return cls(**json.loads((folder / ABOUT).read_text()))

    @property
    def last(self) -> datetime:
        """The moment at which the last week ends."""
        return datetime.fromisoformat(self.end)


def families(table: "pd.DataFrame") -> "pd.Series[str]":
    """Of each row: the first level of its category, under which what sells alike is looked at together."""
    return table["category"].str.split(" > ").str[0].replace("", NO_FAMILY)


def read_sales(folder: Path) -> "pd.DataFrame":
    """What `write` wrote: product_id, channel, category, week, units, price (minor units, mean of what was paid)."""
    import pandas as pd

    return pd.read_parquet(folder / SALES)


def read_days(folder: Path) -> "pd.DataFrame":
    """What `write` wrote of single days: product_id, channel, day (from 0, seven to a week), units; sold ones alone."""
    import pandas as pd

    return pd.read_parquet(folder / DAYS)


def read_on_offer(folder: Path) -> "pd.Series[str]":
    """What `write` wrote of the catalogue: the category of each product that is on offer, by its id."""
    import pandas as pd

    return pd.read_parquet(folder / ON_OFFER).set_index("product_id")["category"]


def write(lines: "pd.DataFrame", products: "pd.DataFrame", out: Path) -> About:
    """Of interactions and catalogue, as `extract` and `clean` write them. In a week without a sale the price is that of
    the last one with. Raises NothingSold."""
    bought = lines[lines["event_type"] == "purchase"]
    priced = bought[bought["unit_price"] > 0]
    if priced.empty:
        raise NothingSold(f"none of {len(bought):,} purchase lines has a price")
    currency = str(priced["currency"].mode().iloc[0])
    used = priced[priced["currency"] == currency]
    table, weeks = _weekly(used)
    on_offer = categories(products)
    table["category"] = table["product_id"].map(on_offer).fillna("")
    out.mkdir(parents=True, exist_ok=True)
    table.to_parquet(out / SALES, index=False)
    _daily(used, weeks).to_parquet(out / DAYS, index=False)
    on_offer.rename("category").reset_index().to_parquet(out / ON_OFFER, index=False)
    about = About(
        currency=currency,
        weeks=weeks,
        end=used["time"].max().isoformat(),
        products=int(table["product_id"].nunique()),
        rows=len(table),
        dropped={"no_price": len(bought) - len(priced), "other_currency": len(priced) - len(used)},
    )
    (out / ABOUT).write_text(json.dumps(asdict(about), indent=1))
    return about


def _weekly(lines: "pd.DataFrame") -> tuple["pd.DataFrame", int]:
    """Whole weeks, counted back from the last sale: the first days, which make none, are left out."""
    import pandas as pd

    keys = ["product_id", "channel"]
    back = (lines["time"].max() - lines["time"]) // pd.Timedelta(weeks=1)
    whole = int(back.max())
    if not whole:
        raise NothingSold("the purchases span less than one whole week")
    sold = pd.DataFrame(
        {
            **{key: lines[key] for key in keys},
            "week": whole - 1 - back,
            "units": lines["quantity"],
            "paid": lines["quantity"] * lines["unit_price"],
        }
    )
    sums = sold[sold["week"] >= 0].groupby([*keys, "week"], as_index=False, sort=True)[["units", "paid"]].sum()
    lives = sums.groupby(keys, as_index=False)["week"].agg(first="min", last="max")
    rows = lives.loc[lives.index.repeat(lives["last"] - lives["first"] + 1)].reset_index(drop=True)
    rows["week"] = rows["first"] + rows.groupby(keys).cumcount()
    table = rows[[*keys, "week"]].merge(sums, how="left", on=[*keys, "week"])
    table["price"] = (table["paid"] / table["units"]).groupby([table[key] for key in keys]).ffill()
    table["units"] = table["units"].fillna(0).astype("int64")
    return table.drop(columns="paid"), whole


def _daily(lines: "pd.DataFrame", weeks: int) -> "pd.DataFrame":
    """Days with sales, of the weeks' own 24 hours: day // 7 is the week."""
    import pandas as pd

    back = (lines["time"].max() - lines["time"]) // pd.Timedelta(days=1)
    sold = pd.DataFrame(
        {
            "product_id": lines["product_id"],
            "channel": lines["channel"],
            "day": 7 * weeks - 1 - back,
            "units": lines["quantity"].astype("int64"),
        }
    )
    keys = ["product_id", "channel", "day"]
    return sold[sold["day"] >= 0].groupby(keys, as_index=False, sort=True)[["units"]].sum()


def categories(products: "pd.DataFrame") -> "pd.Series[str]":
    """Of a catalogue, by product: the first levels of its path; empty where it has none."""
    path = products.set_index("product_id")["category"].fillna("")
    return path.str.split(" > ").str[:CATEGORY_LEVELS].str.join(" > ")
