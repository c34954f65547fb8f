"""What each event format becomes before it is judged: values read, nothing decided."""

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from merx_core.events import Channel, EventType


class Refusal(NamedTuple):
    """A row that its format's reader cannot make anything of, and the rule that drops it."""

    rule: str
    example: str
    field: str = ""
    """The field that cannot be read, named as in `RawEvent`; "" for the row as a whole."""


class Fault(NamedTuple):
    """The rule that a record breaks and the field that breaks it, of the record itself or of its line at `line`."""

    rule: str
    field: str
    line: int | None = None


class RawLine(NamedTuple):
    """`quantity` is text, empty where the event told none (then it is 1); amounts are text in major units."""

    product_id: str
    quantity: str = ""
    price: str = ""
    discount: str = ""
    currency: str = ""


class RawEvent(msgspec.Struct, frozen=True):
    """`example` is what a report shows of it; `source` overrides the importer's own."""

    message_id: str
    type: EventType
    time: datetime | None
    example: str
    customer_id: str = ""
    anonymous_id: str = ""
    session_id: str = ""
    channel: Channel = Channel.WEB
    order_id: str = ""
    query: str = ""
    lines: tuple[RawLine, ...] = ()
    properties: dict[str, Any] = {}
    source: str = ""
    offset_told: bool = True
    named: bool = True
    """False where `message_id` is made from the content, because the sender gave none."""
    untimed: bool = False
    """The sender told no time at all, as a live format may; `time` is then None."""


def content_id(content: bytes) -> str:
    """An id for an event that has none: the same content is the same event."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def moment_id(kind: str, product_id: str, moment: str, data: bytes) -> str:
    """An id that says what, of which product, when and with what content: a repeat is known, a value that goes back
    is not."""
    digest = hashlib.blake2b(data, digest_size=8).hexdigest()
    return f"{kind}/{product_id}/{moment}/{digest}"
