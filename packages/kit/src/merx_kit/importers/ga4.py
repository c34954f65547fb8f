"""GA4 e-commerce events as JSON lines: the BigQuery export's rows, and Measurement Protocol payloads.

https://support.google.com/analytics/answer/7029846 and
https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from merx_core.events import Channel, EventType
from merx_kit.importers.raw import RawEvent, RawLine, Refusal, content_id
from merx_kit.importers.values import list_of, mapping_of, text_of, time_of_micros

SOURCE = "/imports/ga4"
_TYPES = {**{kind.value: kind for kind in EventType}, "view_search_results": EventType.SEARCH}
_CHANNELS = {"IOS": Channel.APP, "ANDROID": Channel.APP, "WEB": Channel.WEB}
_VALUES = ("string_value", "int_value", "double_value", "float_value")


def is_ga4(row: Mapping[str, Any]) -> bool:
    return "event_name" in row or (isinstance(row.get("events"), list) and ("client_id" in row or "user_id" in row))


def read_row(row: Mapping[str, Any], line: bytes) -> list[RawEvent | Refusal]:
    """One event of an export, or the several of a payload."""
    if "event_name" in row:
        return [_exported(row, line)]
    return [_measured(row, mapping_of(event)) for event in list_of(row.get("events"))]


def _exported(row: Mapping[str, Any], line: bytes) -> RawEvent | Refusal:
    kind = _TYPES.get(text_of(row["event_name"]))
    example = line.decode("utf-8", "replace")
    if kind is None:
        return Refusal("not_commerce", example)
    parameters = _parameters(row.get("event_params", row.get("params")))
    commerce = mapping_of(row.get("ecommerce"))
    items = list_of(row.get("items") or commerce.get("items") or parameters.get("items"))
    currency = text_of(parameters.get("currency")) or text_of(commerce.get("currency")) or text_of(row.get("currency"))
    return RawEvent(
        message_id=content_id(msgspec.json.encode(row, order="deterministic")),
        type=kind,
        time=time_of_micros(row.get("event_timestamp")),
        example=example,
        customer_id=text_of(row.get("user_id")),
        anonymous_id=text_of(row.get("user_pseudo_id")),
        session_id=text_of(parameters.get("ga_session_id")),
        channel=_CHANNELS.get(text_of(row.get("platform")).upper(), Channel.WEB),
        order_id=text_of(commerce.get("transaction_id")) or text_of(parameters.get("transaction_id")),
        query=text_of(parameters.get("search_term")),
        lines=tuple(_line(mapping_of(item), currency) for item in items),
        named=False,
        untimed=not row.get("event_timestamp"),
    )


def _measured(row: Mapping[str, Any], event: Mapping[str, Any]) -> RawEvent | Refusal:
    envelope = {name: value for name, value in row.items() if name != "events"}
    content = msgspec.json.encode({**envelope, "event": event}, order="deterministic")
    kind = _TYPES.get(text_of(event.get("name")))
    if kind is None:
        return Refusal("not_commerce", content.decode())
    given = event.get("timestamp_micros") or row.get("timestamp_micros")
    parameters = mapping_of(event.get("params"))
    currency = text_of(parameters.get("currency"))
    return RawEvent(
        message_id=content_id(content),
        type=kind,
        time=time_of_micros(given),
        example=content.decode(),
        customer_id=text_of(row.get("user_id")),
        anonymous_id=text_of(row.get("client_id")) or text_of(row.get("app_instance_id")),
        session_id=text_of(parameters.get("session_id")),
        channel=Channel.APP if "app_instance_id" in row else Channel.WEB,
        order_id=text_of(parameters.get("transaction_id")),
        query=text_of(parameters.get("search_term")),
        lines=tuple(_line(mapping_of(item), currency) for item in list_of(parameters.get("items"))),
        named=False,
        untimed=not given,
    )


def _line(item: Mapping[str, Any], currency: str) -> RawLine:
    return RawLine(
        product_id=text_of(item.get("item_id")),
        quantity=text_of(item.get("quantity")),
        price=text_of(item.get("price")),
        discount=text_of(item.get("discount")),
        currency=text_of(item.get("currency")) or currency,
    )


def _parameters(value: Any) -> Mapping[str, Any]:
    """A plain mapping of the export's list of keys with typed values."""
    if isinstance(value, Mapping):
        return value
    parameters = {}
    for entry in map(mapping_of, list_of(value)):
        typed = mapping_of(entry.get("value"))
        told = [typed[name] for name in _VALUES if typed.get(name) is not None]
        parameters[text_of(entry.get("key"))] = told[0] if told else None
    return parameters
