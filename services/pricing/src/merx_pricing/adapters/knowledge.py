"""The facts of the event log: read once from its start, then followed."""

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

import msgspec
import structlog

from merx_core.catalogue import Product
from merx_core.events import CATALOGUE_RECORDS, CompetitorPrice, CostChange, RecordType, StockLevel
from merx_kit.eventlog import Archive, Columns, EventLog, LogTail, stream_all
from merx_pricing.domain import Facts, FactTable, Rival
from merx_pricing.metrics import PRODUCTS, UNREADABLE

log = structlog.get_logger(__name__)

RECORDS = (*CATALOGUE_RECORDS, RecordType.COMPETITOR_PRICE)
KEPT_US = 400 * 86_400_000_000
"""How far back a product's prices are remembered, the one that then held included."""
LARGEST_SIZE = 10**9
START_S = 2.0
"""How long a start waits for the facts; of a long log they come later, and answers say that they are missing."""

_PRODUCT = msgspec.json.Decoder(Product)
_STOCK = msgspec.json.Decoder(StockLevel)
_COST = msgspec.json.Decoder(CostChange)
_RIVAL = msgspec.json.Decoder(CompetitorPrice)


class _Named(msgspec.Struct):
    product_id: str


_NAMED = msgspec.json.Decoder(_Named)
Changed = Callable[[Collection[str]], None]


class LogKnowledge:
    """`changed` hears of the products whose facts a batch of records changed, in the thread that follows the log."""

    def __init__(
        self,
        source: EventLog,
        archive: Archive | None = None,
        *,
        size_attribute: str,
        poll_s: float,
        changed: Changed = lambda _: None,
    ) -> None:
        self._log = source
        self._archive = archive
        self._size_attribute = size_attribute
        self.changed = changed
        self._table = FactTable()
        self._whole = False
        self._tail = LogTail(source, self._take, begin=self._begin, types=RECORDS, name="pricing", poll_s=poll_s)
        self._started = False

    @property
    def table(self) -> FactTable:
        return self._table

    @property
    def whole(self) -> bool:
        """Whether everything that the log had at the start was read."""
        return self._whole

    @property
    def degraded(self) -> tuple[str, ...]:
        if not self._started:
            return ()
        if not self._tail.available:
            return ("log_unavailable",)
        return () if self._whole else ("facts_loading",)

    def start(self) -> None:
        """Returns when everything was read, or after START_S."""
        self._started = True
        self._tail.start()
        if not self._tail.wait_until_caught_up(START_S):
            log.warning("facts_not_read_yet", position=self._tail.position)

    def stop(self) -> None:
        if self._started:
            self._tail.stop()

    def _begin(self) -> int:
        """All of it anew; raises EventLogError."""
        head, table = self._log.head(), FactTable()
        for columns in stream_all(self._log, self._archive, RECORDS):
            fold(table, columns, size_attribute=self._size_attribute)
        self._table, self._whole = table, True
        PRODUCTS.set(len(table))
        self.changed(table.products())
        return head

    def _take(self, columns: Columns) -> None:
        changed = fold(self._table, columns, size_attribute=self._size_attribute)
        PRODUCTS.set(len(self._table))
        if changed:
            self.changed(changed)


def fold(table: FactTable, columns: Columns, *, size_attribute: str) -> Collection[str]:
    """Takes records in; gives the products that they changed. A record that cannot be read is passed over and counted;
    what is told of a product that the shop does not have is left out, as it is everywhere."""
    changed: dict[str, None] = {}
    now_us = time.time_ns() // 1_000
    for offset, kind, subject, time_us, data in zip(*columns, strict=True):
        try:
            at_us = min(time_us or now_us, now_us)
            facts = _changed(table, (kind, subject, data), at_us=at_us, size_attribute=size_attribute)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            UNREADABLE.inc()
            log.warning("record_unreadable", offset=offset, type=kind, detail=str(error))
            continue
        if isinstance(facts, Facts):
            table.put(facts)
            changed[facts.product_id] = None
        elif facts is not None:
            table.drop(facts)
            changed[facts] = None
    return changed


def _changed(
    table: FactTable, record: tuple[str, str | None, bytes], *, at_us: int, size_attribute: str
) -> Facts | str | None:
    """The product as it is after the record; its id where it is gone, None where the shop does not have it."""
    kind, subject, data = record
    if kind == RecordType.PRODUCT_UPSERTED:
        product = _PRODUCT.decode(data)
        return _upserted(table.get(product.product_id), product, at_us, size_attribute)
    if kind == RecordType.PRODUCT_DELETED:
        return subject or _NAMED.decode(data).product_id
    if kind == RecordType.STOCK_LEVEL:
        level = _STOCK.decode(data)
        table.stock_us = max(table.stock_us, at_us)
        known = table.get(level.product_id)
        if known is None or level.stock is None:
            return None if known is None else replace(known, in_stock=level.sellable)
        return replace(known, stock=level.stock, stock_us=at_us, in_stock=level.sellable)
    if kind == RecordType.COST_CHANGED:
        cost = _COST.decode(data)
        table.costs_us = max(table.costs_us, at_us)
        known = table.get(cost.product_id)
        return None if known is None else replace(known, cost=cost.cost, cost_us=at_us)
    told = _RIVAL.decode(data)
    table.rivals_us = max(table.rivals_us, at_us)
    known = table.get(told.product_id)
    rival = Rival(told.price, at_us, told.in_stock is not False)
    return None if known is None else replace(known, rivals={**known.rivals, told.competitor: rival})


def _upserted(known: Facts | None, product: Product, at_us: int, size_attribute: str) -> Facts:
    """An upsert tells `in_stock` always, and stock and cost where it has them."""
    before = known or Facts(product_id=product.product_id)
    cost, cost_us = (product.cost, at_us) if product.cost is not None else (before.cost, before.cost_us)
    stock, stock_us = (product.stock, at_us) if product.stock is not None else (before.stock, before.stock_us)
    priced = product.price is not None and product.price.amount > 0
    return Facts(
        product_id=product.product_id,
        price=product.price if priced else None,
        list_price=product.list_price or (product.price if priced else None),
        cost=cost,
        cost_us=cost_us,
        stock=stock,
        stock_us=stock_us,
        in_stock=product.in_stock,
        rivals=before.rivals,
        history=_history(before, product, at_us),
        family=product.group_id,
        size=_size(product.attributes.get(size_attribute, "")),
        category=product.category,
    )


def _history(before: Facts, product: Product, at_us: int) -> tuple[tuple[int, int], ...]:
    """The prices of one currency; another one begins anew."""
    if product.price is None or product.price.amount <= 0:
        return before.history
    same = before.price is None or before.price.currency == product.price.currency
    steps = list(before.history) if same else []
    if not steps or steps[-1][1] != product.price.amount:
        steps.append((max(at_us, steps[-1][0]) if steps else at_us, product.price.amount))
    return tuple(_kept(steps))


def _kept(steps: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    oldest = steps[-1][0] - KEPT_US
    for place, step in enumerate(steps):
        if place == len(steps) - 1 or steps[place + 1][0] > oldest:
            yield step


def _size(text: str) -> int:
    """Of a pack; 1 where it is not told, or not as a whole number."""
    return int(text) if text.isdecimal() and 0 < int(text) <= LARGEST_SIZE else 1
