"""What goes into the log and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

import msgspec

from merx_core.events import CloudEvent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_JSON = "application/json"


class Outcome(StrEnum):
    """What became of one record: `conflict` is a known id with another body, `refused` what no database can hold."""

    NEW = "new"
    KNOWN = "known"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class AppendResult:
    """The offsets of the records that were new, in the order in which they were given; `outcomes` has one for each
    record given."""

    offsets: tuple[int, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def duplicates(self) -> int:
        """How many records were left as they are: known, whether with the same body or with another."""
        return len(self.outcomes) - len(self.offsets)


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
    """A record as the table holds it; the database adds when it was recorded."""

    source: str
    id: str
    type: str
    subject: str | None
    time_us: int | None
    content_type: str | None
    data: bytes


class Key(NamedTuple):
    """What tells a record known, and another body under its id."""

    key: bytes
    digest: bytes


def microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def key_of(source: str, id: str) -> bytes:  # noqa: A002 - CloudEvents' own word
    """16 bytes for (source, id); the migrations compute the same in SQL."""
    return sha256(f"{len(source)}:{source}{id}".encode()).digest()[:16]


def digest_of(data: bytes) -> bytes:
    """8 bytes for a body."""
    return sha256(data).digest()[:8]


def to_key(row: Row) -> Key:
    return Key(key_of(row.source, row.id), digest_of(row.data))


def to_row(record: CloudEvent) -> Row:
    return Row(
        source=record.source,
        id=record.id,
        type=str(record.type),
        subject=record.subject,
        time_us=None if record.time is None else microseconds(record.time),
        content_type=None if record.datacontenttype == _JSON else record.datacontenttype,
        data=bytes(record.data),
    )


def to_stored(offset: int, recorded_us: int, row: Row) -> StoredRecord:
    record = CloudEvent(
        id=row.id,
        source=row.source,
        type=row.type,
        subject=row.subject,
        time=None if row.time_us is None else moment_of(row.time_us),
        datacontenttype=row.content_type or _JSON,
        data=msgspec.Raw(row.data),
    )
    return StoredRecord(offset, moment_of(recorded_us), record)


def outcomes_of(keys: Sequence[Key], first: Mapping[bytes, int], known: Mapping[bytes, bytes]) -> tuple[Outcome, ...]:
    """One for each key: `first` is where each one stands first, `known` has the digests of those that were there."""
    if not known and len(first) == len(keys):
        return (Outcome.NEW,) * len(keys)
    told = {**{key: keys[place].digest for key, place in first.items()}, **known}
    return tuple(
        Outcome.NEW
        if key.key not in known and first[key.key] == place
        else (Outcome.KNOWN if told[key.key] == key.digest else Outcome.CONFLICT)
        for place, key in enumerate(keys)
    )
