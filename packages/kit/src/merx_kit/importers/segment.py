"""Segment Spec V2 e-commerce events as JSON lines (https://segment.com/docs/connections/spec/ecommerce/v2/)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from merx_core.events import Channel, EventType
from merx_kit.importers.raw import RawEvent, RawLine, Refusal, content_id
from merx_kit.importers.values import list_of, mapping_of, text_of, time_of

SOURCE = "/imports/segment"
CALLS = frozenset({"track", "page", "screen", "identify", "group", "alias"})
_TYPES = {
    "product list viewed": EventType.VIEW_LIST,
    "product clicked": EventType.SELECT,
    "product viewed": EventType.VIEW,
    "products searched": EventType.SEARCH,
    "product added to wishlist": EventType.ADD_TO_WISHLIST,
    "wishlist product added to cart": EventType.ADD_TO_CART,
    "product added": EventType.ADD_TO_CART,
    "product removed": EventType.REMOVE_FROM_CART,
    "checkout started": EventType.BEGIN_CHECKOUT,
    "order completed": EventType.PURCHASE,
    "order refunded": EventType.REFUND,
    "order cancelled": EventType.REFUND,
}
_TIMES = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")
_APP_SYSTEMS = frozenset({"ios", "android", "ipados"})


def is_segment(row: Mapping[str, Any]) -> bool:
    return row.get("type") in CALLS and ("anonymousId" in row or "userId" in row or "messageId" in row)


def read_row(row: Mapping[str, Any], line: bytes) -> list[RawEvent | Refusal]:
    example = line.decode("utf-8", "replace")
    kind = _TYPES.get(text_of(row.get("event")).lower()) if row.get("type") == "track" else None
    if kind is None:
        return [Refusal("not_commerce", example)]
    properties = mapping_of(row.get("properties"))
    given = next((row[name] for name in _TIMES if row.get(name)), None)
    moment, told = time_of(given)
    message_id = text_of(row.get("messageId"))
    return [
        RawEvent(
            message_id=message_id or content_id(msgspec.json.encode(row, order="deterministic")),
            type=kind,
            time=moment,
            example=example,
            customer_id=text_of(row.get("userId")),
            anonymous_id=text_of(row.get("anonymousId")),
            session_id=_session(row, properties),
            channel=_channel(row),
            order_id=text_of(properties.get("order_id")),
            query=text_of(properties.get("query")),
            lines=_lines(properties, kind),
            offset_told=told,
            named=bool(message_id),
            untimed=given is None,
        )
    ]


def _lines(properties: Mapping[str, Any], kind: EventType) -> tuple[RawLine, ...]:
    """The list of products, or the one product that the properties themselves describe."""
    currency = text_of(properties.get("currency"))
    products = list_of(properties.get("products"))
    if not products and kind is not EventType.SEARCH and _product_id(properties):
        products = [properties]
    return tuple(_line(mapping_of(product), currency) for product in products)


def _line(product: Mapping[str, Any], currency: str) -> RawLine:
    return RawLine(
        product_id=_product_id(product),
        quantity=text_of(product.get("quantity")),
        price=text_of(product.get("price")),
        discount=text_of(product.get("discount")),
        currency=text_of(product.get("currency")) or currency,
    )


def _product_id(product: Mapping[str, Any]) -> str:
    return text_of(product.get("product_id")) or text_of(product.get("productId")) or text_of(product.get("sku"))


def _session(row: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    context = mapping_of(row.get("context"))
    return text_of(context.get("sessionId")) or text_of(properties.get("session_id"))


def _channel(row: Mapping[str, Any]) -> Channel:
    system = text_of(mapping_of(mapping_of(row.get("context")).get("os")).get("name")).lower()
    mobile = text_of(row.get("channel")).lower() == "mobile"
    library = text_of(mapping_of(mapping_of(row.get("context")).get("library")).get("name"))
    in_app = mobile or (system in _APP_SYSTEMS and library != "analytics.js")
    return Channel.APP if in_app else Channel.WEB
