"""Events through the door: read in whatever shape they come, judged one by one, committed together."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from merx_core.contracts.intake import Remark, Verdict
from merx_core.events import CloudEvent
from merx_intake.domain import Entry, Shape, read, sentence
from merx_intake.domain.reading import pointer_of
from merx_intake.metrics import LATE, LINES_LEFT_OUT
from merx_intake.ports import RecordLog
from merx_intake.service.intake import Judged, Sound, commit, refusal
from merx_kit.importers.event_rules import CLOCKS_DIFFER, judge
from merx_kit.importers.raw import Fault, RawEvent, Refusal, content_id

Clock = Callable[[], datetime]
KeyOf = Callable[[], str]
"""Gives the request's `Idempotency-Key`, "" where it has none; asked only where an event needs it."""

KIND = "event"
_SOURCES = {shape: shape.value.partition("#")[0] for shape in Shape}


@dataclass(frozen=True, slots=True)
class EventRules:
    """`currency` stands in where an event names none; older than `late_after` is late, and taken."""

    currency: str = ""
    late_after: timedelta = timedelta(days=7)


class EventDoor:
    def __init__(self, log: RecordLog, rules: EventRules, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._log = log
        self._rules = rules
        self._clock = clock

    async def take(self, document: Any, key: KeyOf) -> tuple[list[Verdict], bool]:
        """A verdict for each event of a decoded body, and whether it was a single bare one."""
        reading = read(document)
        now = self._clock()
        judged = [self._judge(entry, place, now, key) for place, entry in enumerate(reading.entries)]
        return await commit(self._log, judged, KIND), reading.single

    def _judge(self, entry: Entry, place: int, now: datetime, key: KeyOf) -> Judged:
        raw = entry.row
        if isinstance(raw, Refusal):
            return refusal(raw.rule, pointer=pointer_of(entry, Fault(raw.rule, raw.field)))
        received = raw.untimed
        if received:
            raw = _as_received(raw, place, now, key)
        judged = judge(raw, now + CLOCKS_DIFFER, self._rules.currency)
        if judged.event is None:
            # A line's own fault says more than that no line is left.
            fault = judged.line_faults[0] if judged.line_faults else judged.fault
            assert fault is not None
            return _refused(entry, raw, fault, now)
        try:
            record = CloudEvent.wrap(judged.event, raw.source or _SOURCES[entry.shape])
        except (ValueError, RecursionError) as error:  # properties that have no JSON form
            return refusal(
                "wrong_shape", raw.message_id, pointer=entry.at, detail=f"The record cannot be kept: {error}."
            )
        if now - judged.event.time > self._rules.late_after:
            LATE.inc()
        warnings = tuple(_left_out(entry, fault) for fault in judged.line_faults) if judged.line_faults else ()
        return Sound(record, warnings, received)


def _as_received(raw: RawEvent, place: int, now: datetime, key: KeyOf) -> RawEvent:
    """An event that tells no time happened now. Without an id of its own, its content is no id either: a shopper may
    do the same twice. The request's key and the event's place in it tell a repeat; without a key nothing does."""
    if raw.named:
        return msgspec.structs.replace(raw, time=now)
    given = key()
    name = content_id(f"{given}/{place}/{raw.message_id}".encode()) if given else uuid.uuid4().hex
    return msgspec.structs.replace(raw, time=now, message_id=name)


def _refused(entry: Entry, raw: RawEvent, fault: Fault, now: datetime) -> Verdict:
    detail = future_sentence(raw.time, now) if fault.rule == "future_time" and raw.time is not None else ""
    return refusal(fault.rule, raw.message_id[:256], pointer=pointer_of(entry, fault), detail=detail)


def future_sentence(time: datetime, now: datetime) -> str:
    """What is said of a time that no right clock can show yet."""
    ahead = time - now
    span = f"{ahead.days} days" if ahead.days > 1 else f"{ahead.total_seconds() / 3600:.0f} hours"
    told = f"The time is {span} ahead of the server's clock ({now:%Y-%m-%dT%H:%M:%SZ}); at most a day is allowed."
    return f"{told} Check the clock of the sender."


def _left_out(entry: Entry, fault: Fault) -> Remark:
    LINES_LEFT_OUT.labels(fault.rule).inc()
    return Remark(fault.rule, f"The line was left out. {sentence(fault.rule)}", pointer_of(entry, fault))
