"""Sessions that go on, folded from the log's records: what the consumers of live features share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import GenericAlias
from typing import Any

import msgspec

from merx_core.events import RecordType
from merx_core.features.sessions import Session, Touch, advance, ended, is_live
from merx_core.ids import profile_of
from merx_kit.consumers.ports import Batch, Poison
from merx_kit.eventlog.log import EventLog

TYPES = (RecordType.EVENT, RecordType.PRODUCT_UPSERTED, RecordType.PRODUCT_DELETED)
_EVENT, _UPSERTED, _DELETED = map(str, TYPES)


class _Line(msgspec.Struct, gc=False):
    product_id: str


class _Event(msgspec.Struct, gc=False):
    """Only what the fold needs is decoded: the records were validated when they came in."""

    type: str
    customer_id: str | None = None
    anonymous_id: str | None = None
    session_id: str | None = None
    lines: list[_Line] = []

    def __post_init__(self) -> None:
        if self.customer_id is None and self.anonymous_id is None:
            raise ValueError("an event names its shopper")


class _Placed(msgspec.Struct, gc=False):
    product_id: str
    category: list[str] = []


class _Named(msgspec.Struct, gc=False):
    product_id: str = ""


Record = _Event | _Placed | _Named
_KINDS: dict[str, Any] = {_EVENT: _Event, _UPSERTED: _Placed, _DELETED: _Named | None}
_MANY: dict[str, Any] = {kind: msgspec.json.Decoder(GenericAlias(list, (data,))) for kind, data in _KINDS.items()}
_ONE: dict[str, Any] = {kind: msgspec.json.Decoder(data) for kind, data in _KINDS.items()}
_PACK = msgspec.msgpack.Encoder()
_SESSION = msgspec.msgpack.Decoder(Session)
PROFILE, SESSION = "p:", "s:"
"""In front of the keys of what is known by profile, and by session id."""
Change = tuple[str, Session, int, int]
"""Key of a session that has just changed, the session, and when the record was written and its offset."""


class LiveSessions:
    """Profiles' sessions, and where `log` is given those by session id with the categories of their products too, as of
    the last record taken in.

    An event without products, or one that comes in later than a session lasts, is no part of any. Rows are of the
    records alone: where a batch begins or ends changes nothing.
    """

    def __init__(self, log: EventLog | None = None) -> None:
        self._log = log
        self._leaves: dict[str, str] = {}
        self.sessions: dict[str, Session] = {}
        self.now_us = 0
        """When the newest record was written: the time that sessions end by."""
        self.unfit: list[Poison] = []
        """The records of the last batch that could not be decoded, and why."""

    def resume(self, state: Mapping[str, bytes], offset: int) -> None:
        """Takes up sessions as they were stored, and the categories as the log told them up to `offset`."""
        self.sessions = {key: _SESSION.decode(packed) for key, packed in state.items() if key[:2] in {PROFILE, SESSION}}
        self.now_us = max((session.last_us for session in self.sessions.values()), default=0)
        self._leaves = {}
        if self._log is not None:
            self._read_leaves(self._log, offset)

    def _read_leaves(self, log: EventLog, offset: int) -> None:
        for columns in log.stream_columns([_UPSERTED, _DELETED]):
            for known, kind, subject, data in zip(
                columns.offsets, columns.types, columns.subjects, columns.data, strict=True
            ):
                if known > offset:
                    return
                record = _decoded_one(kind, data)
                if not isinstance(record, str):
                    self._list(kind, subject, record)

    def fold(self, batch: Batch) -> Iterator[Change]:
        """Takes the batch in, and tells each time a session has changed."""
        self.unfit = []
        rows = zip(
            batch.offsets, batch.types, batch.subjects, batch.times_us, batch.recorded_us, _decoded(batch), strict=True
        )
        for offset, kind, subject, time_us, recorded_us, record in rows:
            if isinstance(record, _Event):
                happened_us = recorded_us if time_us is None or time_us > recorded_us else time_us
                if record.lines and is_live(happened_us, recorded_us):
                    yield from self._take(record, offset, happened_us, recorded_us)
            elif isinstance(record, str):
                self.unfit.append(Poison(offset, f"{kind}: {record}"))
            else:
                self._list(kind, subject, record)
            self.now_us = max(self.now_us, recorded_us)

    def _take(self, event: _Event, offset: int, happened_us: int, recorded_us: int) -> Iterator[Change]:
        products = [line.product_id for line in event.lines]
        touch = Touch(event.type, happened_us, offset, products, event.session_id)
        keys = [PROFILE + str(profile_of(event.customer_id, event.anonymous_id))]
        if event.session_id and self._log is not None:
            keys.append(SESSION + event.session_id)
            leaves = self._leaves
            touch.categories = [leaves[product_id] for product_id in products if product_id in leaves]
        for key in keys:
            session = advance(self.sessions.get(key), touch, recorded_us)
            if session is not None:
                self.sessions[key] = session
                yield key, session, recorded_us, offset

    def _list(self, kind: str, subject: str | None, record: Record | None) -> None:
        if isinstance(record, _Placed):
            leaf = record.category[-1] if record.category else ""
            if leaf:
                self._leaves[record.product_id] = leaf
            else:
                self._leaves.pop(record.product_id, None)
        elif kind == _DELETED:
            named = record.product_id if isinstance(record, _Named) else ""
            self._leaves.pop(subject or named, None)

    def end(self) -> list[str]:
        """Forgets the sessions that are over, and returns their keys."""
        over = [key for key, session in self.sessions.items() if ended(session.last_us, self.now_us)]
        for key in over:
            del self.sessions[key]
        return over

    def packed(self, keys: Iterable[str]) -> dict[str, bytes | None]:
        """The state of these sessions, None for those that are over."""
        known = ((key, self.sessions.get(key)) for key in keys)
        return {key: _PACK.encode(session) if session else None for key, session in known}


def _decoded(batch: Batch) -> list[Record | str | None]:
    """Each record's data; a string says why it cannot be decoded."""
    edges = [place for place, pair in enumerate(pairwise(batch.types), 1) if pair[0] != pair[1]]
    found: list[Record | str | None] = []
    for start, end in pairwise([0, *edges, len(batch.types)]):
        found += _decoded_run(batch.types[start], batch.data[start:end])
    return found


def _decoded_run(kind: str, data: Sequence[bytes]) -> list[Record | str | None]:
    try:
        run: list[Record | str | None] = _MANY[kind].decode(b"[" + b",".join(data) + b"]")
    except (msgspec.MsgspecError, ValueError):
        run = []
    return run if len(run) == len(data) else [_decoded_one(kind, document) for document in data]


def _decoded_one(kind: str, data: bytes) -> Record | str | None:
    try:
        record: Record | None = _ONE[kind].decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        return str(error) or type(error).__name__
    return record
