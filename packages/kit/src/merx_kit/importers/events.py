"""The events of a file, judged one by one and counted, in batches for the log."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from merx_core.events import CloudEvent
from merx_kit.importers.event_rules import CLOCKS_DIFFER, fault_of, judge_lines
from merx_kit.importers.raw import RawEvent, RawLine, Refusal
from merx_kit.importers.report import Section

BATCH = 10_000


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
    batch: list[CloudEvent] = []
    latest = cleaning.now + CLOCKS_DIFFER
    for row in rows:
        cleaning.events.rows_in += 1
        if isinstance(row, Refusal):
            cleaning.events.drop(row.rule, [row.example])
            continue
        record = row if isinstance(row, CloudEvent) else _record(row, latest, cleaning)
        if record is not None:
            cleaning.events.rows_out += 1
            batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _record(raw: RawEvent, latest: datetime, cleaning: EventCleaning) -> CloudEvent | None:
    """The record of a valid event that was not there before; None for one that is counted as dropped."""
    fault = fault_of(raw, latest)
    if fault is not None:
        cleaning.events.drop(fault.rule, [raw.example])
        return None
    if not raw.offset_told:
        cleaning.events.adjust("time_without_offset_read_as_utc", [raw.example])
    # After the other rules: a valid event is not lost to an invalid one that bears its id.
    key = (raw.source, raw.message_id)
    if key in cleaning.seen:
        cleaning.events.drop("duplicate_message_id", [raw.example])
        return None
    cleaning.seen.add(key)
    judged = judge_lines(raw, cleaning.currency)
    cleaning.lines.rows_in += len(raw.lines)
    cleaning.lines.rows_out += len(raw.lines) - len(judged.line_faults)
    for line in judged.line_faults:
        cleaning.lines.drop(line.rule, [_line_example(raw.lines[line.line or 0])])
    if judged.event is None:
        cleaning.events.drop("no_valid_lines", [raw.example])
        return None
    return CloudEvent.wrap(judged.event, raw.source or cleaning.source)


def _line_example(line: RawLine) -> str:
    return f"product {line.product_id!r}, quantity {line.quantity!r}, price {line.price!r} {line.currency}"
