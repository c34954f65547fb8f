"""Reading the log for one consumer, by the one process that may: who reads holds the consumer's lock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from merx_kit.consumers.ports import Batch
from merx_kit.eventlog.database import Dialect, dialect_of
from merx_kit.eventlog.errors import translated
from merx_kit.eventlog.locks import only_one
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.schema import event_log


class Place(NamedTuple):
    """Where a reader is: the offset of a record and when it was written, 0 where that is not known."""

    offset: int
    recorded_us: int = 0


class Reading(NamedTuple):
    """What one look at the log gave: the records of the wanted types, how far it reached, and how many it passed."""

    batch: Batch
    end: Place
    looked_at: int


class Feed:
    """Reads records of `types`; construct it by `own_feed`."""

    def __init__(self, connection: Connection, dialect: Dialect, types: Sequence[str]) -> None:
        self._connection = connection
        self._all = _query(dialect, types)
        self._some = _query(dialect, types, at=True)
        self._head = sa.select(sa.func.max(event_log.c.log_offset))

    def read(self, after: Place, limit: int) -> Reading:
        """At most `limit` records of any type beyond `after`; the data of other types is not fetched."""
        rows = self._rows(self._all, {"after": after.offset, "since_us": after.recorded_us, "limit": limit})
        end = Place(int(rows[-1].log_offset), int(rows[-1].recorded_us)) if rows else after
        return Reading(_batch([row for row in rows if row.data is not None]), end, len(rows))

    def read_at(self, offsets: Sequence[int]) -> Batch:
        """The records at these offsets, as far as the log still has them."""
        return _batch([row for row in self._rows(self._some, {"offsets": list(offsets)}) if row.data is not None])

    def head(self) -> int:
        """The last offset of the log, readable or not yet."""
        return int(self._rows(self._head, {})[0][0] or 0)

    def _rows(self, query: sa.Select[Any], values: dict[str, Any]) -> Sequence[sa.Row[Any]]:
        with translated(self._connection.engine.url):
            rows = self._connection.execute(query, values).all()
            self._connection.rollback()
            return rows


@contextmanager
def own_feed(log: EventLog, name: str, types: Sequence[str]) -> Iterator[Feed | None]:
    """The feed of the consumer `name`, or None where another process has it."""
    with only_one(log, name) as connection:
        yield Feed(connection, dialect_of(log.url), types) if connection is not None else None


def _query(dialect: Dialect, types: Sequence[str], *, at: bool = False) -> sa.Select[Any]:
    table = event_log.c
    wanted = sa.case((table.type.in_([str(name) for name in types]), table.data)).label("data")
    query = sa.select(table.log_offset, table.type, table.subject, table.time_us, table.recorded_us, wanted).where(
        dialect.readable()
    )
    if at:
        return query.where(table.log_offset.in_(sa.bindparam("offsets", expanding=True))).order_by(table.log_offset)
    after = sa.bindparam("after", type_=sa.BigInteger)
    # The log is partitioned by the time of writing, which never falls as offsets grow.
    since = sa.bindparam("since_us", type_=sa.BigInteger)
    query = query.where(table.log_offset > after, table.recorded_us >= since)
    return query.order_by(table.log_offset).limit(sa.bindparam("limit"))


def _batch(rows: Sequence[Sequence[Any]]) -> Batch:
    return Batch(*map(list, zip(*rows, strict=True))) if rows else Batch([], [], [], [], [], [])
