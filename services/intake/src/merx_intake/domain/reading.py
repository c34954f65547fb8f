"""A body's records, told apart by content: Merx's own, CloudEvents, GA4 or Segment; one, or several."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, NamedTuple

from merx_core.contracts.intake import MAX_RECORDS
from merx_core.events import RecordType
from merx_intake.errors import TooManyRecords
from merx_kit.importers import canonical, ga4, segment
from merx_kit.importers.raw import Fault, RawEvent, Refusal
from merx_kit.importers.values import mapping_of


class Shape(Enum):
    """The value is the source that an importer gives the same records: both ways in are then one occurrence."""

    MERX = canonical.SOURCE
    CLOUD = "cloudevents"
    GA4_EXPORT = f"{ga4.SOURCE}#export"
    GA4 = ga4.SOURCE
    SEGMENT = segment.SOURCE


class Entry(NamedTuple):
    """One record: what its format makes of it, and where in the body it and the payload around it stand."""

    row: RawEvent | Refusal
    shape: Shape
    at: str = ""
    top: str = ""


class Reading(NamedTuple):
    """`single` where the body is one bare record, whose refusal is the refusal of the request."""

    entries: list[Entry]
    single: bool


def read(document: Any) -> Reading:
    """The records of a decoded body; raises TooManyRecords beyond what one request may hold."""
    if not isinstance(document, dict | list):
        return Reading([Entry(Refusal("wrong_shape", ""), Shape.MERX)], True)
    if isinstance(document, dict) and not _holds_several(document):
        return Reading([_entry(document, "")], True)
    entries: list[Entry] = []
    for entry in _entries(document):
        entries.append(entry)
        if len(entries) > MAX_RECORDS:
            raise TooManyRecords(f"A request may hold at most {MAX_RECORDS} records; send the rest in another one.")
    return Reading(entries, False)


def _holds_several(body: Mapping[str, Any]) -> bool:
    return isinstance(body.get("events"), list) or isinstance(body.get("batch"), list)


def _entries(document: dict[str, Any] | list[Any]) -> Iterator[Entry]:
    if isinstance(document, list):
        yield from _each(document, "")
    elif not isinstance(document.get("events"), list):
        yield from _each(_with_context(document), "/batch")
    elif _is_payload(document):
        yield from _payload(document, "")
    else:
        yield from _each(document["events"], "/events")


def _each(rows: list[Any], top: str) -> Iterator[Entry]:
    for place, row in enumerate(rows):
        at = f"{top}/{place}"
        if not isinstance(row, dict):
            yield Entry(Refusal("wrong_shape", ""), Shape.MERX, at, at)
        elif _is_payload(row):
            yield from _payload(row, at)
        else:
            yield _entry(row, at)


def _is_payload(row: Mapping[str, Any]) -> bool:
    """Whether GA4's Measurement Protocol speaks: an envelope that names the shopper, or events that have a name."""
    events = row.get("events")
    if not isinstance(events, list):
        return False
    if "client_id" in row or "user_id" in row or "app_instance_id" in row:
        return True
    first = mapping_of(next(iter(events), None))
    return "name" in first and "type" not in first


def _payload(row: Mapping[str, Any], top: str) -> Iterator[Entry]:
    for place, raw in enumerate(ga4.read_row(row, b"")):
        yield Entry(raw, Shape.GA4, f"{top}/events/{place}", top)


def _with_context(body: Mapping[str, Any]) -> list[Any]:
    """The calls of a Segment batch; a context that they share stands beside them."""
    shared = body.get("context")
    calls: list[Any] = body["batch"]
    if not isinstance(shared, dict):
        return calls
    return [{"context": shared, **call} if isinstance(call, dict) else call for call in calls]


def _entry(row: dict[str, Any], at: str) -> Entry:
    if "specversion" in row:
        return _cloud_event(row, at)
    if "event_name" in row:
        return Entry(ga4.read_row(row, b"")[0], Shape.GA4_EXPORT, at, at)
    if row.get("type") in segment.CALLS:
        return Entry(segment.read_row(row, b"")[0], Shape.SEGMENT, at, at)
    return Entry(canonical.read_event(row), Shape.MERX, at, at)


def _cloud_event(row: dict[str, Any], at: str) -> Entry:
    if row["specversion"] != "1.0":
        return Entry(Refusal("wrong_shape", "", "specversion"), Shape.CLOUD, at, at)
    if row.get("type") != RecordType.EVENT:
        return Entry(Refusal("unknown_event", "", "type"), Shape.CLOUD, at, at)
    if not row.get("source"):
        return Entry(Refusal("no_source", "", "source"), Shape.CLOUD, at, at)
    # Only a record of another type is more than an event to this reader.
    (raw,) = canonical.read_row(row, b"")
    assert isinstance(raw, RawEvent | Refusal)
    return Entry(raw, Shape.CLOUD, f"{at}/data", at)


_MERX = {"lines": "/lines", "line.price": "/price/amount", "line.currency": "/price/currency"}
_MERX |= {"line.discount": "/discount/amount"}
_GA4_LINES = {"lines": "{at}/params/items", "line.product_id": "/item_id", "line.currency": "/price"}
_PLACES: dict[Shape, dict[str, str]] = {
    Shape.MERX: _MERX,
    Shape.CLOUD: {**_MERX, "message_id": "{top}/id", "source": "{top}/source", "specversion": "{top}/specversion"},
    Shape.GA4: {
        **_GA4_LINES,
        "message_id": "{at}",
        "time": "{at}/timestamp_micros",
        "type": "{at}/name",
        "customer_id": "{top}/client_id",
        "anonymous_id": "{top}/client_id",
        "session_id": "{at}/params/session_id",
        "order_id": "{at}/params/transaction_id",
    },
    Shape.GA4_EXPORT: {
        **_GA4_LINES,
        "lines": "{at}/items",
        "message_id": "{at}",
        "time": "{at}/event_timestamp",
        "type": "{at}/event_name",
        "customer_id": "{at}/user_pseudo_id",
        "anonymous_id": "{at}/user_pseudo_id",
        "session_id": "{at}/event_params",
        "order_id": "{at}/ecommerce/transaction_id",
    },
    Shape.SEGMENT: {
        "message_id": "{at}/messageId",
        "time": "{at}/timestamp",
        "type": "{at}/event",
        "customer_id": "{at}/userId",
        "anonymous_id": "{at}/anonymousId",
        "session_id": "{at}/context/sessionId",
        "order_id": "{at}/properties/order_id",
        "lines": "{at}/properties/products",
        "line.currency": "/price",
    },
}


def pointer_of(entry: Entry, fault: Fault) -> str:
    """Where in the body the field stands that breaks a rule."""
    places = _PLACES[entry.shape]
    if fault.line is None:
        found = places.get(fault.field, f"{{at}}/{fault.field}" if fault.field else "{at}")
        found = found if found.startswith("{") else "{at}" + found
        return found.format(at=entry.at, top=entry.top)
    lines = pointer_of(entry, Fault(fault.rule, "lines"))
    return f"{lines}/{fault.line}" + places.get(f"line.{fault.field}", f"/{fault.field}")
