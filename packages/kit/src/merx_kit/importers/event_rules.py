"""The rules that every event is judged by, one record at a time: the same for a file and for the door."""

from datetime import datetime, timedelta
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from merx_core.events import Event, EventType, Line
from merx_kit.importers.raw import Fault, RawEvent, RawLine
from merx_kit.importers.values import AmountState, amount

CLOCKS_DIFFER = timedelta(days=1)
"""How far ahead of ours a sender's clock may be."""
_KEY_LENGTH = 256
_PRODUCT_KEY_LENGTH = 128
_LARGEST_QUANTITY = 2**31 - 1
_KEYS = ("message_id", "customer_id", "anonymous_id", "session_id", "order_id", "source")
_NEEDS_PRODUCT = frozenset(
    {
        EventType.SELECT,
        EventType.VIEW,
        EventType.ADD_TO_WISHLIST,
        EventType.ADD_TO_CART,
        EventType.REMOVE_FROM_CART,
        EventType.PURCHASE,
    }
)
_FINE = (AmountState.FINE, AmountState.ABSENT)


class Judgement(NamedTuple):
    """The canonical event, or None and the fault that refuses it; `line_faults` name the lines left out of it."""

    event: Event | None
    fault: Fault | None = None
    line_faults: tuple[Fault, ...] = ()


def judge(raw: RawEvent, latest: datetime, currency: str = "") -> Judgement:
    """`latest` is the last moment that is not in the future; `currency` stands in where an event names none."""
    fault = fault_of(raw, latest)
    return Judgement(None, fault) if fault is not None else judge_lines(raw, currency)


def fault_of(raw: RawEvent, latest: datetime) -> Fault | None:
    """The first rule that the event breaks, its lines aside."""
    if not raw.message_id:
        return Fault("no_message_id", "message_id")
    if not raw.customer_id and not raw.anonymous_id:
        return Fault("no_shopper", "customer_id")
    if raw.time is None:
        return Fault("bad_time", "time")
    if raw.time > latest:
        return Fault("future_time", "time")
    keys = raw.message_id + raw.customer_id + raw.anonymous_id + raw.session_id + raw.order_id + raw.source
    # One look at all of them: keys are short and printable, but for the rare one.
    return None if len(keys) <= _KEY_LENGTH and "\x00" not in keys else _bad_key(raw)


def judge_lines(raw: RawEvent, currency: str) -> Judgement:
    """The event with its valid lines; refused where none is left of those that it had, or needs."""
    assert raw.time is not None  # the rule bad_time saw to it
    if not raw.lines:
        needs = raw.type in _NEEDS_PRODUCT
        return Judgement(None, Fault("no_valid_lines", "lines")) if needs else Judgement(_event(raw, ()))
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, line in enumerate(raw.lines):
        judged = _line(line, currency)
        if isinstance(judged, Line):
            lines.append(judged)
        else:
            faults.append(Fault(*judged, number))
    if not lines:
        return Judgement(None, Fault("no_valid_lines", "lines"), tuple(faults))
    return Judgement(_event(raw, tuple(lines)), None, tuple(faults))


def _bad_key(raw: RawEvent) -> Fault | None:
    keys = {name: getattr(raw, name) for name in _KEYS}
    for name, key in keys.items():
        if len(key) > _KEY_LENGTH:
            return Fault("too_long", name)
    return next((Fault("bad_characters", name) for name, key in keys.items() if "\x00" in key), None)


def _line(raw: RawLine, currency: str) -> Line | tuple[str, str]:
    """The line, or the rule that it breaks and the field."""
    broken = product_fault(raw.product_id)
    if broken is not None:
        return broken, "product_id"
    quantity = whole_number(raw.quantity) if raw.quantity else 1
    if quantity is None:
        return "bad_quantity", "quantity"
    if quantity <= 0:
        return "quantity_not_positive", "quantity"
    spoken = raw.currency or currency
    price_state, price = amount(raw.price, spoken)
    if price_state not in _FINE:
        return price_state.value, _field(price_state, "price")
    discount_state, discount = amount(raw.discount, spoken)
    if discount_state not in _FINE:
        return discount_state.value, _field(discount_state, "discount")
    return Line(raw.product_id, quantity, price, discount)


def product_fault(product_id: str) -> str | None:
    """The rule that a product's id breaks."""
    if not product_id:
        return "no_product"
    if len(product_id) > _PRODUCT_KEY_LENGTH:
        return "too_long"
    return "bad_characters" if "\x00" in product_id else None


def _field(state: AmountState, name: str) -> str:
    return "currency" if state is AmountState.UNKNOWN_CURRENCY else name


@lru_cache(maxsize=4_096)
def whole_number(text: str) -> int | None:
    """A whole number of a sane size, however it is written ("2", "2.0", "2e0"); None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    if "_" in text or not isfinite(number) or number % 1 or abs(number) > _LARGEST_QUANTITY:
        return None
    return int(number)


def _event(raw: RawEvent, lines: tuple[Line, ...]) -> Event:
    assert raw.time is not None  # the rule bad_time saw to it
    return Event(
        message_id=raw.message_id,
        type=raw.type,
        time=raw.time,
        customer_id=raw.customer_id or None,
        anonymous_id=raw.anonymous_id or None,
        session_id=raw.session_id or None,
        channel=raw.channel,
        order_id=raw.order_id or None,
        query=raw.query or None,
        lines=lines,
        properties=raw.properties,
    )
