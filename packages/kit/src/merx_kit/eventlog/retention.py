"""What the log's database lets go of: records that the archive has and every reader has read, and old keys."""

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from merx_kit.eventlog.database import WRITING, Postgres, dialect_of
from merx_kit.eventlog.errors import translated
from merx_kit.eventlog.log import EventLog
from merx_kit.eventlog.partitions import LOCK_TIMEOUT, ensure_partitions, partitions

CHUNK = 5_000
"""Records deleted in one transaction on SQLite, so that writers wait a moment and not a minute."""


class Dropped(NamedTuple):
    """`partitions` are the weeks that PostgreSQL let go of whole; elsewhere `records` were deleted one by one."""

    records: int
    partitions: tuple[str, ...]


def drop_records(log: EventLog, *, archived: int, before_us: int) -> Dropped:
    """Drops records recorded before `before_us`, up to offset `archived` and to the slowest consumer's offset.

    On PostgreSQL a week goes when all of it may; its lock is waited for LOCK_TIMEOUT, so that no reader stands still
    for longer. Raises an EventLogError.
    """
    with translated(log.url), log.engine.connect() as fresh:
        connection = fresh.execution_options(**WRITING)
        with connection.begin():
            last = min(archived, _slowest(connection, archived))
        if isinstance(dialect_of(log.url), Postgres):
            return _drop_weeks(connection, last, before_us)
        return Dropped(_delete(connection, last, before_us), ())


def drop_keys(log: EventLog, *, before_us: int) -> int:
    """Forgets ids recorded before `before_us` whose records the log no longer has, whatever held those: such a record
    would be taken for new if it came again."""
    dropped = 0
    query = sa.text("""
        DELETE FROM event_keys WHERE key >= :low AND key < :high AND recorded_us < :before
        AND log_offset < coalesce((SELECT min(log_offset) FROM event_log), log_offset + 1)
    """)
    with translated(log.url), log.engine.connect() as fresh:
        connection = fresh.execution_options(**WRITING)
        for first in range(256):
            low, high = bytes([first]), bytes([first + 1]) if first < 255 else b"\xff" * 17
            with connection.begin():
                dropped += connection.execute(query, {"low": low, "high": high, "before": before_us}).rowcount
    return dropped


def _slowest(connection: Connection, otherwise: int) -> int:
    found = connection.exec_driver_sql("SELECT min(log_offset) FROM consumer_offsets").scalar()
    return otherwise if found is None else int(found)


def _delete(connection: Connection, last: int, before_us: int) -> int:
    newest = sa.text("SELECT max(log_offset) FROM event_log WHERE log_offset <= :last AND recorded_us < :before")
    oldest = sa.text("SELECT min(log_offset) FROM event_log")
    delete = sa.text("DELETE FROM event_log WHERE log_offset <= :upto")
    with connection.begin():
        end = connection.execute(newest, {"last": last, "before": before_us}).scalar()
        upto = connection.execute(oldest).scalar()
    deleted = 0
    while end is not None and upto is not None and upto <= end:
        upto = min(upto + CHUNK - 1, end)
        with connection.begin():
            deleted += connection.execute(delete, {"upto": upto}).rowcount
        upto += 1
    return deleted


def _drop_weeks(connection: Connection, last: int, before_us: int) -> Dropped:
    with connection.begin():
        ensure_partitions(connection)
        weeks = [week for week in partitions(connection) if week.until_us <= before_us]
    dropped, records = [], 0
    for week in weeks:
        with connection.begin():
            query = f"SELECT count(*), coalesce(max(log_offset), 0) FROM {week.name}"  # noqa: S608 - our own names
            size, newest = connection.exec_driver_sql(query).one()
            if newest > last:
                break
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            connection.exec_driver_sql(f"ALTER TABLE event_log DETACH PARTITION {week.name}")
            connection.exec_driver_sql(f"DROP TABLE {week.name}")
        dropped.append(week.name)
        records += size
    return Dropped(records, tuple(dropped))
