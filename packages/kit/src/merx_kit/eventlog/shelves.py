"""When products could not be bought: the log's stock levels as spans of empty shelves."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import pandas as pd

from merx_core.catalogue import Product
from merx_core.events import CATALOGUE_RECORDS, RecordType, StockLevel
from merx_kit.eventlog.archive import Archive, stream_all
from merx_kit.eventlog.log import EventLog

_PRODUCT = msgspec.json.Decoder(Product)
_STOCK = msgspec.json.Decoder(StockLevel)


class _Told(NamedTuple):
    """That a product can be sold, or not, from a moment on; None: the shop no longer has it."""

    product_id: str
    time_us: int
    sellable: bool | None


def read_empty_shelves(log: EventLog, archive: Archive | None = None) -> pd.DataFrame:
    """product_id, start, end: spans in which the shop had a product and could not sell it, in the order of their ends.
    `end` is NaT where that is so still. What was told in another order than it happened counts from when it was told.
    """
    since: dict[str, int] = {}
    latest: dict[str, int] = {}
    spans: list[tuple[str, int, int | None]] = []
    for told in _told(log, archive):
        at_us = latest[told.product_id] = max(told.time_us, latest.get(told.product_id, told.time_us))
        began_us = since.pop(told.product_id, None)
        if told.sellable is False:
            since[told.product_id] = at_us if began_us is None else began_us
        elif began_us is not None and at_us > began_us:
            spans.append((told.product_id, began_us, at_us))
    spans += [(product_id, began_us, None) for product_id, began_us in since.items()]
    return pd.DataFrame(
        {
            "product_id": pd.Series([product_id for product_id, _, _ in spans], dtype=object),
            "start": _moments([start for _, start, _ in spans]),
            "end": _moments([end for _, _, end in spans]),
        }
    )


def _told(log: EventLog, archive: Archive | None) -> Iterator[_Told]:
    """Of records without a time nobody knows when they began to hold."""
    for columns in stream_all(log, archive, CATALOGUE_RECORDS):
        for kind, subject, time_us, data in zip(*columns[1:], strict=True):
            if time_us is None:
                continue
            if kind == RecordType.STOCK_LEVEL:
                level = _STOCK.decode(data)
                yield _Told(level.product_id, time_us, level.sellable)
            elif kind == RecordType.PRODUCT_UPSERTED:
                product = _PRODUCT.decode(data)
                yield _Told(product.product_id, time_us, product.in_stock)
            elif kind == RecordType.PRODUCT_DELETED and subject is not None:
                yield _Told(subject, time_us, None)


def _moments(times_us: Sequence[int | None]) -> "pd.Series[pd.Timestamp]":
    return pd.to_datetime(pd.Series(pd.array(list(times_us), dtype="Int64")), unit="us", utc=True)
