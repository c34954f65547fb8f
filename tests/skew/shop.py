"""A small shop with what is awkward: products without category, price or sale, one that left the catalogue."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

START = datetime(2024, 1, 1, tzinfo=UTC)
WEEKS = 20
END = START + timedelta(weeks=WEEKS)
PRODUCTS, SHOPPERS = 60, 40


@dataclass(frozen=True)
class Shop:
    interactions: Path
    catalogue: Path


def write_shop(folder: Path, seed: int = 7) -> Shop:
    rng = np.random.default_rng(seed)
    interactions, catalogue = folder / "interactions.parquet", folder / "catalogue.parquet"
    orders = _orders(rng)
    pd.concat([orders, _views(rng)]).sort_values(["time", "offset"]).reset_index(drop=True).to_parquet(interactions)
    _catalogue(rng).to_parquet(catalogue)
    return Shop(interactions, catalogue)


def _orders(rng: np.random.Generator) -> pd.DataFrame:
    lines = []
    for shopper in range(SHOPPERS):
        # Shopper 0 stopped early, shopper 1 came last week alone: one is lapsed, one is new.
        first, last = {0: (0, 6), 1: (WEEKS - 1, WEEKS)}.get(shopper, (0, WEEKS))
        for week in range(first, last):
            if rng.random() < 0.4 and shopper > 1:
                continue
            moment = START + timedelta(weeks=week, seconds=int(rng.integers(0, 6 * 86_400)))
            # Product 50 and later are never sold; "gone" is not in the catalogue; product 40 sold in week 2 alone.
            bought = rng.choice(40, size=int(rng.integers(1, 8)), replace=False).tolist()
            names = [f"p{product}" for product in bought] + (["gone"] if week == 3 else []) + ["p40"] * (week == 2)
            for name in names:
                discount = int(rng.integers(0, 60)) if rng.random() < 0.3 else 0
                lines.append((moment, shopper, name, int(rng.integers(1, 4)), int(rng.integers(50, 900)), discount))
    frame = pd.DataFrame(lines, columns=["time", "shopper", "product_id", "quantity", "unit_price", "discount"])
    order = frame["shopper"].astype(str) + "/" + frame["time"].astype(str)
    return _finished(frame.assign(order_id=order.where(frame["shopper"] % 5 != 0, None)), "purchase")


def _views(rng: np.random.Generator) -> pd.DataFrame:
    size = 300
    moments = [START + timedelta(seconds=int(second)) for second in rng.integers(0, WEEKS * 7 * 86_400 - 1, size)]
    late = [END - timedelta(hours=5, seconds=int(second)) for second in rng.integers(0, 3_600, 40)]
    frame = pd.DataFrame({"time": moments + late})
    frame["shopper"] = rng.integers(0, SHOPPERS, len(frame))
    frame["product_id"] = [f"p{product}" for product in rng.integers(0, PRODUCTS, len(frame))]
    frame = frame.assign(quantity=1, unit_price=0, discount=0, order_id=None)
    kinds = np.where(rng.random(len(frame)) < 0.3, "add_to_cart", "view_item")
    return _finished(frame, kinds).assign(session_id="s" + frame["shopper"].astype(str))


def _finished(frame: pd.DataFrame, kind: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "offset": np.arange(len(frame), dtype=np.int64),
            "time": pd.to_datetime(frame["time"], utc=True).astype("datetime64[us, UTC]"),
            "profile_id": "c:" + frame["shopper"].astype(str),
            "session_id": None,
            "product_id": frame["product_id"],
            "event_type": kind,
            "quantity": frame["quantity"].astype("int32"),
            "unit_price": frame["unit_price"].astype("int64"),
            "discount": frame["discount"].astype("int64"),
            "channel": "web",
            "order_id": frame["order_id"],
        }
    )


def _catalogue(rng: np.random.Generator) -> pd.DataFrame:
    number = np.arange(PRODUCTS)
    leaf = pd.Series([f"leaf {n % 7}" for n in number])
    leaf[number % 11 == 0] = ""
    price = pd.array(rng.integers(50, 900, PRODUCTS), dtype="Int64")
    price[number % 13 == 0] = pd.NA
    return pd.DataFrame(
        {
            "product_id": [f"p{n}" for n in number],
            "title": [f"Thing {n}" for n in number],
            "description": "",
            "brand": [None if n % 9 == 0 else f"brand {n % 4}" for n in number],
            "category": "shop > " + leaf,
            "department": [f"department {n % 3}" for n in number],
            "leaf": leaf,
            "price": price,
            "list_price": price,
            "cost": pd.array([pd.NA] * PRODUCTS, dtype="Int64"),
            "currency": "USD",
            "in_stock": number % 10 != 0,
            "stock": pd.array([pd.NA] * PRODUCTS, dtype="Int64"),
            "picture": None,
        }
    )
