"""The catalogue through the door: products, and what changes about them, each as a record of the log."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from merx_core.contracts.intake import CompetitorPriceEntry, CostEntry, StockEntry, Verdict
from merx_core.events import CloudEvent, CompetitorPrice, CostChange, RecordType, StockLevel, encode
from merx_intake.domain.products import Read, Wrong, place_of, read_product, wrong_shape
from merx_intake.domain.wording import sentence
from merx_intake.ports import RecordLog
from merx_intake.service.events import Clock, future_sentence
from merx_intake.service.intake import Judged, Sound, commit, refusal
from merx_kit.importers.catalogue_rules import CatalogueData, fault_of
from merx_kit.importers.event_rules import CLOCKS_DIFFER
from merx_kit.importers.raw import content_id

SOURCE = "/intake"
Entry = StockEntry | CostEntry | CompetitorPriceEntry


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change to a product: how it comes in, and the record it becomes. `build` may raise ValueError."""

    kind: str
    entry: type[Entry]
    record_type: RecordType
    build: Callable[[Any], StockLevel | CostChange | CompetitorPrice]


STOCK = Change(
    "stock",
    StockEntry,
    RecordType.STOCK_LEVEL,
    lambda one: StockLevel(product_id=one.product_id, stock=one.stock, in_stock=one.in_stock),
)
COST = Change(
    "cost", CostEntry, RecordType.COST_CHANGED, lambda one: CostChange(product_id=one.product_id, cost=one.cost)
)
COMPETITOR_PRICE = Change(
    "competitor-price",
    CompetitorPriceEntry,
    RecordType.COMPETITOR_PRICE,
    lambda one: CompetitorPrice(
        product_id=one.product_id, competitor=one.competitor, price=one.price, in_stock=one.in_stock, url=one.url
    ),
)


class CatalogueDoor:
    """`currency` stands in where a feed's price names none."""

    def __init__(self, log: RecordLog, currency: str = "", clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._log = log
        self._currency = currency
        self._clock = clock

    async def put(self, product_id: str, row: Any, key: str) -> Verdict:
        """The product as it is from now on; an id in `row` must be `product_id`."""
        now = self._clock()
        if isinstance(row, dict) and not row.keys() & {"product_id", "id", "offer_id", "@type", "@graph"}:
            row = {**row, "product_id": product_id}
        read = list(read_product(row, "", now, self._currency))
        judged: Judged
        if len(read) != 1:
            judged = refusal("wrong_shape", detail="The body is one product.")
        elif isinstance(read[0], Read) and read[0].product.product_id != product_id:
            judged = refusal("id_mismatch", read[0].product.product_id, pointer="/product_id")
        else:
            judged = _upsert(read[0], _Stamp(now, key))
        return (await commit(self._log, [judged], "product"))[0]

    async def delete(self, product_id: str, key: str) -> None:
        """The product is no longer sold; nothing is said of whether it ever was."""
        stamp = _Stamp(self._clock(), key)
        data = encode({"product_id": product_id})
        record = CloudEvent(
            id=stamp.id_of("deleted", product_id, data),
            source=SOURCE,
            type=RecordType.PRODUCT_DELETED,
            time=stamp.now,
            subject=product_id,
            data=msgspec.Raw(data),
        )
        await commit(self._log, [Sound(record)], "deletion")

    async def products(self, rows: Sequence[Any], at: str, key: str) -> list[Verdict]:
        """A verdict for each product of `rows`, which stand at `at` in the body."""
        now = self._clock()
        read = [
            one for place, row in enumerate(rows) for one in read_product(row, f"{at}/{place}", now, self._currency)
        ]
        judged = [_upsert(one, _Stamp(now, key, place)) for place, one in enumerate(read)]
        return await commit(self._log, judged, "product")

    async def changes(self, change: Change, rows: Sequence[Any], at: str, key: str) -> list[Verdict]:
        """A verdict for each of `rows`, which stand at `at` in the body."""
        now = self._clock()
        judged = [_changed(change, row, f"{at}/{place}", _Stamp(now, key, place)) for place, row in enumerate(rows)]
        return await commit(self._log, judged, change.kind)


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What tells one change of a product from the next: the request's key, or else the moment."""

    now: datetime
    key: str
    place: int = 0

    def id_of(self, kind: str, product_id: str, data: bytes, time: datetime | None = None) -> str:
        """With a key, or a time told by the sender, a repeat is the same record; a price that goes back is not."""
        if self.key:
            return f"{kind}/{product_id}/{content_id(f'{self.key}/{self.place}'.encode())}"
        digest = hashlib.blake2b(data, digest_size=8).hexdigest()
        moment = time.isoformat() if time is not None else f"{self.now.isoformat()}-{self.place}"
        return f"{kind}/{product_id}/{moment}/{digest}"


def _upsert(read: Read | Wrong, stamp: _Stamp) -> Judged:
    if isinstance(read, Wrong):
        return refusal(read.rule, pointer=read.pointer, detail=read.detail)
    product_id = read.product.product_id
    data = encode(read.product)
    record = CloudEvent(
        id=stamp.id_of("product", product_id, data),
        source=SOURCE,
        type=RecordType.PRODUCT_UPSERTED,
        time=stamp.now,
        subject=product_id,
        data=msgspec.Raw(data),
    )
    return Sound(record, read.warnings)


def _changed(change: Change, row: Any, at: str, stamp: _Stamp) -> Judged:
    try:
        entry = msgspec.convert(row, change.entry)
    except msgspec.ValidationError as error:
        wrong = wrong_shape(error, at)
        return refusal(wrong.rule, pointer=wrong.pointer, detail=wrong.detail)
    try:
        data: CatalogueData = change.build(entry)
    except ValueError:
        return refusal("no_stock", pointer=at)
    fault = fault_of(data)
    if fault is not None:
        return refusal(fault.rule, pointer=place_of(fault, at), detail=sentence(fault.rule))
    time = _aware(entry.time)
    if time is not None and time > stamp.now + CLOCKS_DIFFER:
        return refusal("future_time", pointer=f"{at}/time", detail=future_sentence(time, stamp.now))
    encoded = encode(data)
    record = CloudEvent(
        id=stamp.id_of(change.kind, data.product_id, encoded, time),
        source=SOURCE,
        type=change.record_type,
        time=time or stamp.now,
        subject=data.product_id,
        data=msgspec.Raw(encoded),
    )
    return Sound(record)


def _aware(time: datetime | None) -> datetime | None:
    """In UTC; a time that tells no offset is read as UTC, as the importers do."""
    if time is None:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
