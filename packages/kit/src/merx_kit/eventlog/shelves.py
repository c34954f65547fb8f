"""What stood on the shelves: when they were empty, what the shop asked, and what others asked for the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import pandas as pd

from merx_core.catalogue import Product
from merx_core.events import CATALOGUE_RECORDS, CompetitorPrice, RecordType, StockLevel
from merx_core.money import Money
from merx_kit.eventlog.archive import Archive, stream_all
from merx_kit.eventlog.log import EventLog

RECORDS = (*CATALOGUE_RECORDS, RecordType.COMPETITOR_PRICE)
MOMENT = "moment"
_PRODUCT = msgspec.json.Decoder(Product)
_STOCK = msgspec.json.Decoder(StockLevel)
_RIVAL = msgspec.json.Decoder(CompetitorPrice)


class Shelves(NamedTuple):
    """What was told in another order than it happened counts from when it was told; moments are UTC.

    `empty` (product_id, start, end): spans in which the shop had a product and could not sell it, in the order of their
    ends; `end` is NaT where that is so still. `asked` (product_id, time, price, currency, list_price): what holds from
    a moment on. `rivals` (product_id, competitor, time, price, currency): likewise, but at the times that were told,
    in the order of telling; price is missing where the competitor has run out. Amounts are minor units.
    """

    empty: pd.DataFrame
    asked: pd.DataFrame
    rivals: pd.DataFrame


def read_shelves(log: EventLog, archive: Archive | None = None) -> Shelves:
    """All of the log, in one reading. Of records without a time nobody knows when they began to hold."""
    history = _History()
    for columns in stream_all(log, archive, RECORDS):
        for kind, subject, time_us, data in zip(*columns[1:], strict=True):
            if time_us is not None:
                history.take(kind, subject, data, time_us=time_us)
    return history.tables()


@dataclass
class _History:
    """Moments are microseconds since 1970."""

    since: dict[str, int] = field(default_factory=dict)
    latest: dict[str, int] = field(default_factory=dict)
    spans: list[tuple[str, int, int | None]] = field(default_factory=list)
    prices: dict[str, tuple[int | None, str, int | None]] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    rivals: list[tuple[Any, ...]] = field(default_factory=list)

    def take(self, kind: str, subject: str | None, data: bytes, *, time_us: int) -> None:
        if kind == RecordType.STOCK_LEVEL:
            level = _STOCK.decode(data)
            self._sellable(level.product_id, time_us, sellable=level.sellable)
        elif kind == RecordType.PRODUCT_UPSERTED:
            product = _PRODUCT.decode(data)
            self._asked(product, self._sellable(product.product_id, time_us, sellable=product.in_stock))
        elif kind == RecordType.COMPETITOR_PRICE:
            rival = _RIVAL.decode(data)
            price = None if rival.in_stock is False else rival.price.amount
            self.rivals.append((rival.product_id, rival.competitor, time_us, price, rival.price.currency))
        elif kind == RecordType.PRODUCT_DELETED and subject is not None:
            self._sellable(subject, time_us, sellable=None)

    def _sellable(self, product_id: str, time_us: int, *, sellable: bool | None) -> int:
        """From when this counts; None: the shop no longer has it."""
        at_us = self.latest[product_id] = max(time_us, self.latest.get(product_id, time_us))
        began_us = self.since.pop(product_id, None)
        if sellable is False:
            self.since[product_id] = at_us if began_us is None else began_us
        elif began_us is not None and at_us > began_us:
            self.spans.append((product_id, began_us, at_us))
        return at_us

    def _asked(self, product: Product, at_us: int) -> None:
        money: Money | None = product.price or product.list_price
        if money is None:
            return
        amounts = [None if one is None else one.amount for one in (product.price, product.list_price)]
        told = (amounts[0], money.currency, amounts[1])
        if self.prices.get(product.product_id) != told:
            self.prices[product.product_id] = told
            self.asked.append((product.product_id, at_us, *told))

    def tables(self) -> Shelves:
        spans = [*self.spans, *((product_id, began_us, None) for product_id, began_us in self.since.items())]
        money = {"price": "Int64", "currency": "object"}
        return Shelves(
            empty=_table(spans, {"product_id": "object", "start": MOMENT, "end": MOMENT}),
            asked=_table(self.asked, {"product_id": "object", "time": MOMENT, **money, "list_price": "Int64"}),
            rivals=_table(self.rivals, {"product_id": "object", "competitor": "object", "time": MOMENT, **money}),
        )


def _table(rows: Sequence[tuple[Any, ...]], kinds: Mapping[str, Any]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(kinds), dtype=object)
    for name, kind in kinds.items():
        if kind == MOMENT:
            table[name] = pd.to_datetime(table[name].astype("Int64"), unit="us", utc=True)
        else:
            table[name] = table[name].astype(kind)
    return table
