"""What the shop's door takes, and what it answers: a verdict for each record, in the order given."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from merx_core.catalogue import ProductKey
from merx_core.events import Key
from merx_core.money import Money

MAX_RECORDS = 500
JUDGED = "One record, judged by itself: a wrong one gets its own verdict."


def _record(*shapes: str) -> Meta:
    """A record has one of `shapes` (names of schemas), and is decoded only when it is judged: any object is taken."""
    named = [{"$ref": f"#/components/schemas/{name}"} for name in shapes]
    return Meta(description=JUDGED, extra_json_schema={"anyOf": [*named, {"type": "object"}]} if named else {})


Batch = Meta(max_length=MAX_RECORDS)
Records = Annotated[list[Annotated[dict[str, Any], _record()]], Batch]
EventRecords = Annotated[list[Annotated[dict[str, Any], _record("Event", "EventEnvelope", "SegmentCall")]], Batch]
SegmentRecords = Annotated[list[Annotated[dict[str, Any], _record("SegmentCall")]], Batch]
ProductRecords = Annotated[list[Annotated[dict[str, Any], _record("Product")]], Batch]
StockRecords = Annotated[list[Annotated[dict[str, Any], _record("StockEntry")]], Batch]
CostRecords = Annotated[list[Annotated[dict[str, Any], _record("CostEntry")]], Batch]
CompetitorPriceRecords = Annotated[list[Annotated[dict[str, Any], _record("CompetitorPriceEntry")]], Batch]


class Status(StrEnum):
    """What became of a record. Only `rejected` and `conflict` left nothing in the log."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    """The same record was there already; nothing to do."""
    CONFLICT = "conflict"
    """Its id was there already, with another body; the first one stays."""
    REJECTED = "rejected"


class Remark(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something about a record that its sender should know; `pointer` is a JSON Pointer (RFC 6901) into the body."""

    code: str
    detail: str
    pointer: str = ""


class Verdict(msgspec.Struct, frozen=True, omit_defaults=True):
    """`code` is the rule that a refused record broke. A record with `warnings` was taken, but for what they say."""

    status: Status
    id: str = ""
    """The record's id in the log: an event's `message_id`, or what stands for it; empty where it has none."""
    code: str = ""
    detail: str = ""
    pointer: str = ""
    warnings: tuple[Remark, ...] = ()


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the records of one request. Accepted ones are committed before this is sent."""

    request_id: str
    accepted: int
    duplicates: int
    conflicts: int
    rejected: int
    verdicts: tuple[Verdict, ...]


class EventBatch(msgspec.Struct, frozen=True):
    """Events in any of the shapes, several at once; a plain JSON array is as good."""

    events: EventRecords


class EventEnvelope(msgspec.Struct, frozen=True, kw_only=True, tag="1.0", tag_field="specversion"):
    """A CloudEvent in structured mode; `id` is the event's `message_id`, and `time` its time where `data` has none."""

    id: Key
    source: Key
    type: Literal["merx.shop.event.v1"]
    data: dict[str, Any]
    time: datetime | msgspec.UnsetType = msgspec.UNSET


class Ga4Payload(msgspec.Struct, frozen=True, kw_only=True):
    """A payload of GA4's Measurement Protocol."""

    client_id: str
    events: Records
    user_id: str | msgspec.UnsetType = msgspec.UNSET
    timestamp_micros: int | msgspec.UnsetType = msgspec.UNSET


class SegmentCall(msgspec.Struct, frozen=True, kw_only=True, tag="track", tag_field="type"):
    """A track call of Segment's Spec V2."""

    event: str
    messageId: Key  # noqa: N815 - Segment's spelling
    userId: Key | None = None  # noqa: N815
    anonymousId: Key | None = None  # noqa: N815
    timestamp: datetime | None = None
    properties: dict[str, Any] = {}


class SegmentBatch(msgspec.Struct, frozen=True):
    """Segment calls, several at once."""

    batch: SegmentRecords


class ProductBatch(msgspec.Struct, frozen=True):
    """Products as Merx spells them, as Merchant-feed JSON or as schema.org JSON-LD; each replaces the whole product."""

    products: ProductRecords


class StockEntry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`time` is when it was so; absent: now. At least one of `stock` and `in_stock` is told."""

    product_id: ProductKey
    stock: Annotated[int, Meta(ge=0, lt=2**31)] | None = None
    in_stock: bool | None = None
    time: datetime | None = None


class CostEntry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What one unit costs the shop, from `time` (absent: now) on."""

    product_id: ProductKey
    cost: Money
    time: datetime | None = None


class CompetitorPriceEntry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What another shop asks for a product, as seen at `time` (absent: now)."""

    product_id: ProductKey
    competitor: Key
    price: Money
    in_stock: bool | None = None
    url: str = ""
    time: datetime | None = None


class StockBatch(msgspec.Struct, frozen=True):
    """Stock levels (`StockEntry`), each judged by itself."""

    levels: StockRecords


class CostBatch(msgspec.Struct, frozen=True):
    """Costs (`CostEntry`), each judged by itself."""

    costs: CostRecords


class CompetitorPriceBatch(msgspec.Struct, frozen=True):
    """Competitors' prices (`CompetitorPriceEntry`), each judged by itself."""

    prices: CompetitorPriceRecords


class ProductPath(msgspec.Struct, frozen=True):
    id: ProductKey


class ImportState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """`error` says why; records from before the failure are in the log, and the same file again is no harm."""


class ImportJob(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An uploaded file on its way into the log. `records` counts those written or found there so far."""

    id: str
    state: ImportState
    file_name: str
    bytes: int
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    records: int = 0
    error: str = ""
    report: dict[str, Any] | None = None
    """The cleaning report: rows in and out, and what was dropped under which rule, with examples."""


class ImportPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Newest first, without reports; `next_cursor` leads to the page after this one, and is absent on the last."""

    imports: tuple[ImportJob, ...]
    next_cursor: str = ""


class ImportPath(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(min_length=1, max_length=64)]


class ImportQuery(msgspec.Struct, frozen=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=64)] = ""


class UploadQuery(msgspec.Struct, frozen=True):
    name: Annotated[str, Meta(max_length=128)] = ""
    """What the file is called in reports; its format is told by its content."""
