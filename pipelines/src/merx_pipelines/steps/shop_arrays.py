"""The interactions and catalogue tables as codes and arrays, ready for `merx_core.features`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from merx_core.events import EventType
from merx_core.features.inputs import Doubles, Ints
from merx_core.features.purchases import Purchases

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class ShopArrays:
    """Codes index the id lists; `leaf`, `department`, `brand` and `price` are by product, -1 or NaN where unknown.

    Products of the catalogue come first, in its order; those only ever seen in events follow.
    """

    profile_ids: "pd.Index[str]"
    product_ids: "pd.Index[str]"
    leaves: "pd.Index[str]"
    departments: "pd.Index[str]"
    brands: "pd.Index[str]"
    leaf: Ints
    department: Ints
    brand: Ints
    price: Doubles
    purchases: Purchases
    catalogue: "pd.DataFrame"
    interactions: "pd.DataFrame"


def read_shop(interactions: Path, catalogue: Path) -> ShopArrays:
    """Reads both tables. Raises ValueError where the interactions are not sorted by time."""
    import pandas as pd

    products = pd.read_parquet(catalogue)
    lines = pd.read_parquet(interactions)
    unlisted = pd.Index(lines["product_id"].unique()).difference(products["product_id"])
    product_ids = pd.Index(products["product_id"]).append(unlisted)
    bought = lines[(lines["event_type"] == EventType.PURCHASE) & lines["profile_id"].notna()]
    shopper, profile_ids = pd.factorize(bought["profile_id"], sort=True)
    extra = len(unlisted)
    leaf, leaves = _codes(products["leaf"], extra)
    department, departments = _codes(products["department"], extra)
    brand, brands = _codes(products["brand"], extra)
    price = products["price"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    return ShopArrays(
        profile_ids=profile_ids,
        product_ids=product_ids,
        leaves=leaves,
        departments=departments,
        brands=brands,
        leaf=leaf,
        department=department,
        brand=brand,
        price=np.append(price, np.full(extra, np.nan)),
        purchases=_purchases(bought, shopper.astype(np.int32), product_ids),
        catalogue=products,
        interactions=lines,
    )


def _codes(values: "pd.Series[str]", extra: int) -> tuple[Ints, "pd.Index[str]"]:
    import pandas as pd

    codes, found = pd.factorize(values.replace("", None), sort=True)
    return np.append(codes, np.full(extra, -1)).astype(np.int32), pd.Index(found)


def _purchases(bought: "pd.DataFrame", shopper: Ints, product_ids: "pd.Index[str]") -> Purchases:
    import pandas as pd

    time = bought["time"].to_numpy("datetime64[us]").astype(np.int64) / 1e6
    # Lines without an order id that one shopper bought at one moment are one order.
    loose = bought["order_id"].isna()
    orders = bought["order_id"].astype(object)
    orders[loose] = bought.loc[loose, "profile_id"] + "@" + bought.loc[loose, "time"].astype(str)
    order = pd.factorize(orders)[0]
    amounts = tuple(bought[name].to_numpy(np.float64) for name in ("quantity", "unit_price", "discount"))
    product = product_ids.get_indexer(pd.Index(bought["product_id"])).astype(np.int32)
    return Purchases.of(shopper, product, order.astype(np.int32), time=time, amounts=amounts)
