"""Raw events judged by rules, batch by batch, and made canonical."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from operator import ne
from typing import Any

import pandas as pd

from merx_core.events import CloudEvent, Event, EventType, Line
from merx_kit.importers.raw import RawEvent, RawLine, Refusal
from merx_kit.importers.report import Section
from merx_kit.importers.rules import RowRule, keep_valid
from merx_kit.importers.values import AmountState, amount

BATCH = 10_000
_CLOCKS_DIFFER = timedelta(days=1)
_KEY_LENGTH = 256
_PRODUCT_KEY_LENGTH = 128
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
_AMOUNT_RULES = (AmountState.BAD_PRICE, AmountState.NEGATIVE_PRICE, AmountState.UNKNOWN_CURRENCY)
_LARGEST_QUANTITY = 2**31 - 1


@dataclass(slots=True)
class EventCleaning:
    """What the events of one file are judged by, and where it is counted; `seen` spans the files of an import."""

    events: Section
    lines: Section
    source: str
    now: datetime
    currency: str = ""
    """Stands in where an event names none."""
    seen: set[tuple[str, str]] = field(default_factory=set)


def event_batches(
    rows: Iterable[RawEvent | CloudEvent | Refusal], cleaning: EventCleaning
) -> Iterator[list[CloudEvent]]:
    """The records of valid events in batches; every row is counted, in or out."""
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        cleaning.events.rows_in += len(batch)
        for row in batch:
            if isinstance(row, Refusal):
                cleaning.events.drop(row.rule, [row.example])
        records = [row for row in batch if isinstance(row, CloudEvent)]
        records += _clean([row for row in batch if isinstance(row, RawEvent)], cleaning)
        cleaning.events.rows_out += len(records)
        if records:
            yield records


def _clean(raws: list[RawEvent], cleaning: EventCleaning) -> list[CloudEvent]:
    frame = pd.DataFrame(
        {
            "place": range(len(raws)),
            "message_id": [raw.message_id for raw in raws],
            "shopper": [raw.customer_id or raw.anonymous_id for raw in raws],
            "time": pd.Series([raw.time for raw in raws], dtype="object"),
            "longest": [_longest_key(raw) for raw in raws],
            "example": [raw.example for raw in raws],
        }
    )
    valid = keep_valid(frame, _event_rules(cleaning), cleaning.events, _example)
    told = [raws[place] for place in valid["place"]]
    without_offset = [raw.example for raw in told if not raw.offset_told]
    cleaning.events.adjust("time_without_offset_read_as_utc", without_offset)
    fresh = _drop_repeated(told, cleaning)
    return _with_lines(fresh, cleaning)


def _event_rules(cleaning: EventCleaning) -> tuple[RowRule, ...]:
    latest = cleaning.now + _CLOCKS_DIFFER
    return (
        RowRule("no_message_id", "message_id", lambda column: column != ""),
        RowRule("no_shopper", "shopper", lambda column: column != ""),
        RowRule("bad_time", "time", lambda column: column.notna()),
        RowRule("future_time", "time", lambda column: column.map(lambda moment: moment is None or moment <= latest)),
        RowRule("too_long", "longest", lambda column: column.str.len() <= _KEY_LENGTH),
        RowRule("bad_characters", "longest", lambda column: ~column.str.contains("\x00", regex=False)),
    )


def _drop_repeated(raws: list[RawEvent], cleaning: EventCleaning) -> list[RawEvent]:
    """After the other rules: a valid event is not lost to an invalid one that bears its id."""
    fresh: list[RawEvent] = []
    repeated: list[RawEvent] = []
    for raw in raws:
        key = (raw.source, raw.message_id)
        (repeated if key in cleaning.seen else fresh).append(raw)
        cleaning.seen.add(key)
    if repeated:
        cleaning.events.drop("duplicate_message_id", [raw.example for raw in repeated])
    return fresh


def _with_lines(raws: list[RawEvent], cleaning: EventCleaning) -> list[CloudEvent]:
    lines: dict[int, list[Line]] = {}
    for place, line in _clean_lines(raws, cleaning):
        lines.setdefault(place, []).append(line)
    records = []
    for place, raw in enumerate(raws):
        kept = lines.get(place, [])
        if not kept and (raw.lines or raw.type in _NEEDS_PRODUCT):
            cleaning.events.drop("no_valid_lines", [raw.example])
        else:
            records.append(CloudEvent.wrap(_event(raw, tuple(kept)), raw.source or cleaning.source))
    return records


def _clean_lines(raws: list[RawEvent], cleaning: EventCleaning) -> Iterator[tuple[int, Line]]:
    """Valid lines, each with the place of its event."""
    flat = [(place, line) for place, raw in enumerate(raws) for line in raw.lines]
    cleaning.lines.rows_in += len(flat)
    prices = [amount(line.price, line.currency or cleaning.currency) for _, line in flat]
    discounts = [amount(line.discount, line.currency or cleaning.currency) for _, line in flat]
    frame = pd.DataFrame(
        {
            "place": [place for place, _ in flat],
            "number": range(len(flat)),
            "product_id": pd.Series([line.product_id for _, line in flat], dtype="object"),
            "quantity": pd.to_numeric(pd.Series([line.quantity or "1" for _, line in flat]), errors="coerce"),
            "price": pd.Series([state.value for state, _ in prices], dtype="object"),
            "discount": pd.Series([state.value for state, _ in discounts], dtype="object"),
            "example": [_line_example(line) for _, line in flat],
        }
    )
    valid = keep_valid(frame, _LINE_RULES, cleaning.lines, _example)
    cleaning.lines.rows_out += len(valid)
    for place, number, quantity in zip(valid["place"], valid["number"], valid["quantity"], strict=True):
        product_id = flat[number][1].product_id
        yield place, Line(product_id, int(quantity), prices[number][1], discounts[number][1] or None)


_LINE_RULES = (
    RowRule("no_product", "product_id", lambda column: column != ""),
    RowRule("too_long", "product_id", lambda column: column.str.len() <= _PRODUCT_KEY_LENGTH),
    RowRule("bad_characters", "product_id", lambda column: ~column.str.contains("\x00", regex=False)),
    RowRule("bad_quantity", "quantity", lambda column: (column % 1 == 0) & (column.abs() <= _LARGEST_QUANTITY)),
    RowRule("quantity_not_positive", "quantity", lambda column: ~(column <= 0)),
    *(RowRule(rule.value, name, partial(ne, rule.value)) for name in ("price", "discount") for rule in _AMOUNT_RULES),
)


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


def _longest_key(raw: RawEvent) -> str:
    keys = (raw.message_id, raw.customer_id, raw.anonymous_id, raw.session_id, raw.order_id, raw.source)
    return next((key for key in keys if "\x00" in key), max(keys, key=len))


def _line_example(line: RawLine) -> str:
    return f"product {line.product_id!r}, quantity {line.quantity!r}, price {line.price!r} {line.currency}"


def _example(row: "pd.Series[Any]") -> object:
    return row["example"]
