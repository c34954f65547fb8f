"""Merx's own events as JSON lines: the canonical event, or any of the log's records in its CloudEvents envelope."""

from collections.abc import Mapping
from typing import Any

import msgspec

from merx_core.events import RECORD_DATA, Channel, CloudEvent, EventType, RecordType, encode
from merx_kit.importers.catalogue_rules import CatalogueData, fault_of
from merx_kit.importers.raw import RawEvent, RawLine, Refusal
from merx_kit.importers.values import list_of, major_units, mapping_of, text_of, time_of

SOURCE = "/imports/events"
_TYPES = {kind.value: kind for kind in EventType}
_CATALOGUE: dict[str, Any] = {
    kind: RECORD_DATA[kind]
    for kind in (
        *(RecordType.PRODUCT_UPSERTED, RecordType.STOCK_LEVEL, RecordType.COST_CHANGED, RecordType.COMPETITOR_PRICE),
    )
}
_CHANNELS = {channel.value: channel for channel in Channel}


def is_canonical(row: Mapping[str, Any]) -> bool:
    return "specversion" in row or ("message_id" in row and "type" in row)


def read_row(row: Mapping[str, Any], line: bytes) -> list[RawEvent | CloudEvent | Refusal]:
    example = line.decode("utf-8", "replace")
    if "specversion" not in row:
        return [read_event(row, example)]
    if row.get("type") == RecordType.EVENT:
        data = mapping_of(row.get("data"))
        raw = read_event(data if "time" in data else {**data, "time": row.get("time")}, example)
        # The envelope's source and id name the occurrence.
        named = {"message_id": text_of(row.get("id")), "source": text_of(row.get("source"))}
        return [raw if isinstance(raw, Refusal) else msgspec.structs.replace(raw, **named)]
    return [_catalogue_record(line, example)]


def read_event(row: Mapping[str, Any], example: str = "") -> RawEvent | Refusal:
    """A bare event, as `merx_core.events.Event` spells it."""
    kind = _TYPES.get(text_of(row.get("type")))
    if kind is None:
        return Refusal("unknown_event", example, "type")
    channel = _CHANNELS.get(text_of(row.get("channel")) or "web")
    if channel is None:
        return Refusal("unknown_event", example, "channel")
    moment, told = time_of(row.get("time"))
    return RawEvent(
        message_id=text_of(row.get("message_id")),
        type=kind,
        time=moment,
        example=example,
        customer_id=text_of(row.get("customer_id")),
        anonymous_id=text_of(row.get("anonymous_id")),
        session_id=text_of(row.get("session_id")),
        channel=channel,
        order_id=text_of(row.get("order_id")),
        query=text_of(row.get("query")),
        lines=tuple(_line(mapping_of(entry)) for entry in list_of(row.get("lines"))),
        properties=dict(mapping_of(row.get("properties"))),
        offset_told=told,
    )


def _line(line: Mapping[str, Any]) -> RawLine:
    price, discount = line.get("price"), line.get("discount")
    currency = text_of(mapping_of(price or discount).get("currency"))
    return RawLine(
        product_id=text_of(line.get("product_id")),
        quantity=text_of(line.get("quantity")),
        price="" if price is None else major_units(mapping_of(price).get("amount"), currency),
        discount="" if discount is None else major_units(mapping_of(discount).get("amount"), currency),
        currency=currency,
    )


def _catalogue_record(line: bytes, example: str) -> CloudEvent | Refusal:
    try:
        record = msgspec.json.decode(line, type=CloudEvent)
        if record.type in _CATALOGUE:
            data: CatalogueData = msgspec.json.decode(record.data, type=_CATALOGUE[record.type])
            fault = fault_of(data)
            if fault is not None:
                return Refusal(fault.rule, example, fault.field)
            return msgspec.structs.replace(record, subject=data.product_id, data=msgspec.Raw(encode(data)))
    except msgspec.MsgspecError as error:
        return Refusal("wrong_shape", f"{error}: {example}")
    if record.type == RecordType.PRODUCT_DELETED and record.subject:
        return record
    return Refusal("unknown_event", example)
