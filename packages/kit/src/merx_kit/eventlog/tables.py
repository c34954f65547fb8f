"""The log read back as the two tables that pipelines work on: interactions by event line, and the catalogue."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, repeat
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from msgspec.structs import replace

from merx_core.catalogue import Product
from merx_core.events import CATALOGUE_RECORDS, CostChange, RecordType, StockLevel
from merx_core.ids import profile_of
from merx_kit.eventlog.archive import Archive, stream_all
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.records import Columns, microseconds


class _Amount(msgspec.Struct, gc=False):
    amount: int
    currency: str


class _Line(msgspec.Struct, gc=False):
    product_id: str
    quantity: int = 1
    price: _Amount | None = None
    discount: _Amount | None = None


class _Event(msgspec.Struct):
    """An event as it was validated when it came in: only the parts that the table needs are decoded."""

    type: str
    time: datetime
    customer_id: str | None = None
    anonymous_id: str | None = None
    session_id: str | None = None
    channel: str = "web"
    order_id: str | None = None
    lines: list[_Line] = []


class _Named(msgspec.Struct):
    product_id: str


_EVENTS = msgspec.json.Decoder(list[_Event])
_PRODUCT = msgspec.json.Decoder(Product)
_STOCK = msgspec.json.Decoder(StockLevel)
_COST = msgspec.json.Decoder(CostChange)
_NAMED = msgspec.json.Decoder(_Named)
_NOTHING = _Amount(0, "")


def read_interactions(log: EventLog, archive: Archive | None = None, *, after: int = 0) -> pd.DataFrame:
    """One row per event line, sorted by (time, offset); amounts in minor units of `currency`, for one unit.

    Records that are in `archive` are read from there, whether the log still has them or not.

    `unit_price` and `discount` are 0 where the event told none; `currency` is then empty. Events without lines, such
    as searches, have no row.
    """
    parts = [_interactions(columns) for columns in stream_all(log, archive, [RecordType.EVENT], after=after)]
    parts.append(_interactions(Columns([], [], [], [], [])))
    table = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    order = np.lexsort((table["offset"].to_numpy(), table["time"].to_numpy()))
    return table.take(order).reset_index(drop=True)


def _interactions(columns: Columns) -> pd.DataFrame:
    events = _EVENTS.decode(_as_list(columns.data))
    sizes = np.fromiter((len(event.lines) for event in events), np.int64, len(events))
    lines = list(chain.from_iterable(event.lines for event in events))
    times = np.fromiter((microseconds(event.time) for event in events), np.int64, len(events))
    prices = [line.price or _NOTHING for line in lines]
    discounts = [line.discount or _NOTHING for line in lines]
    moments = pd.to_datetime(np.repeat(times, sizes).astype("datetime64[us]")).tz_localize("UTC")
    return pd.DataFrame(
        {
            "offset": np.repeat(np.asarray(columns.offsets, dtype=np.int64), sizes),
            "time": moments,
            "profile_id": _repeated([profile_of(e.customer_id, e.anonymous_id) for e in events], sizes),
            "session_id": _repeated([event.session_id for event in events], sizes),
            "product_id": _objects([line.product_id for line in lines]),
            "event_type": _repeated([event.type for event in events], sizes),
            "quantity": np.fromiter((line.quantity for line in lines), np.int32, len(lines)),
            "unit_price": np.fromiter((price.amount for price in prices), np.int64, len(lines)),
            "discount": np.fromiter((discount.amount for discount in discounts), np.int64, len(lines)),
            "currency": _objects([price.currency for price in prices]),
            "channel": _repeated([event.channel for event in events], sizes),
            "order_id": _repeated([event.order_id for event in events], sizes),
        }
    )


def read_catalogue(log: EventLog, archive: Archive | None = None) -> pd.DataFrame:
    """One row per product of `read_products`."""
    return _catalogue(read_products(log, archive))


def read_products(log: EventLog, archive: Archive | None = None) -> list[Product]:
    """Every product as it is now; sorted by product_id.

    Later upserts replace earlier ones, deletions remove. A stock level and a cost hold until a later record tells
    another; an upsert always tells `in_stock`, and stock and cost only where it has them.
    """
    products: dict[str, Product] = {}
    for kind, product_id, data in _catalogue_records(log, archive):
        if kind == RecordType.PRODUCT_DELETED:
            products.pop(product_id, None)
        elif kind == RecordType.PRODUCT_UPSERTED:
            products[product_id] = _renewed(products.get(product_id), _PRODUCT.decode(data))
        elif (known := products.get(product_id)) is not None:
            products[product_id] = _changed(known, kind, data)
    return [products[product_id] for product_id in sorted(products)]


def _renewed(before: Product | None, product: Product) -> Product:
    if before is None or (product.stock is not None and product.cost is not None):
        return product
    stock = before.stock if product.stock is None else product.stock
    return replace(product, stock=stock, cost=product.cost or before.cost)


def _changed(product: Product, kind: str, data: bytes) -> Product:
    if kind == RecordType.COST_CHANGED:
        return replace(product, cost=_COST.decode(data).cost)
    level = _STOCK.decode(data)
    return replace(product, stock=product.stock if level.stock is None else level.stock, in_stock=level.sellable)


def _catalogue_records(log: EventLog, archive: Archive | None) -> Iterator[tuple[str, str, bytes]]:
    """Kind, product id and data."""
    for columns in stream_all(log, archive, CATALOGUE_RECORDS):
        for kind, subject, data in zip(columns.types, columns.subjects, columns.data, strict=True):
            yield kind, subject or _NAMED.decode(data).product_id, data


def _catalogue(products: Sequence[Product]) -> pd.DataFrame:
    def amounts(name: str) -> "pd.Series[Any]":
        values = [getattr(product, name) for product in products]
        return pd.Series([None if value is None else value.amount for value in values], dtype="Int64")

    moneys = [product.price or product.list_price or product.cost for product in products]
    return pd.DataFrame(
        {
            "product_id": _objects([product.product_id for product in products]),
            "title": _objects([product.title for product in products]),
            "description": _objects([product.description for product in products]),
            "brand": _objects([product.brand for product in products]),
            "category": _objects([" > ".join(product.category) for product in products]),
            "department": _objects([product.category[0] if product.category else "" for product in products]),
            "leaf": _objects([product.category[-1] if product.category else "" for product in products]),
            "price": amounts("price"),
            "list_price": amounts("list_price"),
            "cost": amounts("cost"),
            "currency": _objects([money.currency if money else "" for money in moneys]),
            "in_stock": np.fromiter((product.in_stock for product in products), np.bool_, len(products)),
            "stock": pd.Series([product.stock for product in products], dtype="Int64"),
            "picture": _objects([product.pictures[0] if product.pictures else "" for product in products]),
        }
    )


def _as_list(documents: Sequence[bytes]) -> bytes:
    """One JSON list of all: decoded in a single call."""
    return b"[" + b",".join(documents) + b"]"


def _objects(values: Sequence[object]) -> "np.ndarray[Any, np.dtype[np.object_]]":
    return np.fromiter(values, dtype=object, count=len(values))


def _repeated(values: Sequence[object], sizes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.object_]]":
    return np.fromiter(chain.from_iterable(map(repeat, values, sizes.tolist())), dtype=object, count=int(sizes.sum()))
