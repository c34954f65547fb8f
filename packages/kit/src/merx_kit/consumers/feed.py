"""Reading the log for one consumer, by the one process that may: who reads holds the consumer's lock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from merx_kit.consumers.ports import Batch
from merx_kit.eventlog.database import Dialect, dialect_of
from merx_kit.eventlog.errors import EventLogWentBack, translated
from merx_kit.eventlog.locks import only_one
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.looking import Place, last_given, place_of, records_beyond, records_of, values_of
from merx_kit.eventlog.schema import event_log

_OFFSETS: sa.BindParameter[list[int]] = sa.bindparam("offsets", expanding=True)


class Reading(NamedTuple):
    """What one look at the log gave: the records of the wanted types, how far it reached, and how many it passed."""

    batch: Batch
    end: Place
    looked_at: int


class Feed:
    """Reads records of `types`; construct it by `own_feed`."""

    def __init__(self, connection: Connection, dialect: Dialect, types: Sequence[str]) -> None:
        self._connection = connection
        self._dialect = dialect
        self._all = records_beyond(dialect, types)
        self._some = records_of(dialect, types).where(event_log.c.log_offset.in_(_OFFSETS))
        self._head = sa.select(sa.func.max(event_log.c.log_offset))

    def read(self, after: Place, limit: int) -> Reading:
        """At most `limit` records of any type beyond `after`; the data of other types is not fetched."""
        rows = self._rows(self._all, values_of(after, limit))
        return Reading(_batch([row for row in rows if row.data is not None]), place_of(rows, after), len(rows))

    def read_at(self, offsets: Sequence[int]) -> Batch:
        """The records at these offsets, as far as the log still has them."""
        return _batch([row for row in self._rows(self._some, {"offsets": list(offsets)}) if row.data is not None])

    def head(self) -> int:
        """The last offset of the log, readable or not yet."""
        return int(self._rows(self._head, {})[0][0] or 0)

    def check(self, place: Place) -> None:
        """Raises EventLogWentBack where the log never gave the offset of `place`."""
        with translated(self._connection.engine.url):
            given = last_given(self._connection, self._dialect)
            self._connection.rollback()
        if given < place.offset:
            raise EventLogWentBack(f"The reader is at offset {place.offset}, and the log has given {given}.")

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


def _batch(rows: Sequence[Sequence[Any]]) -> Batch:
    return Batch(*map(list, zip(*rows, strict=True))) if rows else Batch([], [], [], [], [], [])
