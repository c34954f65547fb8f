"""What goes into the log and what comes out of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

from merx_core.events import CloudEvent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class AppendResult:
    """The offsets of the records that were new, in the order in which they were given, and how many were known."""

    offsets: tuple[int, ...]
    duplicates: int


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record of the log; `offset` only grows, with gaps."""

    offset: int
    recorded_at: datetime
    record: CloudEvent


class Columns(NamedTuple):
    """A run of records by column, for those who read everything: times in microseconds since 1970, data as JSON."""

    offsets: list[int]
    types: list[str]
    subjects: list[str | None]
    times_us: list[int | None]
    data: list[bytes]


class Row(NamedTuple):
    """A record as the table holds it."""

    source: str
    id: str
    type: str
    subject: str | None
    time_us: int | None
    recorded_us: int
    content_type: str | None
    data: bytes


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def to_row(record: CloudEvent, recorded_us: int) -> Row:
    return Row(
        source=record.source,
        id=record.id,
        type=str(record.type),
        subject=record.subject,
        time_us=None if record.time is None else microseconds(record.time),
        recorded_us=recorded_us,
        content_type=None if record.datacontenttype == _JSON else record.datacontenttype,
        data=bytes(record.data),
    )


def to_stored(offset: int, row: Row) -> StoredRecord:
    record = CloudEvent(
        id=row.id,
        source=row.source,
        type=row.type,
        subject=row.subject,
        time=None if row.time_us is None else moment_of(row.time_us),
        datacontenttype=row.content_type or _JSON,
        data=msgspec.Raw(row.data),
    )
    return StoredRecord(offset, moment_of(row.recorded_us), record)
