"""What shoppers do, as one canonical event inside a CloudEvents 1.0 envelope (https://cloudevents.io).

GA4 e-commerce and Segment Spec V2 names are translated to `EventType` at the edge; inside Merx there is one spelling.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol, Self

import msgspec
from msgspec import Meta

from merx_core.catalogue import Product, ProductKey
from merx_core.money import Money

Key = Annotated[str, Meta(min_length=1, max_length=256)]

encode = msgspec.json.Encoder(order="deterministic").encode
"""A record's data as JSON: the same record is the same bytes, whatever order a sender wrote its keys in."""


class EventType(StrEnum):
    """Kinds of behaviour; a value never changes once published."""

    VIEW_LIST = "view_item_list"
    SELECT = "select_item"
    VIEW = "view_item"
    SEARCH = "search"
    ADD_TO_WISHLIST = "add_to_wishlist"
    ADD_TO_CART = "add_to_cart"
    REMOVE_FROM_CART = "remove_from_cart"
    BEGIN_CHECKOUT = "begin_checkout"
    PURCHASE = "purchase"
    REFUND = "refund"


class Channel(StrEnum):
    """Where a shopper meets the shop."""

    WEB = "web"
    APP = "app"
    MINI_PROGRAM = "mini_program"
    SHOP = "shop"


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product in an event. `price` is what one unit cost the shopper; `discount` what was taken off one unit."""

    product_id: ProductKey
    quantity: Annotated[int, Meta(ge=1)] = 1
    price: Money | None = None
    discount: Money | None = None


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing a shopper did. At least one of `customer_id` and `anonymous_id` is set; `time` is UTC."""

    message_id: Key
    type: EventType
    time: datetime
    customer_id: Key | None = None
    anonymous_id: Key | None = None
    session_id: Key | None = None
    channel: Channel = Channel.WEB
    order_id: Key | None = None
    query: str | None = None
    lines: tuple[Line, ...] = ()
    properties: dict[str, Any] = {}

    def __post_init__(self) -> None:
        if self.customer_id is None and self.anonymous_id is None:
            raise ValueError("an event names its shopper: customer_id or anonymous_id")
        if self.time.tzinfo is None:
            raise ValueError("time carries a UTC offset")


class ExposedItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One product that was shown: its position from 0, its score and the source it came from."""

    product_id: str
    position: int
    score: float
    source: str = ""
    propensity: float | None = None


class Exposure(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a service answered: learning, experiments and audits read it back from the log."""

    request_id: str
    time: datetime
    service: str
    model_version: str
    placement: str = ""
    arm: str = ""
    profile_id: str | None = None
    items: tuple[ExposedItem, ...] = ()
    degraded: tuple[str, ...] = ()
    features: tuple[float, ...] = ()
    """A sampled feature vector, for the comparison of training with serving; empty where not sampled."""
    query: str = ""
    """The words that were searched, their spelling mended; empty where none were."""


class Exposures(Protocol):
    """What a service tells its exposures to."""

    def write(self, exposure: Exposure) -> None:
        """Takes note without waiting; may lose, never fails."""
        ...


class StockLevel(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How much of a product there is to sell, from now on. At least one of the two is told; `stock` 0 means none."""

    product_id: ProductKey
    stock: Annotated[int, Meta(ge=0, lt=2**31)] | None = None
    in_stock: bool | None = None

    def __post_init__(self) -> None:
        if self.stock is None and self.in_stock is None:
            raise ValueError("a stock level tells stock or in_stock")

    @property
    def sellable(self) -> bool:
        """Whether it can be sold now: `in_stock` where it is told, else whether any is left."""
        return self.in_stock if self.in_stock is not None else bool(self.stock)


class CostChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a product costs the shop, from now on."""

    product_id: ProductKey
    cost: Money


class CompetitorPrice(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What another shop asks for a product, as seen at the record's time."""

    product_id: ProductKey
    competitor: Key
    price: Money
    in_stock: bool | None = None
    url: str = ""


class RecordType(StrEnum):
    """CloudEvents `type` of each record in the event log; its data is the struct that `RECORD_DATA` names.

    Records about a product have its id as their subject.
    """

    EVENT = "merx.shop.event.v1"
    EXPOSURE = "merx.exposure.v1"
    PRODUCT_UPSERTED = "merx.catalogue.product-upserted.v1"
    PRODUCT_DELETED = "merx.catalogue.product-deleted.v1"
    STOCK_LEVEL = "merx.stock.level.v1"
    COST_CHANGED = "merx.cost.changed.v1"
    COMPETITOR_PRICE = "merx.competitor.price.v1"


RECORD_DATA: dict[str, type[msgspec.Struct]] = {
    RecordType.EVENT: Event,
    RecordType.EXPOSURE: Exposure,
    RecordType.PRODUCT_UPSERTED: Product,
    RecordType.STOCK_LEVEL: StockLevel,
    RecordType.COST_CHANGED: CostChange,
    RecordType.COMPETITOR_PRICE: CompetitorPrice,
}

CATALOGUE_RECORDS = (
    RecordType.PRODUCT_UPSERTED,
    RecordType.PRODUCT_DELETED,
    RecordType.STOCK_LEVEL,
    RecordType.COST_CHANGED,
)
"""What the catalogue as it is now is folded from, in the order of the log: a stock level or a cost changes its product
until the next one; an upsert of the whole product tells `in_stock` always, and stock and cost where it has them."""


class CloudEvent(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="specversion", tag="1.0"):
    """A CloudEvents 1.0 envelope in JSON format; (`source`, `id`) names one occurrence for ever.

    `specversion` is the struct's tag, so that it is always written and any other version is refused.
    """

    id: Key
    source: Key
    type: str
    time: datetime | None = None
    subject: str | None = None
    datacontenttype: str = "application/json"
    data: msgspec.Raw = msgspec.Raw(b"null")

    @classmethod
    def wrap(cls, event: Event, source: str) -> Self:
        """The envelope of a shop event: its id is the message id, its subject the shopper."""
        subject = event.customer_id or event.anonymous_id
        data = msgspec.Raw(encode(event))
        return cls(
            id=event.message_id, source=source, type=RecordType.EVENT, time=event.time, subject=subject, data=data
        )

    @classmethod
    def upsert(cls, product: Product, source: str, time: datetime | None = None) -> Self:
        """The record that `product` is now as given; its id says product and moment, so an import can be repeated."""
        moment = time or datetime.now(UTC)
        data = msgspec.Raw(encode(product))
        record_id = f"product/{product.product_id}/{moment.isoformat()}"
        record_type = RecordType.PRODUCT_UPSERTED
        return cls(id=record_id, source=source, type=record_type, time=moment, subject=product.product_id, data=data)
