"""What changes about a product between two catalogues: its stock, its cost, what other shops ask for it.

Each is judged by itself, from a file as from the door.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from merx_core.contracts.intake import CompetitorPriceEntry, CostEntry, StockEntry
from merx_core.events import CloudEvent, CompetitorPrice, CostChange, RecordType, StockLevel, encode
from merx_kit.importers.catalogue_rules import fault_of, untyped_fault
from merx_kit.importers.raw import Fault
from merx_kit.importers.values import time_of

ChangeData = StockLevel | CostChange | CompetitorPrice


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change: how it comes in, and the record it becomes. `build` may raise ValueError."""

    kind: str
    entry: type[StockEntry | CostEntry | CompetitorPriceEntry]
    record_type: RecordType
    build: Callable[[Any], ChangeData]


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


class Changed(NamedTuple):
    """A change that keeps every rule. `time` is in UTC, None where none was told: it is then so from now on."""

    data: ChangeData
    time: datetime | None
    offset_told: bool
    """False where `time` was read as UTC because it named no offset."""


def judge_change(change: Change, row: Any, latest: datetime) -> Changed | Fault:
    """The change that a row in the shape of `change.entry` tells, or the first rule that it breaks.

    `latest` is the last moment that is not in the future. Raises msgspec.ValidationError for a row of another shape.
    """
    given = msgspec.convert(row, dict[str, Any])
    fields = {name: given[name] for name in change.entry.__struct_fields__ if name in given}
    fault = untyped_fault(fields)
    if fault is not None:
        return fault
    time, told = time_of(fields.get("time"))
    if time is None and fields.get("time") is not None:
        return Fault("bad_time", "time")
    # ISO 8601 has more spellings than the type would read.
    entry = msgspec.convert({**fields, "time": time}, change.entry)
    try:
        data = change.build(entry)
    except ValueError:
        return Fault("no_stock", "stock")
    fault = fault_of(data)
    if fault is not None:
        return fault
    return Fault("future_time", "time") if time is not None and time > latest else Changed(data, time, told)


def record_of(change: Change, data: ChangeData, *, source: str, record_id: str, time: datetime) -> CloudEvent:
    return CloudEvent(
        id=record_id,
        source=source,
        type=change.record_type,
        time=time,
        subject=data.product_id,
        data=msgspec.Raw(encode(data)),
    )
