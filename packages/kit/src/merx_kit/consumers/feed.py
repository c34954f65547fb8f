"""Reading the log for one consumer, by the one process that may: who reads holds the consumer's lock.

On PostgreSQL the lock belongs to the session that reads: records that came through it are proof that it is still held.
On SQLite it is a lock of the operating system on a file beside the database. Both end with the process.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from merx_kit.consumers.ports import Batch
from merx_kit.eventlog.database import Dialect, Postgres, dialect_of
from merx_kit.eventlog.errors import EventLogUnavailable, translated
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.schema import event_log

_LOCK = sa.text("SELECT pg_try_advisory_lock(hashtext('merx consumer'), hashtext(:name))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtext('merx consumer'), hashtext(:name))")


class Reading(NamedTuple):
    """What one look at the log gave: the records of the wanted types, how far it reached, and how many it passed."""

    batch: Batch
    last: int
    looked_at: int


class Feed:
    """Reads records of `types`; construct it by `own_feed`."""

    def __init__(self, connection: Connection, dialect: Dialect, types: Sequence[str]) -> None:
        self._connection = connection
        self._all = _query(dialect, types)
        self._some = _query(dialect, types, at=True)
        self._head = sa.select(sa.func.max(event_log.c.log_offset))

    def read(self, after: int, limit: int) -> Reading:
        """At most `limit` records of any type beyond `after`; the data of others is not fetched."""
        rows = self._rows(self._all, {"after": after, "limit": limit})
        last = int(rows[-1][0]) if rows else after
        return Reading(_batch([row for row in rows if row.data is not None]), last, len(rows))

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
    dialect = dialect_of(log.url)
    with translated(log.url):
        fresh = log.engine.connect()
    try:
        if isinstance(dialect, Postgres):
            with _session_lock(fresh, name) as connection:
                yield Feed(connection, dialect, types) if connection else None
        else:
            with _file_lock(f"{log.url.database}.{name}.lock") as locked:
                yield Feed(fresh, dialect, types) if locked else None
    finally:
        fresh.close()


@contextmanager
def _session_lock(fresh: Connection, name: str) -> Iterator[Connection | None]:
    # One message there and one back for a look; and no transaction that is left open between two.
    connection = fresh.execution_options(isolation_level="AUTOCOMMIT")
    with translated(fresh.engine.url):
        locked = bool(connection.execute(_LOCK, {"name": name}).scalar_one())
    try:
        yield connection if locked else None
    finally:
        if locked and not connection.invalidated:
            _unlock(connection, name)


def _unlock(connection: Connection, name: str) -> None:
    try:
        connection.execute(_UNLOCK, {"name": name})
    except sa.exc.DBAPIError:
        connection.invalidate()  # the server lets go of the lock with the session


@contextmanager
def _file_lock(path: str) -> Iterator[bool]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise EventLogUnavailable(f"The consumer's lock cannot be made: {error}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        yield False
        return
    try:
        yield True
    finally:
        os.close(handle)


def _query(dialect: Dialect, types: Sequence[str], *, at: bool = False) -> sa.Select[Any]:
    table = event_log.c
    wanted = sa.case((table.type.in_([str(name) for name in types]), table.data)).label("data")
    query = sa.select(table.log_offset, table.type, table.subject, table.time_us, table.recorded_us, wanted).where(
        dialect.readable()
    )
    if at:
        return query.where(table.log_offset.in_(sa.bindparam("offsets", expanding=True))).order_by(table.log_offset)
    after = sa.bindparam("after", type_=sa.BigInteger)
    return query.where(table.log_offset > after).order_by(table.log_offset).limit(sa.bindparam("limit"))


def _batch(rows: Sequence[Sequence[Any]]) -> Batch:
    return Batch(*map(list, zip(*rows, strict=True))) if rows else Batch([], [], [], [], [], [])
